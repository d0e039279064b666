"""A little HubSpot that keeps contacts and lists, and answers as its documentation says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import Received, Reply

TOKEN = "pat-secret"  # noqa: S105 - opens nothing but the little HubSpot
CONTACTS = "/crm/v3/objects/contacts/batch/"
LISTS = "/crm/v3/lists/"
LIMIT = 100
TIMES = {"startedAt": "2026-03-01T00:00:00Z", "completedAt": "2026-03-01T00:00:01Z", "status": "COMPLETE"}


@dataclass
class LittleHubSpot:
    """Contacts by record id, each with its properties; the lists' members by list id.

    `properties` exist besides `email`; None for any. Contacts whose address is in `unfit` are refused. `told` counts
    the writes of each contact, and the changes of its place on each list.
    """

    properties: set[str] | None = None
    unfit: set[str] = field(default_factory=set)
    lists: dict[str, set[str]] = field(default_factory=dict)
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def __call__(self, request: Received) -> Reply:
        """Answer one request."""
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, _error("INVALID_AUTHENTICATION", "Authentication credentials not found."))
        match request.method, request.path.removeprefix(CONTACTS).removeprefix(LISTS).split("/"):
            case "POST", ["update" | "upsert" as how]:
                return self._write(how, request.json["inputs"])
            case "POST", ["read"]:
                return self._read(request.json)
            case "POST", ["records", "memberships", "batch", "read"]:
                return self._memberships(request.json["inputs"])
            case "PUT", [name, "memberships", "add-and-remove"]:
                return self._change(name, request.json)
        return Reply(404, _error("OBJECT_NOT_FOUND", "No such path"))

    def by_address(self, address: str) -> dict[str, str]:
        """What is held of a contact, without its address."""
        contact = self.contacts[self.ids[address]]
        return {name: value for name, value in contact.items() if name != "email"}

    def make(self, address: str, **properties: str) -> str:
        """Make a contact; return its record id."""
        self.made += 1
        record = str(7000 + self.made)
        self.contacts[record] = {"email": address, **properties}
        self.ids[address.lower()] = record
        return record

    def delete(self, address: str) -> None:
        """Delete a contact; its record id never comes back."""
        self.contacts.pop(self.ids.pop(address))

    def _write(self, how: str, inputs: list[Mapping[str, Any]]) -> Reply:
        if problem := self._problem(how, inputs):
            return problem
        results, errors = [], []
        for told in inputs:
            record = self._record(how, told["id"])
            if record not in self.contacts:
                errors.append(_not_found(told["id"]))
                continue
            given = {name: value for name, value in told["properties"].items() if value}
            emptied = told["properties"].keys() - given.keys()
            held = {name: value for name, value in self.contacts[record].items() if name not in emptied}
            self.contacts[record] = {**held, **given}
            self.told[record] = self.told.get(record, 0) + 1
            results.append(_result(record, given, told.get("objectWriteTraceId")))
        return _several(results, errors)

    def _problem(self, how: str, inputs: list[Mapping[str, Any]]) -> Reply | None:
        """One contact at fault, and nothing of the batch is done."""
        ids = [told["id"] for told in inputs]
        assert {told.get("idProperty") for told in inputs} == {"email" if how == "upsert" else None}
        if len(inputs) > LIMIT or len(set(ids)) < len(ids):
            return Reply(400, _error("VALIDATION_ERROR", "Duplicate IDs found, or more than 100 inputs"))
        names = {name for told in inputs for name in told["properties"]}
        if self.properties is not None and (lacking := sorted(names - self.properties)):
            details = [
                {"isValid": False, "message": f'Property "{name}" does not exist', "error": "PROPERTY_DOESNT_EXIST"}
                | {"name": name, "localizedErrorMessage": f'Property "{name}" does not exist', "portalId": 62515}
                for name in lacking
            ]
            return Reply(400, _error("VALIDATION_ERROR", f"Property values were not valid: {json.dumps(details)}"))
        if bad := sorted(self.unfit & {name.lower() for name in ids}):
            details = [{"isValid": False, "message": f"{bad[0]} is invalid", "error": "INVALID_EMAIL", "name": "email"}]
            return Reply(400, _error("VALIDATION_ERROR", f"Property values were not valid: {json.dumps(details)}"))
        return None

    def _record(self, how: str, name: str) -> str:
        if how == "update":
            return name
        return self.ids.get(name.lower()) or self.make(name)

    def _read(self, asked: Mapping[str, Any]) -> Reply:
        assert len(asked["inputs"]) <= LIMIT
        by_address = asked.get("idProperty") == "email"
        names = [told["id"] for told in asked["inputs"]]
        records = {name: self.ids.get(name.lower(), "") if by_address else name for name in names}
        results = [
            _result(record, {name: self.contacts[record].get(name) for name in asked["properties"]})
            for record in records.values()
            if record in self.contacts
        ]
        return _several(results, [_not_found(name) for name in names if records[name] not in self.contacts])

    def _memberships(self, inputs: list[Mapping[str, str]]) -> Reply:
        assert len(inputs) <= LIMIT
        results = [
            {
                "objectTypeId": told["objectTypeId"],
                "recordId": told["recordId"],
                "recordListMemberships": [
                    {"listId": name, "listVersion": 1} for name, held in self.lists.items() if told["recordId"] in held
                ],
            }
            for told in inputs
        ]
        return Reply(200, {**TIMES, "results": results})

    def _change(self, name: str, told: Mapping[str, list[str]]) -> Reply:
        if name not in self.lists:
            return Reply(404, _error("OBJECT_NOT_FOUND", "List does not exist"))
        joining, leaving = set(told["recordIdsToAdd"]), set(told["recordIdsToRemove"])
        assert not joining & leaving
        for record in (joining | leaving) & self.contacts.keys():
            self.told[f"{name} {record}"] = self.told.get(f"{name} {record}", 0) + 1
        self.lists[name] = (self.lists[name] | joining & self.contacts.keys()) - leaving
        missing = sorted((joining | leaving) - self.contacts.keys())
        added = sorted(joining - set(missing))
        return Reply(200, {"recordsIdsAdded": added, "recordIdsRemoved": sorted(leaving), "recordIdsMissing": missing})


def _result(record: str, properties: Mapping[str, str | None], trace: str | None = None) -> dict[str, Any]:
    told = {"id": record, "properties": properties, "createdAt": TIMES["startedAt"], "updatedAt": TIMES["startedAt"]}
    return {**told, "archived": False, "new": False, **({"objectWriteTraceId": trace} if trace else {})}


def _several(results: list[Any], errors: list[Any]) -> Reply:
    if not errors:
        return Reply(200, {**TIMES, "results": results})
    return Reply(207, {**TIMES, "results": results, "numErrors": len(errors), "errors": errors})


def _not_found(name: str) -> dict[str, Any]:
    message = "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."
    return {**_error("OBJECT_NOT_FOUND", message), "context": {"ids": [name]}, "links": {}, "errors": []}


def _error(category: str, message: str) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message, "correlationId": "aeb5f871-7f07-4993-9211"}
