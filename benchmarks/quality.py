"""How good the predictions are, out of time, beside simple rules: on a real shop's log and on the simulated one.

`python -m benchmarks.quality [--json] [--data DIR]`. The real log is the first year of Online Retail, read from
`DIR/online_retail_2009_2010/transactions.parquet` (`../shared/data` without `--data`) and left out where it is missing.
The keys: by data set the object that `segcast backtest --json` prints.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.cli.learn import print_backtest
from flows.demo import END, make_shop
from flows.project import Project, open_project
from flows.training import backtest_task
from models.tasks import find_task
from pipeline.settings import SETTINGS_FILE
from pipeline.sources.ingest import ingest

EXAMPLE = Path(__file__).parents[1] / "examples" / "online_retail" / SETTINGS_FILE
ONLINE_RETAIL = Path("online_retail_2009_2010") / "transactions.parquet"
HORIZON = timedelta(days=90)


def main() -> None:
    """Backtest each data set and print tables, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of tables")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of public data")
    options = parser.parse_args()
    figures = measure(options.data)
    if options.json:
        print(json.dumps(figures))
        return
    for name, backtest in figures.items():
        print(f"\n{name}")
        print_backtest(backtest)
    if not (options.data / ONLINE_RETAIL).exists():
        print(f"Online Retail is left out: there is no {options.data / ONLINE_RETAIL}.")


def measure(data: Path) -> dict[str, dict[str, Any]]:
    """Return the backtest of buying again within 90 days, by data set."""
    figures = {"simulated_shop": _backtest(simulated_shop(), END - HORIZON)}
    if (data / ONLINE_RETAIL).exists():
        figures["online_retail"] = _backtest(online_retail(data), datetime(2010, 9, 10, tzinfo=UTC))
    return figures


def _backtest(shop: Any, as_of: datetime) -> dict[str, Any]:  # noqa: ANN401 - any context manager of a project
    with shop as project:
        ingest(project.store, project.settings.sources, project.folder, END)
        return backtest_task(project, replace(find_task("purchase"), horizon=HORIZON), as_of).to_json()


@contextmanager
def online_retail(data: Path) -> Iterator[Project]:
    """Give a project of the real log, configured as in the example."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(EXAMPLE, folder)
        (Path(folder) / ONLINE_RETAIL.name).symlink_to((data / ONLINE_RETAIL).resolve())
        yield open_project(Path(folder))


@contextmanager
def simulated_shop(customers: int = 5_000, seed: int = 1) -> Iterator[Project]:
    """Give a project of the simulated shop, as the demo makes it."""
    with tempfile.TemporaryDirectory() as folder:
        make_shop(Path(folder), customers, seed)
        yield open_project(Path(folder))


if __name__ == "__main__":
    main()
