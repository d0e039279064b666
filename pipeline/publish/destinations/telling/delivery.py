"""Sending batches so that a process that dies at any moment neither loses one nor sends one twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.destination import Batch, Kept, Part, Platform, Receipt, Row
from pipeline.publish.destinations.outbox.outbox import Outbox
from pipeline.publish.destinations.telling.ready import Readiness
from pipeline.publish.destinations.telling.told import Tally

HOPELESS_AFTER = 25


@dataclass(frozen=True)
class Delivery:
    """The way to one platform: `names` are the properties that a profile there may hold."""

    platform: Platform
    readiness: Readiness
    names: tuple[str, ...]
    now: datetime

    @property
    def outbox(self) -> Outbox:
        """Where everything is written down before and after."""
        return self.readiness.outbox

    def recover(self, noted: Batch) -> int:
        """Find out what became of a batch that was under way; return how many of its rows had arrived.

        Of whoever must not be told of any more nothing is sent again. They count as told, so that they are taken back,
        once the platform is no longer at work on what it was told of them.
        """
        tally = Tally(noted.part)
        rows = self.readiness.ready(noted.part, noted.rows, tally.withheld)
        try:
            receipt = self.platform.recover(replace(noted, rows=rows, noted_rows=len(noted.rows)))
        except BatchRefusedError:
            receipt = Receipt(dict.fromkeys((row.customer_id for row in rows), ""))
        self._confirm(noted, receipt, refused=False)
        return len(noted.rows) - len(receipt.rejected)

    def deliver(self, part: Part, rows: Sequence[Row], state: int, tally: Tally) -> frozenset[str]:
        """Send the rows of one batch and return those that were refused; one refused as a whole goes in halves.

        They are looked up again if the addresses are not in the `state` any more in which they were. DestinationError
        when row after row is refused alone, as the fault is not theirs then.
        """
        waiting, refused = [tuple(rows)], set[str]()
        while waiting:
            some = waiting.pop()
            if self.readiness.addresses.state != state:
                some = self.readiness.ready(part, some, tally.withheld)
            receipt = self._send(Batch(uuid4().hex, part, some)) if some else Receipt()
            if receipt is None:
                middle = len(some) // 2
                waiting += [some[middle:], some[:middle]]
                continue
            tally.count(some, receipt)
            refused |= receipt.rejected.keys()
            if not tally.taken and len(some) == 1:
                self._give_up(waiting, len(refused), receipt)
        return frozenset(refused)

    def _give_up(self, waiting: list[tuple[Row, ...]], refused: int, receipt: Receipt) -> None:
        """Raise when rows are refused one by one and none was ever taken: first here, then elsewhere in the batch."""
        if refused == HOPELESS_AFTER:
            waiting.reverse()
        if refused >= 2 * HOPELESS_AFTER:
            reason = next(iter(receipt.rejected.values()))
            raise DestinationError(f"Expected {self.platform.name} to take some rows, but it refuses each: {reason}")

    def _send(self, batch: Batch) -> Receipt | None:
        """Note a batch, send it and confirm what came of it; None for several rows that are refused as a whole."""
        self.outbox.note(self.readiness.destination, batch, self.now)
        try:
            receipt = self.platform.send(batch)
        except BatchRefusedError as refusal:
            if len(batch.rows) > 1:
                self.outbox.drop(batch)
                return None
            receipt = Receipt({batch.rows[0].customer_id: str(refusal)})
        self._confirm(batch, receipt)
        return receipt

    def _confirm(self, batch: Batch, receipt: Receipt, *, refused: bool = True) -> None:
        names = self.names if batch.part.kept is Kept.PROFILE else ()
        self.outbox.confirm(self.readiness.destination, batch, receipt, names, self.now, refused=refused)
