"""Mailchimp: merge fields and tags of the members of one audience.

Nobody is subscribed and nobody's unsubscription is lifted: no request says anything of a member's status, and who is no
member is refused with that reason. Properties go to the merge fields that the settings name. Segments and lists are
tags, which Mailchimp keeps as static segments of the audience, so that 500 members get or lose a tag in one request
whose answer says what became of each. One request a member would take a night for 100,000 changes; the answers of
`/batches` come later, packed, from another address. `sync_tags` would take away the shop's own tags and is not used.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from pyrate_limiter import Duration, Rate

from pipeline.errors import DestinationError, SettingsError, did_you_mean
from pipeline.publish.destinations.destination import MEMBER, Batch, Kept, Part, Receipt, Row
from pipeline.publish.destinations.http import Api
from pipeline.publish.destinations.mailchimp.changes import Change
from pipeline.publish.destinations.mailchimp.members import Members, basic
from pipeline.publish.destinations.mailchimp.tags import Tags
from pipeline.publish.destinations.pacing import Clock, Pace
from pipeline.publish.destinations.shared import apart, cut, leaving_first
from pipeline.publish.plain import Json
from pipeline.settings.destinations import MailchimpDestination

ROWS_A_REQUEST = 500
REQUESTS, WINDOW = 10, Duration.SECOND
TIMEOUT_SECONDS = 120.0  # after which Mailchimp itself gives up

NO_ADDRESS = "Mailchimp knows people by e-mail address, and none is known"
MOVED = "the address is another contact's at Mailchimp now, which is told everything with the next sync"
NOT_HELD = "Mailchimp's answer was lost, and it does not hold this"


class Mailchimp:
    """The members of one audience, by an API key.

    `moved` are customers whose address was another contact's than the one that holds what was told of them: each with
    that one's id. Differences alone would leave two halves, so that such rows are refused.

    Mailchimp answers at most 10 requests at once and says nothing of requests in a time. They go one after another
    here, and never more than 10 in a second. A request holds at most 500 members.
    """

    def __init__(self, settings: MailchimpDestination, api_key: str, clock: Clock | None = None) -> None:
        """Hold the key for the requests; `clock` is another one where time is not the wall's.

        SettingsError for a merge field of what is no property of the destination; DestinationError for a key without
        a data centre.
        """
        self.name = settings.name
        if unwanted := sorted(settings.merge_fields.keys() - set(settings.properties)):
            raise SettingsError(
                f"Destination {settings.name}: expected merge_fields for some of its properties, got "
                f'"{unwanted[0]}".{did_you_mean(unwanted[0], settings.properties)} Name it under properties, too.'
            )
        headers = {"Authorization": basic(api_key)}
        api = Api(settings.name, f"{_address(settings, api_key)}/3.0", headers, clock, timeout_seconds=TIMEOUT_SECONDS)
        pace = Pace((Rate(REQUESTS, WINDOW),), api.clock)
        audience = f"/lists/{quote(settings.audience, safe='')}"
        self._members, self._tags = Members(api, pace, audience), Tags(api, pace, audience)
        self._settings = settings
        self.moved: dict[str, str] = {}

    def batches(self, part: Part, rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
        """Cut rows by five hundreds, what is taken away first."""
        return (batch for some in leaving_first(part, rows) for batch in cut(some, ROWS_A_REQUEST))

    def send(self, batch: Batch) -> Receipt:
        """Write merge fields, give tags and take them away."""
        changes = self._changes(batch)
        nameless = {change.row.customer_id: NO_ADDRESS for change in changes if not change.name}
        rows, shared = apart([change.row for change in changes if change.row.address], lambda row: row.address or "")
        first = {row.customer_id for row in rows}
        told = self._tell([change for change in changes if change.row.customer_id in first])
        taken = self._withdraw(
            [one for one in changes if one.row.remote_id != told.remote_ids.get(one.row.customer_id)]
        )
        ids = {customer: contact for customer, contact in told.remote_ids.items() if contact}
        return Receipt({**nameless, **shared, **told.rejected, **taken}, ids)

    def recover(self, batch: Batch) -> Receipt:
        """Ask for each member what Mailchimp holds."""
        rejected: dict[str, str] = {}
        contacts: dict[str, str] = {}
        for change in self._changes(batch):
            held = self._members.held(change) if change.name else None
            if held and _has_moved(change, held.contact_id):
                held = None
            if held and held.contact_id:
                contacts[change.row.customer_id] = held.contact_id
            if not change.is_held_by(held):
                rejected[change.row.customer_id] = NOT_HELD if change.name else NO_ADDRESS
        return Receipt(rejected, contacts)

    def _tell(self, changes: Sequence[Change]) -> Receipt:
        """Tell of people by address. The members' fields go first, since the answer says who is a member at all."""
        if not changes:
            return Receipt()
        told = self._members.update(changes)
        moved = [one for one in changes if _has_moved(one, told.remote_ids.get(one.row.customer_id, ""))]
        for change in moved:
            self.moved[change.row.customer_id] = change.row.remote_id or ""
            self._members.withdraw(replace(change, tags={}))  # the fields have come there already
        apart_from = {change.row.customer_id for change in moved}
        ids = {customer: contact for customer, contact in told.remote_ids.items() if customer not in apart_from}
        members = [change for change in changes if change.row.customer_id in ids]
        refused = {**told.rejected, **dict.fromkeys(apart_from, MOVED)}
        return Receipt({**refused, **self._tags.set(members, self._members)}, ids)

    def empty(self, contact_id: str) -> str:
        """Take away from a contact all that may come from here; return why not, or an empty text.

        That are the merge fields and lists of the settings, and the tags with their prefix; without one, no others.
        """
        nobody = Row("", {}, remote_id=contact_id, is_withdrawal=True)
        held = self._members.held(Change(nobody, {}, {}))
        if held is None:
            return ""
        lists = [tag for tag in self._settings.lists.values() if tag.lower() in held.tags]
        prefix = self._settings.prefix
        segments = [tag for tag in sorted(held.tags) if prefix and tag.startswith(prefix)]
        fields: dict[str, Json] = {tag: None for tag in self._settings.merge_fields.values() if held.fields.get(tag)}
        return self._members.withdraw(Change(nobody, fields, dict.fromkeys((*lists, *segments), False)))

    def _withdraw(self, changes: Sequence[Change]) -> dict[str, str]:
        """Take away from people whose address is no contact or another one, by Mailchimp's own id of theirs."""
        known = [change for change in changes if change.row.is_withdrawal and change.row.remote_id]
        answers = {change.row.customer_id: self._members.withdraw(change) for change in known}
        return {customer: why for customer, why in answers.items() if why}

    def _changes(self, batch: Batch) -> list[Change]:
        """Return what differs for Mailchimp; rows that it is not to be told of are left out, and so are held."""
        if batch.part.kept is Kept.LIST:
            name = batch.part.remote or batch.part.name
            return [Change(row, {}, {name: bool(row.values[MEMBER])}) for row in batch.rows]
        changes = (Change.of_profile(row) for row in batch.rows)
        return [change for change in changes if change.fields or change.tags]


def _has_moved(change: Change, contact_id: str) -> bool:
    """Say whether the address is another contact's than the one that is known to hold the customer."""
    known = change.row.remote_id
    return bool(known and contact_id) and known != contact_id and not change.row.is_withdrawal


def _address(settings: MailchimpDestination, api_key: str) -> str:
    """Return where the account lives: the part of the key after its dash, unless `url` says otherwise."""
    if settings.url:
        return settings.url.rstrip("/")
    _, dash, data_centre = api_key.rpartition("-")
    if not dash or not data_centre.isalnum():
        raise DestinationError(
            f"Expected the key of {settings.name} to end with a dash and the data centre, as in -us21, got none. "
            "Copy the whole key from Mailchimp, or set url."
        )
    return f"https://{data_centre}.api.mailchimp.com"
