"""Rows made ready to go: with the address of now, and without whom must not be told of any more."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from pipeline.publish.destinations.destination import PROFILES, Kept, Part, Row
from pipeline.publish.destinations.outbox.outbox import Outbox
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.entries import takes_back

NO_PROFILE = "no profile there yet"


@dataclass(frozen=True)
class Readiness:
    """What is looked up for rows just before they go to a destination; it may be looked up again at any time."""

    destination: str
    outbox: Outbox
    addresses: Addresses

    def ready(self, part: Part, rows: Sequence[Row], withheld: Counter[str]) -> tuple[Row, ...]:
        """Return the rows that may go, in their order, with addresses and ids; count the others by why they may not.

        Taking back is always allowed.
        """
        telling = [row.customer_id for row in rows if not takes_back(part, row)]
        known = self.addresses.of(telling)
        withheld.update(self.addresses.withheld(pa.array([one for one in telling if one not in known], pa.string())))
        there = self._with_profile(part, known)
        withheld.update({NO_PROFILE: len(known) - len(there)} if len(there) < len(known) else {})
        addresses = known | self.addresses.for_withdrawal([row.customer_id for row in rows if takes_back(part, row)])
        remote_ids = self._remote_ids(part, rows)
        return tuple(
            replace(row, address=addresses.get(row.customer_id), remote_id=remote_ids.get(row.customer_id))
            for row in rows
            if row.customer_id in there or takes_back(part, row)
        )

    def _remote_ids(self, part: Part, rows: Sequence[Row]) -> dict[str, str]:
        """Return the ids of those whose profile the platform holds, and of those of whom something is taken back.

        The profile of whoever was taken back before may be somebody else's by now, with the address.
        """
        held = self.outbox.held_among(self.destination, PROFILES, [row.customer_id for row in rows])
        asked = [row.customer_id for row in rows if row.customer_id in held or takes_back(part, row)]
        return self.outbox.remote_ids(self.destination, asked)

    def _with_profile(self, part: Part, customers: dict[str, str | None]) -> frozenset[str]:
        """Return those who may go into a part: onto a list only whose profile the platform has taken."""
        if part.kept is Kept.PROFILE:
            return frozenset(customers)
        return self.outbox.held_among(self.destination, PROFILES, list(customers))
