"""What a night costs as history grows at the same daily volume: after 3 months of log, and after 24.

`python -m benchmarks.nightly.growth [--json] [--customers N] [--repetitions N] [--days-a-commit N]`; simulates its own
shop, in which all customers exist from the start and every quarter is like the last; see `repeating`. Both projects
have the same customers, the same models in service (trained on some customers' 24 months), and a publication of the
night before. Measured is an ordinary night with one new day of events, without training, in a process of its own.

The keys: `history_24_over_3_months`, the ratio of the medians of seconds by the clock, start of the process included,
and `cpu_24_over_3_months`, that of the processor's seconds, which other programs do not disturb; `months`, by number of
months: `events` in the log and `new_events` tonight, `seconds`, `cpu_seconds` and `peak_gib`, medians of the whole, and
`steps`, by name, with `seconds` and `cpu_seconds`; `customers`, `repetitions`, `days_a_commit`.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.nightly.exports import settings
from benchmarks.nightly.repeating import DAY, END, RepeatedShop, one_quarter, some_customers
from flows.learning.training import train_tasks
from flows.night.order import TRAIN
from flows.project import open_project
from pipeline.events.store import Store
from pipeline.settings import SETTINGS_FILE

QUARTERS = (1, 8)
LEARNED_FROM = 1000  # customers; models of more do not cost more to use
YESTERDAY = END - DAY
SEED = 1
KIB_A_GIB = 2**20
RESTING = ("store", "published", "runs")  # by its record, no night soon after tries again what could not be learned
LEFT = (*RESTING, "work")


@dataclass(frozen=True)
class Measured:
    """What one night took: its whole process, and the steps in it."""

    seconds: float
    cpu_seconds: float
    peak_gib: float
    steps: Mapping[str, Mapping[str, float]]


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.nightly.growth", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--repetitions", type=int, default=3, help="nights after each history, in turn")
    parser.add_argument("--days-a-commit", type=int, default=1, help="of the log before")
    asked = parser.parse_args()
    figures = measure(asked.customers, asked.repetitions, asked.days_a_commit)
    print(json.dumps(figures) if asked.json else table(figures))


def measure(
    customers: int, repetitions: int, days_a_commit: int = 1, quarters: Sequence[int] = QUARTERS
) -> dict[str, Any]:
    """Make the projects and measure a night in each, in turn."""
    with TemporaryDirectory(prefix="segcast-benchmark-") as name:
        folder = Path(name)
        shops = [RepeatedShop(one_quarter(customers, SEED), number) for number in quarters]
        _learn(folder, shops[-1])
        events = {shop.months: _prepare(folder, shop, days_a_commit) for shop in shops}
        fresh = shops[0].export(_data(folder), END)
        runs = [{months: _night(folder, months) for months in events} for _ in range(repetitions)]
    told = figures_of({months: [run[months] for run in runs] for months in events})
    for months, figures in told["months"].items():
        figures |= {"events": events[months], "new_events": fresh}
    return {**told, "customers": customers, "repetitions": repetitions, "days_a_commit": days_a_commit}


def figures_of(nights: Mapping[int, Sequence[Measured]]) -> dict[str, Any]:
    """Return the medians of nights by the months of history before them, and how the last compare with the first."""
    by_months = {months: _medians(runs) for months, runs in nights.items()}
    short, *_, long = by_months.values()
    return {
        "history_24_over_3_months": round(long["seconds"] / short["seconds"], 2),
        "cpu_24_over_3_months": round(long["cpu_seconds"] / short["cpu_seconds"], 2),
        "months": by_months,
    }


def table(figures: Mapping[str, Any]) -> str:
    """Return the figures for a person."""
    short, long = figures["months"].values()
    lines = [
        f"A night after {' and '.join(map(str, figures['months']))} months of log (medians)",
        f"{'step':<12}  {'seconds':>18}  {'of the processor':>18}",
    ]
    names = {"whole": (short, long)} | {name: (short["steps"][name], long["steps"][name]) for name in short["steps"]}
    for name, both in names.items():
        told = ("  ".join(f"{one[unit]:>8.2f}" for one in both) for unit in ("seconds", "cpu_seconds"))
        lines.append(f"{name:<12}  {'  '.join(told)}")
    by_clock, by_processor = figures["history_24_over_3_months"], figures["cpu_24_over_3_months"]
    lines.append(
        f"{by_clock:.2f} times the seconds, {by_processor:.2f} times the processor's; "
        f"peak {short['peak_gib']:.2f} and {long['peak_gib']:.2f} GiB"
    )
    return "\n".join(lines)


def _shop(folder: Path) -> Path:
    return folder / "shop"


def _data(folder: Path) -> Path:
    return _shop(folder) / "data" / "events"


def _learn(folder: Path, shop: RepeatedShop) -> None:
    """Train the models that both projects have in service."""
    _data(folder).mkdir(parents=True)
    told = settings({"events": shop.quarter.events})
    (_shop(folder) / SETTINGS_FILE).write_text(told, encoding="utf-8")
    smaller = RepeatedShop(some_customers(shop.quarter, LEARNED_FROM), shop.quarters)
    smaller.write(Store(_shop(folder) / "store"), YESTERDAY, 7)
    shop.export(_data(folder), YESTERDAY)
    project = open_project(_shop(folder))
    for trained in train_tasks(project, YESTERDAY):
        if trained.version is not None and not trained.promoted:  # so that every task is predicted, as in most shops
            project.registry.promote(trained.task, trained.version)
    shutil.rmtree(_shop(folder) / "store")


def _prepare(folder: Path, shop: RepeatedShop, days_a_commit: int) -> int:
    """Put aside what rests in the project after the night before; return how many events that has."""
    events = shop.write(Store(_shop(folder) / "store"), YESTERDAY - DAY, days_a_commit)
    _run(folder, YESTERDAY.isoformat())
    for name in RESTING:
        (folder / f"{shop.months}").mkdir(exist_ok=True)
        (_shop(folder) / name).rename(folder / f"{shop.months}" / name)
    return events


def _night(folder: Path, months: int) -> Measured:
    """Do the measured night in a copy of what rests; SystemExit if it trained, which is no ordinary night's work."""
    for name in LEFT:
        shutil.rmtree(_shop(folder) / name, ignore_errors=True)
    for name in RESTING:
        shutil.copytree(folder / f"{months}" / name, _shop(folder) / name)
    measured = _run(folder, END.isoformat())
    if TRAIN.name in measured.steps:
        sys.exit(f"Expected a night without training after {months} months, got one that trained.")
    return measured


def _run(folder: Path, as_of: str) -> Measured:
    """Do a night in a process of its own."""
    call = f"from benchmarks.nightly.one_night import carry_out; carry_out({str(_shop(folder))!r}, {as_of!r})"
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", call], stdout=subprocess.PIPE)  # noqa: S603 - our own function
    with process:
        told = json.loads(process.stdout.read() if process.stdout else b"")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds, cpu_seconds = time.perf_counter() - began, usage.ru_utime + usage.ru_stime
    steps = {
        name: {"seconds": took, "cpu_seconds": told["cpu_seconds"][name]} for name, took in told["seconds"].items()
    }
    start = {
        "seconds": seconds - sum(told["seconds"].values()),
        "cpu_seconds": cpu_seconds - sum(told["cpu_seconds"].values()),
    }
    return Measured(seconds, cpu_seconds, usage.ru_maxrss / KIB_A_GIB, {"start": start, **steps})


def _medians(runs: Sequence[Measured]) -> dict[str, Any]:
    whole = {
        name: round(statistics.median(getattr(run, name) for run in runs), 2)
        for name in ("seconds", "cpu_seconds", "peak_gib")
    }
    steps = {
        name: {unit: round(statistics.median(run.steps[name][unit] for run in runs), 2) for unit in told}
        for name, told in runs[0].steps.items()
    }
    return {**whole, "steps": steps}


if __name__ == "__main__":
    main()
