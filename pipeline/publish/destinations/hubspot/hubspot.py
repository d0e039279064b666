"""HubSpot: contact properties and manual lists.

A contact that HubSpot has not told the id of yet is written by its e-mail address, which makes it where there is none;
from then on it is written by its record id, and by its address again if that record was deleted or merged. Nothing
here touches a subscription: a contact's marketing status and opt-outs are other properties, which are never named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pyrate_limiter import Duration, Rate

from pipeline.errors import BatchRefusedError
from pipeline.publish.destinations.destination import MEMBER, Batch, Kept, Part, Receipt, Row
from pipeline.publish.destinations.http import Api
from pipeline.publish.destinations.hubspot.answers import DELETED
from pipeline.publish.destinations.hubspot.contacts import Contacts, holds
from pipeline.publish.destinations.hubspot.lists import Lists
from pipeline.publish.destinations.pacing import Clock, Pace
from pipeline.publish.destinations.shared import apart, cut, leaving_first
from pipeline.settings.destinations import HubSpotDestination

ROWS_A_REQUEST = 100
REQUESTS, WINDOW = 90, Duration.SECOND * 10

NO_ADDRESS = "no e-mail address is known, by which HubSpot finds a contact"
NO_CONTACT = "HubSpot has no contact with this e-mail address"
UNKNOWN = "HubSpot's answer was lost, and it does not hold this"


class HubSpot:
    """HubSpot's contacts and lists, by the token of a private app that may read and write both.

    A private app may make 100 requests in 10 seconds with the smallest subscription (190 with a larger one), and
    250,000 a day, which are 25 million contacts; this keeps to 90 in 10 seconds, so that clocks need not agree.
    A request holds at most 100 contacts.
    """

    def __init__(self, settings: HubSpotDestination, token: str, clock: Clock | None = None) -> None:
        """Hold the token for the requests; `clock` is another one where time is not the wall's."""
        self.name = settings.name
        api = Api(settings.name, settings.url, {"Authorization": f"Bearer {token}"}, clock)
        pace = Pace((Rate(REQUESTS, WINDOW),), api.clock)
        self._contacts, self._lists = Contacts(api, pace), Lists(api, pace)

    def batches(self, part: Part, rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
        """Cut rows by hundreds, what is taken away first; contacts known by record id apart, as they go elsewhere."""
        leaving, staying = leaving_first(part, rows)
        known = [row for row in staying if row.remote_id or part.kept is Kept.LIST]
        new = [row for row in staying if not row.remote_id and part.kept is Kept.PROFILE]
        return (batch for some in (leaving, known, new) for batch in cut(some, ROWS_A_REQUEST))

    def send(self, batch: Batch) -> Receipt:
        """Write contacts, or put them on a list and take them off it."""
        if batch.part.kept is Kept.LIST:
            return self._send_list(batch.part, self._found(batch.rows))
        return self._send_contacts(self._found(batch.rows, withdrawals_only=True))

    def recover(self, batch: Batch) -> Receipt:
        """Ask what HubSpot holds of every row."""
        try:
            if batch.part.kept is Kept.LIST:
                return self._recover_list(batch.part, self._found(batch.rows))
            return self._recover_contacts(batch.rows)
        except BatchRefusedError:
            return Receipt({row.customer_id: UNKNOWN for row in batch.rows})

    def _send_contacts(self, rows: Sequence[Row]) -> Receipt:
        nameless = {row.customer_id: NO_ADDRESS for row in rows if not (row.remote_id or row.address)}
        known, shared = apart([row for row in rows if row.remote_id], _record)
        # A withdrawal must never make a contact: where HubSpot has none, nothing is left to take away.
        unknown = [row for row in rows if not row.remote_id and row.address and not row.is_withdrawal]
        updated = self._contacts.update(known)
        gone = [row for row in known if row.address and updated.rejected.get(row.customer_id) == DELETED]
        new, also_shared = apart([*unknown, *gone], lambda row: row.address or "")
        made = self._contacts.upsert(new) if not gone else self._make_again(new)
        left = {customer: why for customer, why in updated.rejected.items() if customer not in _customers(new)}
        rejected = {**nameless, **shared, **left, **also_shared, **made.rejected}
        return Receipt(rejected, {**_ids(rows), **updated.remote_ids, **made.remote_ids})

    def _make_again(self, rows: Sequence[Row]) -> Receipt:
        """Make contacts that were deleted; if one is at fault, none, since the others of the batch are written."""
        try:
            return self._contacts.upsert(rows)
        except BatchRefusedError:
            return Receipt({row.customer_id: DELETED for row in rows})

    def _send_list(self, part: Part, rows: Sequence[Row]) -> Receipt:
        """Change a list; who joins under a record id that is gone joins under the one that the address has now."""
        first = self._change_list(part, rows)
        gone = [replace(row, remote_id=None) for row in rows if first.rejected.get(row.customer_id) == DELETED]
        if not gone:
            return first
        again = self._change_list(part, self._found(gone))
        left = {customer: why for customer, why in first.rejected.items() if customer not in _customers(gone)}
        return Receipt({**left, **again.rejected}, {**first.remote_ids, **again.remote_ids})

    def _change_list(self, part: Part, rows: Sequence[Row]) -> Receipt:
        absent = {row.customer_id: NO_CONTACT for row in rows if row.values[MEMBER] and not row.remote_id}
        told, shared = apart([row for row in rows if row.remote_id], _record)
        joining = [row for row in told if row.values[MEMBER]]
        leaving = [row for row in told if not row.values[MEMBER]]
        missing = self._lists.change(part, [_record(row) for row in joining], [_record(row) for row in leaving])
        gone = {row.customer_id: DELETED for row in joining if row.remote_id in missing}
        return Receipt({**absent, **shared, **gone}, _ids(rows))

    def _recover_contacts(self, rows: Sequence[Row]) -> Receipt:
        found = self._contacts.read(rows, sorted({name for row in rows for name in row.values}))
        lost = {row.customer_id: UNKNOWN for row in rows if not holds(found.get(row.customer_id), row)}
        return Receipt(lost, {customer: str(contact["id"]) for customer, contact in found.items()})

    def _recover_list(self, part: Part, rows: Sequence[Row]) -> Receipt:
        members = self._lists.members(part, sorted(set(_ids(rows).values())))
        lost = {row.customer_id: UNKNOWN for row in rows if (row.remote_id in members) != row.values[MEMBER]}
        return Receipt(lost, _ids(rows))

    def _found(self, rows: Sequence[Row], *, withdrawals_only: bool = False) -> list[Row]:
        """Return the rows with their record ids, for which HubSpot is asked by address where they are not known."""
        asked = [row for row in rows if not row.remote_id and (row.is_withdrawal or not withdrawals_only)]
        found: Mapping[str, str] = {
            customer: str(contact["id"]) for customer, contact in self._contacts.read(asked, ()).items()
        }
        return [replace(row, remote_id=row.remote_id or found.get(row.customer_id)) for row in rows]


def _customers(rows: Sequence[Row]) -> frozenset[str]:
    return frozenset(row.customer_id for row in rows)


def _record(row: Row) -> str:
    return row.remote_id or ""


def _ids(rows: Sequence[Row]) -> dict[str, str]:
    return {row.customer_id: row.remote_id for row in rows if row.remote_id}
