"""Kill a process that publishes and tells every destination, and time the database; print tables, or one object.

`python -m benchmarks.publish [--json] [--kills N] [--rows N] [--repetitions N] [--only kills | postgres]`; makes its
own shop, platforms on the loopback address and Postgres servers. The keys:

- `kills`: how often a process was killed (SIGKILL) while it published and synced, each time in a night of its own: one
  in two at a moment drawn evenly from the usual length of such a night, `usual_s` seconds, the others at a request
  drawn evenly from those of a night, before or after it was carried out; `nights`, those not killed included
- `reads` of what `LATEST` names, of its copy and of the database, all the time; `partial_reads`: what was not whole
- `rows_accepted` by platform: a customer in a part (profile or list) in a night; `rows_lost`: those that a destination
  did not hold exactly as expected after the night was begun again and ended; `rows_sent_twice`: those of whom a
  platform accepted the same value in two requests of a night; `rows_held_twice`; `deliveries_ignored`: webhooks that
  came again under an id that the receiver had seen
- `postgres_first_over_copy`, `postgres_difference_over_copy`: of `rows` memberships, all and 1 % of them, over a bare
  COPY; see `benchmarks.publish.postgres` for the others
"""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from benchmarks.publish import kills, postgres


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publish", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of tables")
    parser.add_argument("--kills", type=int, default=kills.KILLS, help="how many processes to kill")
    parser.add_argument("--seed", type=int, default=kills.SEED, help="of the moments at which they are killed")
    parser.add_argument("--rows", type=int, default=postgres.ROWS, help="how many memberships the database takes over")
    parser.add_argument("--repetitions", type=int, default=postgres.REPETITIONS, help="of what is timed")
    parser.add_argument("--only", choices=("kills", "postgres"), help="measure one of the two")
    asked = parser.parse_args()
    figures: dict[str, Any] = {}
    if asked.only != "postgres":
        figures |= kills.measure(asked.kills, asked.seed)
    if asked.only != "kills":
        figures |= postgres.measure(asked.rows, asked.repetitions)
    print(json.dumps(figures) if asked.json else table(figures))


def table(figures: Mapping[str, Any]) -> str:
    """Return the figures for a person."""
    return "\n".join(f"  {name:32} {_shown(value)}" for name, value in figures.items())


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    return f"{value:,}" if isinstance(value, int | float) else str(value)


if __name__ == "__main__":
    main()
