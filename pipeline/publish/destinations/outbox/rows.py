"""Reading and writing the rows of the outbox within one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from pipeline.publish.destinations.destination import Kept, Part, Row
from pipeline.publish.destinations.outbox.tables import (
    BATCH_ROWS,
    BATCHES,
    CONFIRMED,
    PARTS,
    REFUSED,
    REMOTES,
    SHAPES,
)
from pipeline.publish.destinations.telling.entries import as_text, from_text, shape_of
from pipeline.publish.plain import Json

ASKED_AT_ONCE = 5_000  # SQLite takes up to 32,766 values in a question
LONGEST_REASON = 300
NOTED = PARTS.join(BATCHES).join(BATCH_ROWS, BATCH_ROWS.c.batch_id == BATCHES.c.batch_id)
PART = (PARTS.c.kept, PARTS.c.name, PARTS.c.remote)


def part_of(row: Any) -> Part:  # noqa: ANN401 - a row of the database
    """Return the part that a row of the database tells of."""
    return Part(Kept(row.kept), row.name, row.remote)


def is_part(destination: str, part: Part) -> tuple[Any, ...]:
    """Return the conditions that single out a part: a list is what the platform calls it, whatever we do."""
    told = {"destination": destination, "kept": str(part.kept), "remote": part.remote}
    return tuple(PARTS.c[name] == value for name, value in told.items())


def part_id_of(connection: Connection, destination: str, part: Part) -> int:
    """Return the number of a part, which bears the part's name from now on; it gets one when it is first written of."""
    found = connection.execute(select(PARTS.c.part_id, PARTS.c.name).where(*is_part(destination, part))).first()
    if found is None:
        made = insert(PARTS).values(destination=destination, kept=str(part.kept), name=part.name, remote=part.remote)
        return int(connection.execute(made.returning(PARTS.c.part_id)).scalar_one())
    if found.name != part.name:
        connection.execute(update(PARTS).where(PARTS.c.part_id == found.part_id).values(name=part.name))
    return int(found.part_id)


def shape_id_of(connection: Connection, names: str) -> int:
    """Return the number of names, as text; they get one when they are first held."""
    found = connection.scalar(select(SHAPES.c.shape_id).where(SHAPES.c.names == names))
    if found is None:
        found = connection.execute(insert(SHAPES).values(names=names).returning(SHAPES.c.shape_id)).scalar_one()
    return int(found)


def rows_of(connection: Connection, batch_id: str) -> tuple[Row, ...]:
    """Return the rows of a noted batch."""
    asked = select(BATCH_ROWS).where(BATCH_ROWS.c.batch_id == batch_id).order_by(BATCH_ROWS.c.place)
    return tuple(
        Row(row.customer_id, from_text(row[3]), is_withdrawal=row.is_withdrawal) for row in connection.execute(asked)
    )


def held_by(connection: Connection, part_id: int, customer_ids: Sequence[str]) -> dict[str, dict[str, Json]]:
    """Return what is held of customers, null where a name is held as nothing."""
    asked = select(CONFIRMED.c.customer_id, SHAPES.c.names, CONFIRMED.c.entries).join(SHAPES)
    return {
        row.customer_id: dict(zip(from_text(row.names), from_text(row.entries), strict=True))
        for some in some_of(customer_ids)
        for row in connection.execute(asked.where(CONFIRMED.c.part_id == part_id, CONFIRMED.c.customer_id.in_(some)))
    }


def hold(
    connection: Connection, part_id: int, becoming: Mapping[str, Mapping[str, Json] | None], names: tuple[str, ...]
) -> None:
    """Replace what is held of customers; None where nothing is any more."""
    gone = [customer_id for customer_id, values in becoming.items() if values is None]
    for some in some_of(gone):
        connection.execute(delete(CONFIRMED).where(CONFIRMED.c.part_id == part_id, CONFIRMED.c.customer_id.in_(some)))
    shapes: dict[Sequence[str], int] = {}
    rows = []
    for customer_id, values in becoming.items():
        if values is None:
            continue
        shape = shape_of(values, names)
        if shape not in shapes:
            shapes[shape] = shape_id_of(connection, as_text(shape))
        entries = as_text([values.get(name) for name in shape])
        rows.append({"part_id": part_id, "customer_id": customer_id, "shape_id": shapes[shape], "entries": entries})
    if rows:
        connection.execute(insert(CONFIRMED).prefix_with("OR REPLACE"), rows)


def learn(connection: Connection, destination: str, remote_ids: Mapping[str, str]) -> None:
    """Write down the platform's own ids of customers."""
    rows = [
        {"destination": destination, "customer_id": customer_id, "remote_id": remote_id}
        for customer_id, remote_id in remote_ids.items()
    ]
    if rows:
        connection.execute(insert(REMOTES).prefix_with("OR REPLACE"), rows)


def refuse(connection: Connection, part_id: int, rejected: Mapping[str, str], at: datetime) -> None:
    """Write down refusals; one that is not the first counts on."""
    rows = [
        {
            "part_id": part_id,
            "customer_id": customer_id,
            "reason": reason[:LONGEST_REASON],
            "attempts": 1,
            "first_at": at.isoformat(),
            "last_at": at.isoformat(),
        }
        for customer_id, reason in rejected.items()
    ]
    fresh = insert(REFUSED)
    again = fresh.on_conflict_do_update(
        index_elements=["part_id", "customer_id"],
        set_={
            "reason": fresh.excluded.reason,
            "attempts": REFUSED.c.attempts + 1,
            "last_at": fresh.excluded.last_at,
        },
    )
    if rows:
        connection.execute(again, rows)


def clear_refused(connection: Connection, part_id: int, customer_ids: Sequence[str]) -> None:
    """Drop the refusals of customers."""
    for some in some_of(customer_ids):
        connection.execute(delete(REFUSED).where(REFUSED.c.part_id == part_id, REFUSED.c.customer_id.in_(some)))


def unnote(connection: Connection, batch_id: str) -> None:
    """Take back the note of a batch."""
    connection.execute(delete(BATCH_ROWS).where(BATCH_ROWS.c.batch_id == batch_id))
    connection.execute(delete(BATCHES).where(BATCHES.c.batch_id == batch_id))


def some_of(customer_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield so many at a time as one question takes."""
    for start in range(0, len(customer_ids), ASKED_AT_ONCE):
        yield customer_ids[start : start + ASKED_AT_ONCE]
