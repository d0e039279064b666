"""What each platform has confirmed that it holds, what is under way to it, and what it refused."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from pipeline.errors import DestinationError
from pipeline.publish.destinations.destination import Batch, Part, Receipt
from pipeline.publish.destinations.outbox.asking import Held, LastTold, OutboxAnswers, RefusedRow
from pipeline.publish.destinations.outbox.file import WAIT_SECONDS, one_at_a_time, readable, writable
from pipeline.publish.destinations.outbox.rows import (
    clear_refused,
    held_by,
    hold,
    learn,
    part_id_of,
    refuse,
    unnote,
)
from pipeline.publish.destinations.outbox.tables import (
    BATCH_ROWS,
    BATCHES,
    CONFIRMED,
    DESTINATIONS,
    PARTS,
    REFUSED,
    REMOTES,
)
from pipeline.publish.destinations.telling.entries import after, as_text, in_doubt

__all__ = ["OUTBOX", "Held", "LastTold", "Outbox", "RefusedRow", "reading_outbox", "writing_outbox"]

OUTBOX = "outbox.db"


class Outbox(OutboxAnswers):
    """The file `outbox.db` of a project. It holds ids and what was told of them, never an address."""

    def claim(self, destination: str, identity: str) -> None:
        """Remember what a destination is; DestinationError where that name was another one's."""
        with self.engine.begin() as connection:
            known = connection.scalar(select(DESTINATIONS.c.identity).where(DESTINATIONS.c.name == destination))
            if known is None:
                connection.execute(insert(DESTINATIONS).values(name=destination, identity=identity))
            elif known != identity:
                raise DestinationError(
                    f"Expected destination {destination} to be {known}, as before, but it is {identity} now, which "
                    "holds nothing of what that one was told. Give it a name of its own."
                )

    def mark_told(self, destination: str, publication_id: str, at: datetime) -> None:
        """Write down that a destination was told of a publication to the end."""
        told = {"publication_id": publication_id, "told_at": at.isoformat()}
        entry = insert(DESTINATIONS).values(name=destination, identity="", **told)
        with self.engine.begin() as connection:
            connection.execute(entry.on_conflict_do_update(index_elements=["name"], set_=told))

    def note(self, destination: str, batch: Batch, at: datetime) -> None:
        """Write down a batch that is about to be sent."""
        rows = [
            {
                "batch_id": batch.batch_id,
                "place": place,
                "customer_id": row.customer_id,
                "values": as_text(row.values),
                "is_withdrawal": row.is_withdrawal,
            }
            for place, row in enumerate(batch.rows)
        ]
        with self.engine.begin() as connection:
            part_id = part_id_of(connection, destination, batch.part)
            connection.execute(
                insert(BATCHES).values(batch_id=batch.batch_id, part_id=part_id, noted_at=at.isoformat())
            )
            connection.execute(insert(BATCH_ROWS), rows)

    def drop(self, batch: Batch) -> None:
        """Take back the note of a batch of which nothing arrived."""
        with self.engine.begin() as connection:
            unnote(connection, batch.batch_id)

    def confirm(
        self,
        destination: str,
        batch: Batch,
        receipt: Receipt,
        names: tuple[str, ...],
        at: datetime,
        *,
        refused: bool = True,
    ) -> None:
        """Write down what became of a batch and take back its note, in one step.

        `names` are the properties that may be held of a profile, so that equal content is kept as equal texts. With
        `refused`, the rejected rows are kept with their reasons; without, nobody knows what became of them, and that is
        what is kept.
        """
        taken = [row for row in batch.rows if row.customer_id not in receipt.rejected]
        with self.engine.begin() as connection:
            part_id = part_id_of(connection, destination, batch.part)
            held = held_by(connection, part_id, [row.customer_id for row in batch.rows])
            becoming = {row.customer_id: after(batch.part, held.get(row.customer_id), row) for row in taken}
            if not refused:
                lost = [row for row in batch.rows if row.values and row.customer_id in receipt.rejected]
                becoming |= {row.customer_id: in_doubt(held.get(row.customer_id), row) for row in lost}
            hold(connection, part_id, becoming, names)
            learn(connection, destination, receipt.remote_ids)
            clear_refused(connection, part_id, [row.customer_id for row in taken])
            if refused:
                refuse(connection, part_id, receipt.rejected, at)
            unnote(connection, batch.batch_id)

    def release(self, destination: str, part: Part, customer_ids: Sequence[str]) -> None:
        """Drop what is held of customers without telling the platform: there is nothing to take back."""
        with self.engine.begin() as connection:
            part_id = part_id_of(connection, destination, part)
            hold(connection, part_id, dict.fromkeys(customer_ids), ())
            clear_refused(connection, part_id, customer_ids)

    def keep_refused(self, destination: str, part: Part, customer_ids: frozenset[str]) -> None:
        """Drop the refusals of all but these customers: the others are not to be told of any more."""
        with self.engine.begin() as connection:
            part_id = part_id_of(connection, destination, part)
            asked = select(REFUSED.c.customer_id).where(REFUSED.c.part_id == part_id)
            clear_refused(connection, part_id, [one for one in connection.scalars(asked) if one not in customer_ids])

    def tidy(self, destination: str) -> None:
        """Drop a platform's ids of customers of whom it holds nothing any more."""
        parts = select(PARTS.c.part_id).where(PARTS.c.destination == destination)
        known = [select(table.c.customer_id).where(table.c.part_id.in_(parts)) for table in (CONFIRMED, REFUSED)]
        with self.engine.begin() as connection:
            connection.execute(
                delete(REMOTES).where(
                    REMOTES.c.destination == destination, *(REMOTES.c.customer_id.not_in(those) for those in known)
                )
            )

    def forget(self, customer_ids: Iterable[str]) -> tuple[str, ...]:
        """Drop what is known of people but what is needed to take them back; return who still holds them.

        The next sync takes them back there, as they are in no publication any more, and then drops the rest.
        """
        ids = sorted(set(customer_ids))
        still = self.held_of(ids)
        with self.engine.begin() as connection:
            connection.execute(delete(REFUSED).where(REFUSED.c.customer_id.in_(ids)))
            connection.execute(
                delete(REMOTES).where(REMOTES.c.customer_id.in_(ids), REMOTES.c.destination.not_in(still))
            )
        return still


@contextmanager
def writing_outbox(folder: Path, wait_seconds: float = WAIT_SECONDS) -> Iterator[Outbox]:
    """Hold the outbox of a project folder to sync with; DestinationError where another sync does for too long."""
    path = folder / OUTBOX
    with one_at_a_time(path, wait_seconds), writable(path) as engine:
        yield Outbox(engine)


@contextmanager
def reading_outbox(folder: Path) -> Iterator[Outbox]:
    """Look into the outbox of a project folder; an empty one where nothing was ever sent."""
    with readable(folder / OUTBOX) as engine:
        yield Outbox(engine)
