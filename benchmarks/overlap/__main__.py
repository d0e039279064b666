"""Replay past months of each log and print whom the model and the rules named, or one object.

`python -m benchmarks.overlap [--json] [--data DIR] [--months N] [--only NAME …]`. The real log is read from a folder of
DIR (`../shared/data` without `--data`) and left out where it is missing. The keys: by data set what the log is `about`,
its `as_of` and `seconds`, and the object that `segcast segments overlap --json` prints.
"""

import argparse
import json
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.quality.__main__ import DATA
from benchmarks.quality.data_sets import DATA_SETS, DataSet
from benchmarks.quality.judging import project_of
from flows.cli.overlap import print_pair
from flows.overlap.overlapping import compare_lists
from pipeline.segments.versus.pairs import Pair

ABOUT = {
    "online_retail": "A gift wholesaler's first year",
    "simulated_shop": "The simulated shop of 5,000 customers",
}
PAIRS = (Pair("predicted_at_risk", "at_risk"), Pair("predicted_at_risk", "lapsed"))
MONTHS = 6


def main() -> None:
    """Compare what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overlap", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of tables")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of public data")
    parser.add_argument("--months", type=int, default=MONTHS, help="how many months to replay")
    parser.add_argument("--only", nargs="+", default=[*ABOUT], choices=[*ABOUT], help="these data sets only")
    options = parser.parse_args()
    figures = {}
    for one in DATA_SETS:
        if one.name in options.only and (one.needs is None or (options.data / one.needs).exists()):
            figures[one.name] = found = compared(one, options.data, options.months)
            if not options.json:
                _print(found)
    if options.json:
        print(json.dumps(figures))


def compared(data_set: DataSet, data: Path, months: int) -> dict[str, Any]:
    """Return the figures of a log whose last replay is at the moment at which predictions are judged there."""
    as_of = data_set.as_of + data_set.task.reach
    with project_of(data_set, data) as project:
        start = perf_counter()
        found = compare_lists(project, as_of, months, pairs=PAIRS).to_json()
    about = {"about": ABOUT[data_set.name], "as_of": as_of.isoformat(), "months": months}
    return {**about, "seconds": perf_counter() - start, **found}


def _print(found: dict[str, Any]) -> None:
    print(f"{found['about']}, as of {found['as_of'][:10]}; {found['seconds']:.0f} seconds\n")
    for pair in found["pairs"]:
        print_pair(pair)
    for pair in found["left_out"]:
        print(f"{pair['predicted']} beside {pair['rule']} was left out: {pair['why']}")


if __name__ == "__main__":
    main()
