"""What can be asked of the outbox."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, func, or_, select

from pipeline.publish.destinations.destination import Batch, Part
from pipeline.publish.destinations.outbox.rows import NOTED, PART, is_part, part_of, rows_of, some_of
from pipeline.publish.destinations.outbox.tables import (
    BATCH_ROWS,
    BATCHES,
    CONFIRMED,
    DESTINATIONS,
    PARTS,
    REFUSED,
    REMOTES,
    SHAPES,
)
from pipeline.publish.destinations.telling.entries import Entries, from_text
from pipeline.settings.destinations import WHOLE


@dataclass(frozen=True)
class Held:
    """How many customers a destination holds in a part, as it confirmed."""

    destination: str
    part: Part
    customers: int


@dataclass(frozen=True)
class RefusedRow:
    """A row that a destination did not take, with its reason; it goes again with every sync."""

    destination: str
    part: Part
    customer_id: str
    reason: str
    attempts: int
    first_at: str
    last_at: str


@dataclass(frozen=True)
class LastTold:
    """Which publication a destination was last told of to the end, and when."""

    publication_id: str
    at: str


@dataclass(frozen=True)
class OutboxAnswers:
    """What an outbox says; nothing here changes it."""

    engine: Engine

    def last_told(self, destination: str) -> LastTold | None:
        """Return what a destination was last told of to the end, None when it never was."""
        asked = select(DESTINATIONS.c.publication_id, DESTINATIONS.c.told_at).where(DESTINATIONS.c.name == destination)
        with self.engine.connect() as connection:
            row = connection.execute(asked).first()
        return None if row is None or row.publication_id is None else LastTold(*row)

    def copied_to(self) -> tuple[str, ...]:
        """Return the destinations that a whole publication was ever handed to, in the settings or not."""
        asked = select(DESTINATIONS.c.name).where(DESTINATIONS.c.identity.in_(WHOLE)).order_by(DESTINATIONS.c.name)
        with self.engine.connect() as connection:
            return tuple(connection.scalars(asked))

    def known_under(self, destination: str, remote_id: str) -> tuple[str, ...]:
        """Return the customers whom a platform has under an id of its own."""
        asked = select(REMOTES.c.customer_id).where(
            REMOTES.c.destination == destination, REMOTES.c.remote_id == remote_id
        )
        with self.engine.connect() as connection:
            return tuple(connection.scalars(asked))

    def noted(self, destination: str) -> tuple[Batch, ...]:
        """Return the batches that are under way, or were when the process died, oldest first; without addresses."""
        asked = (
            select(BATCHES.c.batch_id, *PART)
            .join(PARTS)
            .where(PARTS.c.destination == destination)
            .order_by(BATCHES.c.noted_at, BATCHES.c.batch_id)
        )
        with self.engine.connect() as connection:
            found = connection.execute(asked).all()
            return tuple(Batch(row.batch_id, part_of(row), rows_of(connection, row.batch_id)) for row in found)

    def entries(self, destination: str, part: Part, over: str, up_to: str | None) -> Entries:
        """Return what is held of the customers whose id comes after `over` and not after `up_to`, in their order."""
        asked = (
            select(CONFIRMED.c.customer_id, CONFIRMED.c.shape_id, CONFIRMED.c.entries)
            .join(PARTS)
            .where(*is_part(destination, part), CONFIRMED.c.customer_id > over)
            .order_by(CONFIRMED.c.customer_id)
        )
        if up_to is not None:
            asked = asked.where(CONFIRMED.c.customer_id <= up_to)
        with self.engine.connect() as connection:
            rows = connection.execute(asked).all()
            shapes = {one.shape_id: tuple(from_text(one.names)) for one in connection.execute(select(SHAPES))}
        ids, shape_ids, texts = zip(*rows, strict=True) if rows else ((), (), ())
        return Entries(ids, shape_ids, texts, shapes)

    def remote_ids(self, destination: str, customer_ids: Sequence[str]) -> dict[str, str]:
        """Return the platform's own ids of customers, as far as it told them."""
        asked = select(REMOTES.c.customer_id, REMOTES.c.remote_id).where(REMOTES.c.destination == destination)
        with self.engine.connect() as connection:
            return {
                row.customer_id: row.remote_id
                for some in some_of(customer_ids)
                for row in connection.execute(asked.where(REMOTES.c.customer_id.in_(some)))
            }

    def held_among(self, destination: str, part: Part, customer_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the customers of whom something is held in a part."""
        asked = select(CONFIRMED.c.customer_id).join(PARTS).where(*is_part(destination, part))
        with self.engine.connect() as connection:
            return frozenset(
                one
                for some in some_of(customer_ids)
                for one in connection.scalars(asked.where(CONFIRMED.c.customer_id.in_(some)))
            )

    def parts(self, destination: str) -> tuple[Part, ...]:
        """Return the parts in which a destination holds anybody or refused somebody."""
        named = (select(table.c.part_id) for table in (CONFIRMED, REFUSED))
        asked = select(*PART).where(
            PARTS.c.destination == destination, or_(*(PARTS.c.part_id.in_(those) for those in named))
        )
        with self.engine.connect() as connection:
            return tuple(part_of(row) for row in connection.execute(asked.order_by(PARTS.c.part_id)))

    def held(self) -> tuple[Held, ...]:
        """Count the customers by destination and part."""
        asked = (
            select(PARTS.c.destination, *PART, func.count().label("customers"))
            .join(CONFIRMED)
            .group_by(PARTS.c.part_id)
            .order_by(PARTS.c.part_id)
        )
        with self.engine.connect() as connection:
            return tuple(Held(row.destination, part_of(row), row.customers) for row in connection.execute(asked))

    def under_way(self) -> dict[str, int]:
        """Count the rows by destination of which it is not known whether they arrived."""
        asked = select(PARTS.c.destination, func.count()).select_from(NOTED).group_by(PARTS.c.destination)
        with self.engine.connect() as connection:
            return {name: count for name, count in connection.execute(asked)}  # noqa: C416 - rows are no pairs

    def refused(self, destination: str | None = None) -> Iterator[RefusedRow]:
        """Yield the rows that were refused, by destination, part and customer."""
        asked = select(PARTS.c.destination, *PART, REFUSED).join(REFUSED)
        if destination is not None:
            asked = asked.where(PARTS.c.destination == destination)
        order = (PARTS.c.destination, PARTS.c.part_id, REFUSED.c.customer_id)
        with self.engine.connect() as connection:
            for row in connection.execute(asked.order_by(*order)):
                told = (row.customer_id, row.reason, row.attempts, row.first_at, row.last_at)
                yield RefusedRow(row.destination, part_of(row), *told)

    def held_of(self, customer_ids: Iterable[str]) -> tuple[str, ...]:
        """Return the destinations that hold anything of these people, or may: a batch about them is under way."""
        ids = sorted(set(customer_ids))
        confirmed = select(PARTS.c.destination).join(CONFIRMED).where(CONFIRMED.c.customer_id.in_(ids))
        noted = select(PARTS.c.destination).select_from(NOTED).where(BATCH_ROWS.c.customer_id.in_(ids))
        with self.engine.connect() as connection:
            return tuple(sorted({*connection.scalars(confirmed), *connection.scalars(noted)}))
