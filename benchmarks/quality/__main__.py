"""Judge each log and print tables, one object, or the page of figures.

`python -m benchmarks.quality [--json] [--data DIR] [--only NAME …] [--page FILE]`. Real logs are read from folders of
DIR (`../shared/data` without `--data`) and left out where they are missing. The keys: by data set the object that
`segcast backtest --json` prints, what the log is `about`, and `bars`: the figures that were held to bounds set
beforehand.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.quality import shoppers
from benchmarks.quality.data_sets import DATA_SETS
from benchmarks.quality.judging import judged
from benchmarks.quality.page import page, table

DATA = Path("../shared/data")


def main() -> None:
    """Judge what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of tables")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of public data")
    parser.add_argument("--only", nargs="+", default=[], help="judge these data sets only")
    parser.add_argument("--page", type=Path, help="write the figures as a page of Markdown, too")
    options = parser.parse_args()
    figures = {}
    for name, one in measure(options.data, options.only):
        figures[name] = one
        if not options.json:
            print(table(name, one), end="\n\n", flush=True)
    if options.page:
        options.page.write_text(page(figures), encoding="utf-8")
    if options.json:
        print(json.dumps(figures))


def measure(data: Path, only: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each data set's name and figures, those left out that are not asked for or not there."""
    for one in DATA_SETS:
        if one.name in (only or [one.name]) and (one.needs is None or (data / one.needs).exists()):
            yield one.name, judged(one, data)
    if set(only or shoppers.BARS) & set(shoppers.BARS) and (data / shoppers.FILE).exists():
        yield from shoppers.judged(data).items()


if __name__ == "__main__":
    main()
