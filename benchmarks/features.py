"""How long the features take beside one pass of DuckDB over the same log and beside Polars, and what memory they need.

`python -m benchmarks.features [--json] [--events N …] [--repetitions N] [--spark]`; simulates its own shop and ingests
it. Each run of each piece is a process of its own, the pieces in turn; the clock starts when everything is imported.
Seconds are medians, ratios are ratios of medians, every engine has its usual threads. What must be equal is compared
customer by customer, to the last bit, and the benchmark fails where it is not. The keys, at the top for the largest
size and for each under `sizes`:

- `events` of the log, `customers` at its end, `features`, all of them, and `repetitions`;
- `scan_s`: DuckDB counts each customer's events and takes the largest value of every column that features read;
- `build_s`, `tiles_s`: all features at the log's end, from Parquet files in order of arrival and from the store, whose
  files lie in order of customer; `build_over_scan`, `tiles_over_scan`;
- `polars_s`, `windowed_s`, `windowed_raw_s`: 96 windowed counts and sums by Polars from the files in order of arrival,
  by our builder from the store and from those files; `polars_over_build`, `polars_over_raw_build`: above 1 Polars is
  the slower one;
- `ten_cutoffs_over_one`, `ten_cutoffs_over_one_raw`: ten cut-offs, 30 days apart, over one;
- `full_s`, `one_day_s`, `one_day_over_full`: laying out all events, and those that arrive on one more day;
- `growth_2m_to_20m`, `tiles_growth_2m_to_20m`: by how much `build_s` and `tiles_s` grow from the smallest size to this
  one, for each time that the events do: 1 is linear; null for the smallest. By default the sizes are those two;
- `peak_gib`, `tiles_peak_gib`, `polars_peak_gib`: the most memory that any run held; of one with workers, its own most
  and the most of any worker for each of them, which is more than was ever held at once.

With `--spark`, under `spark`, for the smallest size: `events` about, `spark_s`, and `largest_differences`, how far each
feature on Spark lies from ours at most; the benchmark fails where that is more than 1e-9. It needs a JVM.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.ingest import REPETITIONS, SIZES
from benchmarks.pieces import Figures, prepared, run_piece

Run = Mapping[str, Any]

# In order; each is a function of the module named beside it.
PIECES = {
    "scan": "feature_rivals",
    "build": "feature_builds",
    "tiles": "feature_builds",
    "polars": "feature_rivals",
    "windowed": "feature_builds",
    "windowed_raw": "feature_builds",
    "ten_cutoffs": "feature_builds",
    "ten_cutoffs_raw": "feature_builds",
    "full": "feature_log",
    "one_day": "feature_log",
}
EQUAL = (("build", "tiles"), ("build", "grown"), ("windowed", "polars"), ("windowed", "windowed_raw"))
EQUAL_AT_TEN = ("ten_cutoffs", "ten_cutoffs_raw")
RATIOS = {
    "build_over_scan": ("build", "scan"),
    "tiles_over_scan": ("tiles", "scan"),
    "polars_over_build": ("polars", "windowed"),
    "polars_over_raw_build": ("polars", "windowed_raw"),
    "ten_cutoffs_over_one": ("ten_cutoffs", "tiles"),
    "ten_cutoffs_over_one_raw": ("ten_cutoffs_raw", "build"),
    "one_day_over_full": ("one_day", "full"),
}
GROWTHS = {"growth_2m_to_20m": "build_s", "tiles_growth_2m_to_20m": "tiles_s"}
PEAKS = {"peak_gib": "build", "tiles_peak_gib": "tiles", "polars_peak_gib": "polars"}
LARGEST_DIFFERENCE = 1e-9  # of a feature on Spark from ours


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.features", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    parser.add_argument("--events", type=int, nargs="+", default=SIZES, help="about how many events")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="runs of each piece")
    parser.add_argument("--spark", action="store_true", help="compare the features on Spark, too")
    asked = parser.parse_args()
    spark = {"spark": measure_spark(min(asked.events))} if asked.spark else {}
    sizes = with_growth([measure(events, asked.repetitions) for events in sorted(asked.events)])
    print(json.dumps({**sizes[-1], "sizes": sizes, **spark}) if asked.json else table(sizes, **spark))


def measure(events: int, repetitions: int) -> Figures:
    """Simulate and ingest a shop of about this size, run every piece so many times, and compare what was found."""
    with prepared(events, "export", "lay_out_yesterday") as folder:
        runs = [{name: run_piece(module, name, folder) for name, module in PIECES.items()} for _ in range(repetitions)]
        grown = run_piece("feature_builds", "grown", folder)
    for run in runs:
        check({**run, "grown": grown})
    return figures(runs)


def measure_spark(events: int) -> Figures:
    """Simulate and ingest a shop of about this size, and compare the features on Spark with ours."""
    with prepared(events) as folder:
        found = run_piece("feature_spark", "spark", folder)
    check_spark(found["largest_differences"])
    seconds = round(found["seconds"], 3)
    return {"events": events, "spark_s": seconds, "largest_differences": found["largest_differences"]}


def check(run: Mapping[str, Run]) -> None:
    """Exit where two pieces that must agree found something else."""
    for left, right in (*EQUAL, EQUAL_AT_TEN):
        ours, theirs = run[left]["digest"], run[right]["digest"]
        differ = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        if differ or run[left]["rows"] != run[right]["rows"]:
            named = ", ".join(differ[:5]) or "no column"
            sys.exit(
                f"Expected {left} and {right} to find the same, got {run[left]['rows']:,} and {run[right]['rows']:,} "
                f"rows and {len(differ)} columns that differ, among them {named}."
            )


def check_spark(differences: Mapping[str, float]) -> None:
    """Exit where a feature on Spark lies too far from ours."""
    farthest = max(differences, key=lambda name: differences[name])
    if differences[farthest] > LARGEST_DIFFERENCE:
        sys.exit(
            f"Expected Spark to find the same to {LARGEST_DIFFERENCE}, got {farthest} that differs by "
            f"{differences[farthest]}."
        )


def figures(runs: Sequence[Mapping[str, Run]]) -> Figures:
    """Return the figures of one size from its runs, each of which has every piece."""
    seconds = {name: statistics.median(run[name]["seconds"] for run in runs) for name in PIECES}
    first = runs[0]
    return {
        "events": first["scan"]["events"],
        "customers": first["build"]["rows"],
        "features": len(first["build"]["digest"]),
        **{f"{name}_s": round(taken, 3) for name, taken in seconds.items()},
        **{name: round(seconds[over] / seconds[under], 4) for name, (over, under) in RATIOS.items()},
        **{name: round(max(run[piece]["peak_gib"] for run in runs), 2) for name, piece in PEAKS.items()},
        "repetitions": len(runs),
    }


def with_growth(sizes: Sequence[Figures]) -> list[Figures]:
    """Add to each size, smallest first, how much time grew for each time that the events did."""
    return [{**one, **_growth(one, sizes[0])} for one in sizes]


def table(sizes: Sequence[Figures], spark: Figures | None = None) -> str:
    """Return the figures for a person, a column a size."""
    title = "Features beside DuckDB's pass over the log, and beside Polars (medians)"
    lines = [f"{name:<26}" + "".join(f"{_shown(name, one[name]):>16}" for one in sizes) for name in sizes[0]]
    if spark:
        largest = max(spark["largest_differences"].values())
        lines.append(
            f"Spark, about {spark['events']:,} events: {spark['spark_s']:.1f} s, differs by {largest:g} at most"
        )
    return "\n".join([title, *lines])


def _growth(one: Figures, smallest: Figures) -> Figures:
    if one is smallest:
        return dict.fromkeys(GROWTHS)
    events = one["events"] / smallest["events"]
    return {name: round(one[seconds] / smallest[seconds] / events, 3) for name, seconds in GROWTHS.items()}


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name.endswith("_gib"):
        return f"{value:.2f} GiB"
    if name.endswith("_s"):
        return f"{value:,.2f} s"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


if __name__ == "__main__":
    main()
