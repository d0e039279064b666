"""How long the whole segment library takes beside working out the features, on the same log.

`python -m benchmarks.segments [--json] [--events N] [--repetitions N]`; simulates its own shop and ingests it. Each
run of each piece is a process of its own, the pieces in turn; seconds are medians. Features are there before the
library's clock starts; predictions are drawn at random, as no model is needed to decide by one. The keys:

- `events` of the log, `customers`, `segments` decided, `left_out` for want of what they name, `memberships` found,
  `repetitions`;
- `features_s`: all features at the log's end from the store, as `benchmarks.features` measures them in `tiles_s`;
- `library_s`, of it `asking_s` for what is asked of the event log; `library_over_features`;
- `peak_gib`: the most memory that any run of the library held, the features among it.
"""

import argparse
import json
import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks.ingest import REPETITIONS
from benchmarks.pieces import prepared, run_piece

EVENTS = 20_000_000


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segments", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    parser.add_argument("--events", type=int, default=EVENTS, help="about how many events")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, help="runs of each piece")
    asked = parser.parse_args()
    figures = measure(asked.events, asked.repetitions)
    print(
        json.dumps(figures) if asked.json else "\n".join(f"{name:<24}{value:>14,}" for name, value in figures.items())
    )


def measure(events: int, repetitions: int) -> dict[str, Any]:
    """Simulate and ingest a shop of about this size, and run both pieces so many times."""
    with prepared(events) as folder:
        scanned = run_piece("feature_rivals", "scan", folder)
        runs = [
            (run_piece("feature_builds", "tiles", folder), run_piece("segment_library", "library", folder))
            for _ in range(repetitions)
        ]
    features_s = statistics.median(features["seconds"] for features, _ in runs)
    library_s = statistics.median(library["seconds"] for _, library in runs)
    library = runs[0][1]
    return {
        "events": scanned["events"],
        "customers": library["rows"],
        **{name: library[name] for name in ("segments", "left_out", "memberships")},
        "features_s": round(features_s, 3),
        "library_s": round(library_s, 3),
        "asking_s": round(statistics.median(library["asking_s"] for _, library in runs), 3),
        "library_over_features": round(library_s / features_s, 4),
        "peak_gib": round(max(library["peak_gib"] for _, library in runs), 2),
        "repetitions": repetitions,
    }


def table(figures: Mapping[str, float]) -> str:
    """Return the figures for a person."""
    lines = [f"{name:<24}{value:>14,}" for name, value in figures.items()]
    return "\n".join(["The segment library beside all features (medians)", *lines])


if __name__ == "__main__":
    main()
