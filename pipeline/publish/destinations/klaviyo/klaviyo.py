"""Klaviyo: properties of profiles by bulk import jobs, and who is on its lists.

A customer's profile is found by its id there once Klaviyo has told it, by customer id and e-mail address before. Nobody
is subscribed, and no suppression is touched: being on a list gives no consent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.destination import MEMBER, Batch, Kept, Part, Receipt, Row
from pipeline.publish.destinations.http import Answer
from pipeline.publish.destinations.klaviyo.api import (
    ADD_TO_LIST,
    NOT_FOUND,
    REMOVE_FROM_LIST,
    Call,
    KlaviyoApi,
    Resource,
    why,
)
from pipeline.publish.destinations.klaviyo.errors import Named, reason_of
from pipeline.publish.destinations.klaviyo.profiles import as_import, held_property, holds, import_batches, unfit
from pipeline.publish.destinations.pacing import Clock
from pipeline.publish.destinations.shared import cut

URL = "https://a.klaviyo.com"
LIST_ROWS = 1000
NOT_HELD = "Klaviyo did not hold it after the connection was lost"
NOT_TAKEN_AWAY = "Klaviyo still holds what was to be taken away"
NO_PROFILE = "Klaviyo has no profile of this customer"
CANCELLED, UNSAID = "Klaviyo cancelled the import", "Klaviyo did not say why"


class Klaviyo:
    """Klaviyo as a platform; `clock` is another one where time is not the wall's.

    The key needs the scopes `lists:read`, `lists:write`, `profiles:read` and `profiles:write`.
    """

    def __init__(self, name: str, api_key: str, url: str = URL, clock: Clock | None = None) -> None:
        self.name = name
        self._api = KlaviyoApi(name, api_key, url, clock)

    def batches(self, part: Part, rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
        """Cut profiles by number and by size, members of a list by number."""
        if part.kept is Kept.PROFILE:
            return import_batches(rows)
        return cut(rows, LIST_ROWS)

    def send(self, batch: Batch) -> Receipt:
        """Import the properties and wait until Klaviyo has, or change who is on a list."""
        return self._tell(batch.rows) if batch.part.kept is Kept.PROFILE else self._change_list(batch.part, batch.rows)

    def recover(self, batch: Batch) -> Receipt:
        """Ask what Klaviyo holds, after every import that may be the batch's is over."""
        if batch.part.kept is Kept.PROFILE:
            most = max(len(batch.rows), batch.noted_rows)
            for job in self._api.jobs_under_way():
                if (job.attributes.get("total_count") or 0) <= most:
                    self._api.finished(job.id)
        found = self._found(batch.rows)
        ids = {customer_id: profile.id for customer_id, profile in found.items()}
        if batch.part.kept is Kept.PROFILE:
            unlike = [row for row in batch.rows if not holds(found.get(row.customer_id), row)]
        else:
            members = set(self._api.members(batch.part.remote))
            unlike = [row for row in batch.rows if (ids.get(row.customer_id) in members) is not _joins(row)]
        return Receipt({row.customer_id: NOT_HELD for row in unlike}, ids)

    def _tell(self, rows: Sequence[Row]) -> Receipt:
        """Import rows; those whose profile has gone meanwhile are told again by customer id and address."""
        rows = self._existing(rows)
        wrong = unfit(rows)
        told = [row for row in rows if row.customer_id not in wrong]
        if not told:
            return Receipt(wrong)
        job = self._api.finished(self._api.import_profiles(as_import(told)))
        rejected = self._rejected(job, told)
        gone = self._gone([row for row in told if row.customer_id in rejected])
        held = [row for row in told if row.customer_id not in rejected]
        ids = self._learned(job, [row for row in held if row.remote_id is None])
        rejected |= wrong | self._taken_away(held)
        if not gone:
            return Receipt(rejected, ids)
        again = self._tell([replace(row, remote_id=None) for row in gone if not row.is_withdrawal])
        rest = {each: reason for each, reason in rejected.items() if each not in {row.customer_id for row in gone}}
        return Receipt({**rest, **again.rejected}, {**ids, **again.remote_ids})

    def _existing(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows without the withdrawals that Klaviyo has no profile for: an import would make one."""
        found = self._found([row for row in rows if row.is_withdrawal])
        known = (
            replace(row, remote_id=found[row.customer_id].id) if row.customer_id in found else row
            for row in rows
            if row.customer_id in found or not row.is_withdrawal
        )
        return list(known)

    def _rejected(self, job: Resource, told: Sequence[Row]) -> dict[str, str]:
        """Return the reasons of a job's errors. Where not all errors say whose they are, ask who holds what."""
        failed, cancelled = job.attributes.get("failed_count"), job.attributes.get("status") == "cancelled"
        if failed == 0 and not cancelled:
            return {}
        row_of, rejected, reason = Named(told), dict[str, str](), CANCELLED if cancelled else UNSAID
        for error in self._api.import_errors(job.id):
            reason = reason_of(error)
            if row := row_of(error):
                rejected[row.customer_id] = reason
        if not cancelled and (failed or 0) <= len(rejected):
            return rejected
        unsure = [row for row in told if row.customer_id not in rejected]
        found = self._found(unsure)
        return rejected | {row.customer_id: reason for row in unsure if not holds(found.get(row.customer_id), row)}

    def _gone(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows whose profile is not there any more: it was deleted, or merged with another."""
        there = {profile.id for profile in self._by_id(rows, "external_id")}
        return [row for row in rows if row.remote_id and row.remote_id not in there]

    def _taken_away(self, rows: Sequence[Row]) -> dict[str, str]:
        """Make sure that what Klaviyo held and is to be null is gone: an import may pass over what it is to unset.

        Return the customers of whom it is not.
        """
        lessened = [row for row in rows if row.remote_id and None in row.values.values()]
        profiles = {profile.id: profile for profile in self._by_id(lessened, "properties")}
        left = {}
        for row in lessened:
            profile = profiles.get(row.remote_id or "")
            names = [
                name for name in row.values if row.values[name] is None and held_property(profile, name) is not None
            ]
            if profile and names and self._api.take_away(profile.id, names).refused:
                left[row.customer_id] = NOT_TAKEN_AWAY
        return left

    def _learned(self, job: Resource, rows: Sequence[Row]) -> dict[str, str]:
        """Return profiles' ids by customer; who is not found by customer id is found by address among the job's."""
        ids = {str(each.attributes.get("external_id")): each.id for each in self._by_customer(rows, "external_id")}
        rest = {row.address.casefold(): row.customer_id for row in rows if row.address and row.customer_id not in ids}
        for profile in self._api.imported(job.id) if rest else ():
            if customer_id := rest.get(str(profile.attributes.get("email")).casefold()):
                ids[customer_id] = profile.id
        return ids

    def _change_list(self, part: Part, rows: Sequence[Row]) -> Receipt:
        """Put members on the list and take others off; when that is refused, once more with ids asked for anew.

        Nobody is on a list that is not there: only who is to join it is a reason to stop.
        """
        found = self._found([row for row in rows if row.remote_id is None])
        ids = {row.customer_id: row.remote_id for row in rows if row.remote_id}
        ids |= {customer_id: profile.id for customer_id, profile in found.items()}
        if refusal := self._put(part, rows, ids):
            current = {customer_id: profile.id for customer_id, profile in self._found(rows).items()}
            refusal = self._put(part, rows, current) if current != ids else refusal
            ids = current
        if refusal and (refusal.status != NOT_FOUND or any(map(_joins, rows))):
            raise self._refused(part, refusal)
        return Receipt({row.customer_id: NO_PROFILE for row in rows if _joins(row) and row.customer_id not in ids}, ids)

    def _put(self, part: Part, rows: Sequence[Row], ids: Mapping[str, str]) -> Answer | None:
        """Change the list as far as ids are known; return a refusal, if there is one."""
        changes: tuple[tuple[Call, bool], ...] = ((ADD_TO_LIST, True), (REMOVE_FROM_LIST, False))
        for call, joining in changes:
            some = [ids[row.customer_id] for row in rows if _joins(row) is joining and row.customer_id in ids]
            if some and (answer := self._api.change_list(call, part.remote, some)).refused:
                return answer
        return None

    def _refused(self, part: Part, refusal: Answer) -> DestinationError:
        if refusal.status != NOT_FOUND:
            return BatchRefusedError(f"{self.name} refused a change of the {part}: {why(refusal)}.")
        return DestinationError(
            f"Expected {self.name} to have a list with the id {part.remote} for {part.name}, but got {why(refusal)}. "
            "Check `lists` of the destination in segcast.toml."
        )

    def _found(self, rows: Sequence[Row]) -> dict[str, Resource]:
        """Return profiles by customer: by their own ids as far as those are known and hold, else by customer id."""
        fields = "external_id,properties"
        profiles = {profile.id: profile for profile in self._by_id(rows, fields)}
        found = {row.customer_id: profiles[row.remote_id] for row in rows if row.remote_id in profiles}
        rest = [row for row in rows if row.customer_id not in found]
        return {str(each.attributes.get("external_id")): each for each in self._by_customer(rest, fields)} | found

    def _by_id(self, rows: Iterable[Row], fields: str) -> Iterator[Resource]:
        return self._api.profiles("id", [row.remote_id for row in rows if row.remote_id], fields)

    def _by_customer(self, rows: Iterable[Row], fields: str) -> Iterator[Resource]:
        return self._api.profiles("external_id", [row.customer_id for row in rows], fields)


def _joins(row: Row) -> bool:
    return row.values.get(MEMBER) is True
