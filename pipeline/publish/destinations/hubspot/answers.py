"""What HubSpot's answers say about each row, in reasons that hold no personal data."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.publish.destinations.destination import Receipt, Row

MISSING_PROPERTY = "PROPERTY_DOESNT_EXIST"
NOT_FOUND = "OBJECT_NOT_FOUND"
COMPLETE = "COMPLETE"
UNTOLD = "HubSpot did not say what became of it"
DELETED = "HubSpot has no such contact any more: it was deleted there, or merged with another"

_NAME = re.compile(r"\w{1,100}")  # of codes and properties: an address or a value does not look like that
_DETAILS = re.compile(r"\[.*\]", re.DOTALL)


def problems(body: object) -> tuple[tuple[str, str], ...]:
    """Return the codes of what HubSpot finds wrong, each with its property or an empty text.

    They stand in `errors`, or as JSON within the message: `Property values were not valid: [{"error": …, "name": …}]`.
    """
    return tuple(dict.fromkeys(found for found in _problems(body) if found[0]))


def missing_properties(body: object) -> tuple[str, ...]:
    """Return the names of contact properties that HubSpot does not have."""
    return tuple(name for code, name in problems(body) if code == MISSING_PROPERTY and name)


def reason(body: object) -> str:
    """Return what is wrong, in codes and property names alone."""
    named = [f"{code} of {name}" if name else code for code, name in problems(body)]
    return ", ".join(named) or _name(_of(body, "category")) or "no reason given"


def receipt(rows: Sequence[Row], body: object) -> Receipt:
    """Return what became of rows that were written with their position as `objectWriteTraceId`.

    A row is held if it is among the results, which tell its record id. A withdrawal from a contact that is gone is
    as good as held. Whatever the answer leaves open counts as not held.
    """
    results = [result for result in entries(body, "results") if result.get("id")]
    told = {position: result for result in results for position in _positions(rows, result)}
    ids = {rows[position].customer_id: str(result["id"]) for position, result in told.items()}
    if not entries(body, "errors") and _of(body, "status") == COMPLETE and len(results) == len(rows):
        return Receipt(remote_ids=ids)
    wrong = {position: error for error in entries(body, "errors") for position in _positions(rows, error)}
    left = [position for position in range(len(rows)) if position not in told]
    rejected = {rows[position].customer_id: _why(rows[position], wrong.get(position)) for position in left}
    return Receipt({customer: why for customer, why in rejected.items() if why}, ids)


def _why(row: Row, error: object) -> str:
    """Return why a row is not held; an empty text if nothing is left to take away."""
    if error is None:
        return UNTOLD
    if NOT_FOUND in (_of(error, "category"), _of(error, "subCategory")):
        return "" if row.is_withdrawal else DELETED
    return f"HubSpot refuses it: {reason(error)}"


def _positions(rows: Sequence[Row], told: Mapping[str, Any]) -> Iterator[int]:
    """Yield the positions of the rows that a result or an error is about: by trace, by record id or by address."""
    context = told.get("context") if isinstance(told.get("context"), Mapping) else {}
    traces = _texts(told.get("objectWriteTraceId")) | _texts(_of(context, "objectWriteTraceId"))
    if positions := {int(trace) for trace in traces if trace.isdecimal() and int(trace) < len(rows)}:
        yield from positions
        return
    properties = told.get("properties") or {}
    names = _texts(told.get("id")) | _texts(_of(context, "ids")) | _texts(_of(properties, "email"))
    for position, row in enumerate(rows):
        if names & {(row.remote_id or "").lower(), (row.address or "").lower()} - {""}:
            yield position


def _problems(body: object) -> Iterator[tuple[str, str]]:
    for error in entries(body, "errors"):
        names = _texts(_of(error.get("context"), "propertyName"), lower=False) or {""}
        yield from ((_name(error.get("code")), _name(name)) for name in sorted(names))
        yield from _problems(error)
    for error in _details(_of(body, "message")):
        yield _name(_of(error, "error")), _name(_of(error, "name"))


def _details(message: object) -> list[Any]:
    found = _DETAILS.search(message) if isinstance(message, str) else None
    try:
        details = json.loads(found.group()) if found else []
    except ValueError:
        return []
    return details if isinstance(details, list) else []


def entries(body: object, name: str) -> list[Mapping[str, Any]]:
    """Return the objects in a list of an answer, none where it has no such list."""
    told = _of(body, name)
    return [entry for entry in told if isinstance(entry, Mapping)] if isinstance(told, list) else []


def texts(body: object, name: str) -> set[str]:
    """Return the texts in a list of an answer."""
    return _texts(_of(body, name), lower=False)


def _of(body: object, name: str) -> Any:  # noqa: ANN401 - HubSpot's own shape
    return body.get(name) if isinstance(body, Mapping) else None


def _texts(told: object, *, lower: bool = True) -> set[str]:
    texts = told if isinstance(told, list) else [told]
    return {(text.lower() if lower else text) for text in texts if isinstance(text, str) and text}


def _name(told: object) -> str:
    return told if isinstance(told, str) and _NAME.fullmatch(told) else ""
