"""What Klaviyo says went wrong in an import: whose row it is about, and why, without personal data."""

import re
from collections.abc import Sequence

from pipeline.publish.destinations.destination import Row
from pipeline.publish.destinations.klaviyo.api import Resource
from pipeline.publish.destinations.shared import without_addresses

REASON_CHARACTERS = 200
DUPLICATE = "duplicate_profile"

_PLACE = re.compile(r"/profiles/data/(\d+)")


class Named:
    """Whose row an import error is about: by the profile that it repeats, else by its place in the import."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._by_customer = {row.customer_id: row for row in rows}
        self._by_id = {row.remote_id: row for row in rows if row.remote_id}
        self._by_address = {row.address.casefold(): row for row in rows if row.address}

    def __call__(self, error: Resource) -> Row | None:
        """Return the row, None where the error does not tell."""
        payload = error.attributes.get("original_payload")
        told = payload if isinstance(payload, dict) else {}
        inner = told.get("attributes")
        told = told | (inner if isinstance(inner, dict) else {})
        named = self._by_id.get(str(told.get("id"))) or self._by_customer.get(str(told.get("external_id")))
        return named or self._by_address.get(str(told.get("email")).casefold()) or self._placed(error)

    def _placed(self, error: Resource) -> Row | None:
        source = error.attributes.get("source")
        place = _PLACE.search(str(source.get("pointer"))) if isinstance(source, dict) else None
        return self._rows[int(place[1])] if place and int(place[1]) < len(self._rows) else None


def reason_of(error: Resource) -> str:
    """Return an error's title and code, without anything that looks like an address."""
    title, code = str(error.attributes.get("title") or "refused").rstrip("."), str(error.attributes.get("code"))
    if code == DUPLICATE:
        title = "one profile has this customer id and another one this address"
    return without_addresses(f"{title} ({code})")[:REASON_CHARACTERS]
