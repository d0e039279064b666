"""Whether the expected share holds what comes: simulated shops at the start of a Christmas quarter.

`python -m benchmarks.level [--json] [--customers N] [--seeds N]`; simulates its own shops. A model of who buys within
90 days is trained as of 90 days before the year's end. It says which share of its customers will, with a 95 % interval.
By shop, `first_year` with less than a year of log and so without a Christmas, and `two_years` with the one before:

- `seeds`: for each the `expected_share` with its interval (`_low`, `_high`), the share that `came`, whether it `held`;
- `held`, how many did; `mean_width` of the intervals; `mean_error`, the mean distance of what came from what was said.
"""

import argparse
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flows.demo import TEMPLATES
from flows.learning.backtesting import backtest_task
from flows.project import Project, open_project
from models.tasks import find_task
from pipeline.settings import SETTINGS_FILE
from pipeline.shop.write import write_shop
from pipeline.sources.ingest import ingest

END, ARRIVED = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
A_QUARTER = timedelta(days=90)
STARTS = {"first_year": datetime(2025, 1, 15, tzinfo=UTC), "two_years": datetime(2024, 1, 1, tzinfo=UTC)}
BUYS = replace(find_task("purchase"), horizon=A_QUARTER)


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.level", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    parser.add_argument("--customers", type=int, default=1500, help="of each shop")
    parser.add_argument("--seeds", type=int, default=10, help="how many shops of each kind")
    asked = parser.parse_args()
    found = {}
    for name in STARTS:
        found[name] = measure(name, asked.customers, range(1, asked.seeds + 1))
        if not asked.json:
            print(table(name, found[name]), flush=True)
    if asked.json:
        print(json.dumps(found))


def measure(name: str, customers: int, seeds: range) -> dict[str, Any]:
    """Return the levels of one kind of shop, seed by seed, and how they held."""
    by_seed = [level_of(STARTS[name], customers, seed) for seed in seeds]
    widths = [told["expected_share_high"] - told["expected_share_low"] for told in by_seed]
    errors = [abs(told["came"] - told["expected_share"]) for told in by_seed]
    return {
        "seeds": by_seed,
        "held": sum(told["held"] for told in by_seed),
        "mean_width": round(sum(widths) / len(widths), 4),
        "mean_error": round(sum(errors) / len(errors), 4),
    }


def level_of(start: datetime, customers: int, seed: int) -> dict[str, Any]:
    """Return what one shop was told to expect of its Christmas quarter, and what came."""
    with _shop(start, customers, seed) as project:
        (level,) = backtest_task(project, BUYS, END - A_QUARTER).to_json()["levels"]
    held = level["expected_share_low"] <= level["came"] <= level["expected_share_high"]
    return {"seed": seed, **level, "held": held}


def table(name: str, figures: Mapping[str, Any]) -> str:
    """Return the figures of one kind of shop for a person."""
    title = f"{name}: {figures['held']} of {len(figures['seeds'])} held, width {figures['mean_width']:.3f}"
    return "\n".join([title, *(_line(told) for told in figures["seeds"])])


def _line(told: Mapping[str, Any]) -> str:
    share, low, high = (told[f"expected_share{end}"] for end in ("", "_low", "_high"))
    return f"  seed {told['seed']:<3} expected {share:.3f} ({low:.3f} to {high:.3f}), came {told['came']:.3f}"


@contextmanager
def _shop(start: datetime, customers: int, seed: int) -> Iterator[Project]:
    with TemporaryDirectory(prefix="segcast-benchmark-") as name:
        folder = Path(name)
        write_shop(folder / "data", customers, start, END, seed)
        shutil.copy(TEMPLATES / "demo.toml", folder / SETTINGS_FILE)
        project = open_project(folder)
        ingest(project.store, project.settings.sources, project.folder, ARRIVED)
        yield project


if __name__ == "__main__":
    main()
