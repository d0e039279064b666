"""HubSpot's manual lists: contacts put on and taken off by record id, and asked whether they are on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.destination import Part
from pipeline.publish.destinations.http import Api
from pipeline.publish.destinations.hubspot.answers import entries, reason, texts
from pipeline.publish.destinations.pacing import Pace
from pipeline.publish.plain import Json

PATH = "/crm/v3/lists"
OUTCOMES = {"recordIdsMissing", "recordIdsRemoved", "recordsIdsAdded", "recordIdsAdded"}  # documented in both spellings
NOT_FOUND = 404
CONTACT_TYPE = "0-1"  # HubSpot's id of contacts among the types of records


@dataclass(frozen=True)
class Lists:
    """The lists of one account. `Part.remote` is the number in the list's details, called its ILS id."""

    api: Api
    pace: Pace

    def change(self, part: Part, joining: Sequence[str], leaving: Sequence[str]) -> set[str]:
        """Put contacts on a list and take others off; return the record ids that HubSpot does not have.

        Nobody is on a list that is not there: only who is to join it is a reason to stop.
        """
        if not (joining or leaving):
            return set()
        path = f"{PATH}/{quote(part.remote, safe='')}/memberships/add-and-remove"
        told: Json = {"recordIdsToAdd": list(joining), "recordIdsToRemove": list(leaving)}
        answer = self.api.request("PUT", path, pace=self.pace, json=told)
        if answer.status == NOT_FOUND and not joining:
            return set()
        if answer.refused:
            raise DestinationError(
                f'Expected {self.api.name} to have a static list of contacts, id {part.remote}, for "{part.name}"'
                f", got status {answer.status}: {reason(answer.body)}. Check the id in the list's details at HubSpot, "
                "and that the list is static."
            )
        if not (isinstance(answer.body, Mapping) and OUTCOMES & answer.body.keys()):
            raise DestinationError(
                f"Expected {self.api.name} to say who joined and left the list of {part.name}, got another answer. "
                "Check the address of the destination."
            )
        return texts(answer.body, "recordIdsMissing")

    def members(self, part: Part, records: Sequence[str]) -> set[str]:
        """Return which of the record ids are on a list."""
        if not records:
            return set()
        inputs: list[Json] = [{"objectTypeId": CONTACT_TYPE, "recordId": record} for record in records]
        path = f"{PATH}/records/memberships/batch/read"
        answer = self.api.request("POST", path, pace=self.pace, json={"inputs": inputs})
        if answer.refused:
            why = f"got status {answer.status}: {reason(answer.body)}"
            raise BatchRefusedError(f"Expected {self.api.name} to tell the lists of contacts, {why}. Sync again.")
        return {
            str(record.get("recordId"))
            for record in entries(answer.body, "results")
            if any(str(entry.get("listId")) == part.remote for entry in entries(record, "recordListMemberships"))
        }
