"""HubSpot's contacts: written and read by the hundred, by record id or by e-mail address."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.destination import Receipt, Row
from pipeline.publish.destinations.http import Answer, Api
from pipeline.publish.destinations.hubspot.answers import entries, missing_properties, reason, receipt
from pipeline.publish.destinations.pacing import Pace
from pipeline.publish.destinations.texts import as_text, kind_of, same_text
from pipeline.publish.plain import Json

PATH = "/crm/v3/objects/contacts/batch"
ADDRESSES = ("email", "hs_additional_emails")
ROWS_AT_FAULT = (400, 409, 413, 422)

Contact = Mapping[str, Any]
Naming = Callable[[Row], Mapping[str, Json]]


@dataclass(frozen=True)
class Contacts:
    """The contacts of one account. No call takes more than 100 rows, nor two rows of the same contact."""

    api: Api
    pace: Pace

    def update(self, rows: Sequence[Row]) -> Receipt:
        """Write to contacts by record id."""
        return self._write("update", rows, lambda row: {"id": row.remote_id})

    def upsert(self, rows: Sequence[Row]) -> Receipt:
        """Write to contacts by e-mail address; make those that HubSpot does not have."""
        return self._write("upsert", rows, lambda row: {"id": row.address, "idProperty": "email"})

    def read(self, rows: Sequence[Row], names: Sequence[str]) -> dict[str, Contact]:
        """Return the contacts of rows by customer, as far as HubSpot has them, with the named properties."""
        by_id = {row.remote_id: row.customer_id for row in rows if row.remote_id}
        by_address = {row.address.lower(): row.customer_id for row in rows if row.address and not row.remote_id}
        found = {by_id[record]: told for told in self._ask(list(by_id), names) if (record := str(told["id"])) in by_id}
        for told in self._ask(list(by_address), (*names, *ADDRESSES), id_property="email"):
            found |= {by_address[address]: told for address in _addresses(told) & by_address.keys()}
        return found

    def _write(self, how: str, rows: Sequence[Row], named: Naming) -> Receipt:
        if not rows:
            return Receipt()
        names = {name for row in rows for name in row.values}
        self._leave_hubspots_own(names)
        inputs: list[Json] = [
            {**named(row), "objectWriteTraceId": str(position), "properties": _properties(row)}
            for position, row in enumerate(rows)
        ]
        answer = self.api.request("POST", f"{PATH}/{how}", pace=self.pace, json={"inputs": inputs})
        if missing := names.intersection(missing_properties(answer.body)):
            return self._write(how, self._without(missing, rows), named)
        if answer.refused:
            raise self._refusal(answer)
        return receipt(rows, answer.body)

    def _without(self, missing: set[str], rows: Sequence[Row]) -> list[Row]:
        """Return the rows without properties that HubSpot lacks, as far as these were only to be taken away.

        Whoever is left with nothing to write is left out, and so counts as written.
        """
        needed = {
            name: kind_of(row.values[name]) for row in rows for name in row.values.keys() & missing if _fills(row, name)
        }
        if needed:
            raise self._lacks(needed)
        some = [replace(row, values={name: row.values[name] for name in row.values.keys() - missing}) for row in rows]
        return [row for row in some if row.values]

    def _leave_hubspots_own(self, names: set[str]) -> None:
        """Refuse to write what HubSpot keeps itself: one such property is a contact's opt-out."""
        if own := sorted(name for name in names if name.startswith("hs_") or name in ADDRESSES):
            raise DestinationError(
                f"Expected {self.api.name} to be told of properties of the shop's, got {', '.join(own)}, which HubSpot "
                "keeps itself. Set a prefix."
            )

    def _refusal(self, answer: Answer) -> DestinationError:
        why = f"Expected {self.api.name} to take the contacts, got status {answer.status}: {reason(answer.body)}."
        if answer.status in ROWS_AT_FAULT:
            return BatchRefusedError(f"{why} Correct the value, or the rule for it at HubSpot.")
        return DestinationError(f"{why} Check the address and the subscription at HubSpot.")

    def _lacks(self, kinds: Mapping[str, str]) -> DestinationError:
        """Say which properties to make at HubSpot, and of which type."""
        listed = ", ".join(f"{name} ({kinds[name]})" for name in sorted(kinds))
        return DestinationError(
            f"Expected {self.api.name} to have the contact properties {listed}, but it has none of that name. "
            "Make them in HubSpot's settings under Properties, with these as internal names and types, "
            "or leave them out of segcast.toml."
        )

    def _ask(self, ids: Sequence[str], names: Sequence[str], id_property: str = "") -> list[Contact]:
        if not ids:
            return []
        inputs: list[Json] = [{"id": name} for name in ids]
        told: dict[str, Json] = {"inputs": inputs, "properties": list(names), "propertiesWithHistory": []}
        asked = {**told, "idProperty": id_property} if id_property else told
        answer = self.api.request("POST", f"{PATH}/read", pace=self.pace, json=asked)
        if answer.refused:
            why = f"got status {answer.status}: {reason(answer.body)}"
            raise BatchRefusedError(f"Expected {self.api.name} to tell of contacts, {why}. Correct the address.")
        return [contact for contact in entries(answer.body, "results") if contact.get("id")]


def holds(contact: Contact | None, row: Row) -> bool:
    """Return whether a contact has what the row says; one that is not there holds nothing that could be withdrawn."""
    if contact is None:
        return row.is_withdrawal
    held = contact.get("properties") or {}
    return all(same_text(value, held.get(name)) for name, value in row.values.items())


def _fills(row: Row, name: str) -> bool:
    """Return whether a row gives a property a value, other than what a withdrawal leaves."""
    return row.values[name] is not None and not row.is_withdrawal


def _properties(row: Row) -> dict[str, Json]:
    """Return a row's values as HubSpot takes them: texts, dates as midnight in UTC, an empty text to take away."""
    return {name: as_text(value) for name, value in row.values.items()}


def _addresses(contact: Contact) -> set[str]:
    """Return the addresses by which HubSpot knows a contact, in lower case."""
    held = contact.get("properties") or {}
    told = ";".join(str(held.get(name) or "") for name in ADDRESSES)
    return {address.strip().lower() for address in told.split(";")} - {""}
