"""What a reader finds in the database: one publication, whole, or something else."""

from pathlib import Path

import psycopg
from psycopg import IsolationLevel

from benchmarks.publish.expected import memberships
from pipeline.publish.published import read_publication

HOLDING = "select publication_id from segcast.publications where holds"
MEMBERS = "select customer_id, segment, held_out from segcast.memberships"
PREDICTED = "select count(*) from segcast.predictions"
OVERLAPPING = """
select count(*) from (
    select valid_from < lag(coalesce(valid_until, 'infinity')) over (
        partition by customer_id, segment order by valid_from)
        as early
    from segcast.memberships_history
) as stays where early
"""


def database_amiss(url: str, published: Path) -> str | None:
    """Return what is not as the publication says that the database claims to hold; None before the first."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        try:
            held = connection.execute(HOLDING).fetchall()
            members = {tuple(row) for row in connection.execute(MEMBERS)}
            ((predicted,),) = connection.execute(PREDICTED).fetchall()
        except psycopg.errors.UndefinedTable:
            return None
    if len(held) != 1:
        return f"{len(held)} publications are said to hold"
    publication = read_publication(published / held[0][0])
    wanted = {(row["customer_id"], row["segment"], row["held_out"]) for row in memberships(publication)}
    if members != wanted:
        return f"{len(members ^ wanted)} memberships are not those of {publication.publication_id}"
    rows = publication.manifest["files"]["predictions.parquet"]["rows"]
    return None if predicted == rows else f"{predicted} predictions instead of {rows}"


def stays_held_twice(url: str) -> int:
    """Return how many stays of a customer in a segment begin before the one before is over."""
    with psycopg.connect(url) as connection:
        ((count,),) = connection.execute(OVERLAPPING).fetchall()
    return int(count)


def held_publication(url: str) -> str | None:
    """Return the publication that the database holds."""
    with psycopg.connect(url) as connection:
        row = connection.execute(HOLDING).fetchone()
    return row[0] if row else None
