"""Kill nights, live through thirty with trouble, and time them; print tables, or one object.

`python -m benchmarks.nightly [--json] [--only NAME …] [--kills N] [--nights N] [--customers N] [--seed N]
[--repetitions N] [--data DIR]`. All but `matured` runs on simulated shops, with servers on the loopback address; that
reads the public log in DIR (`../shared/data` without `--data`), and is null where it is missing. The keys:

- `kills`: how often a night's process was killed (SIGKILL), up to three times a night: at a moment drawn evenly from
  its usual length, at one from the usual length of the step in which the fewest were killed so far, and as soon as
  something in the project's folder had changed for the n-th time, n drawn evenly from the usual number of changes;
  `kills_by_step`, where they were by their records; each was begun again, ten minutes later by the night's own clock
- `publications_that_differ`, `models_that_differ`, `tables_that_differ`, `destinations_that_differ`: nights after which
  a publication's bytes, a model's files or its number, a table's rows or what a destination holds were not those of the
  twin that nobody disturbed. Only names by chance may differ (of the store's files, of MLflow's runs), the moment at
  which a file was read or an archive of skops written, and `runs/`, in which a killed run has a record, too
- `orphans`: files and MLflow runs that lie about after such a night and that nothing needs, in the project or where
  temporary files go; `restarts_that_failed`, a lock that is held for ever among them; `amiss` names each
- `thirty_nights`: `troubles` with the night on which each was caught; `false_alarms`, by severity those of the
  `quiet_nights` with a finding that was not told the night before in the same words; and the `table` by night: what was
  planted, caught, found, published and held by the destinations
- `history_24_over_3_months`: what an ordinary night takes after 24 months of log over what it takes after 3;
  `history` has the steps
- `orchestration_s`: what Prefect adds to a night of a tiny shop; `orchestration` has the share of a demo's night
- `matured`: of three past days of a real log, what each publication predicted and what came, group by group
"""

import argparse
import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.nightly import growth, kills, matured, orchestration, page, thirty


@dataclass(frozen=True)
class Measured:
    """What a piece found: its figures by their keys, and the same for a person."""

    figures: Mapping[str, Any]
    table: str


def _kills(asked: Namespace) -> Measured:
    found = kills.measure(asked.kills, asked.seed).to_json()
    return Measured(found, page.of_kills(found))


def _thirty(asked: Namespace) -> Measured:
    found = thirty.measure(asked.nights, asked.seed).to_json()
    return Measured({"thirty_nights": found}, page.of_a_month(found))


def _growth(asked: Namespace) -> Measured:
    found = growth.measure(asked.customers, asked.repetitions)
    one = "history_24_over_3_months"
    return Measured({one: found[one], "history": found}, growth.table(found))


def _orchestration(asked: Namespace) -> Measured:
    found = orchestration.measure(asked.repetitions).to_json()
    return Measured({"orchestration_s": found["orchestration_s"], "orchestration": found}, page.of(found))


def _matured(asked: Namespace) -> Measured:
    found = matured.measure(asked.data)
    if found is None:
        return Measured({"matured": None}, f"  nothing matured: there is no log in {asked.data}")
    return Measured({"matured": found.to_json()}, matured.table(found))


PIECES: tuple[tuple[str, Callable[[Namespace], Measured]], ...] = (
    ("kills", _kills),
    ("thirty", _thirty),
    ("growth", _growth),
    ("orchestration", _orchestration),
    ("matured", _matured),
)


def main() -> None:
    """Measure what was asked for and print it."""
    names = [name for name, _ in PIECES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nightly", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of tables")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="measure these only")
    parser.add_argument("--kills", type=int, default=kills.KILLS, help="how many processes to kill")
    parser.add_argument("--nights", type=int, default=thirty.NIGHTS, help="how many nights in a row")
    parser.add_argument("--seed", type=int, default=kills.SEED, help="of the shops and of the moments of the kills")
    parser.add_argument("--customers", type=int, default=20_000, help="of the shop whose history grows")
    parser.add_argument("--repetitions", type=int, default=3, help="of what is timed")
    parser.add_argument("--data", type=Path, default=matured.DATA, help="the folder of public data")
    asked = parser.parse_args()
    figures: dict[str, Any] = {}
    for name, measure in PIECES:
        if name in asked.only:
            found = measure(asked)
            figures |= found.figures
            if not asked.json:
                print(found.table, end="\n\n", flush=True)
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
