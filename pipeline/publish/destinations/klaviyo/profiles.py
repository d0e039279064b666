"""A customer's row as a profile of Klaviyo: how it is told, how much of it one import takes, whether it is held."""

from collections.abc import Iterator, Sequence

from pipeline.publish.destinations.destination import Row
from pipeline.publish.destinations.klaviyo.api import Resource, as_bytes
from pipeline.publish.destinations.shared import apart, cut_by_size
from pipeline.publish.plain import Json

IMPORT_ROWS = 10_000
IMPORT_BYTES, PROFILE_BYTES = 4_900_000, 100_000  # Klaviyo takes 5 MB; the rest is for what is around the profiles
ADDRESS_BYTES = 280  # what an address adds that is not known yet: 254 are the longest
TOO_LARGE = "the properties are larger than the 100 KB that Klaviyo takes"

_ENVELOPE = (b'{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[', b"]}}}}")


def import_batches(rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    """Cut rows into what one import takes, by number and by size."""
    return cut_by_size(rows, IMPORT_ROWS, IMPORT_BYTES, _bytes)


def as_import(rows: Sequence[Row]) -> bytes:
    """Return the JSON of an import job."""
    return b",".join(as_bytes(_profile(row)) for row in rows).join(_ENVELOPE)


def unfit(rows: Sequence[Row]) -> dict[str, str]:
    """Return the customers that Klaviyo cannot be told of, each with the reason."""
    large = {row.customer_id: TOO_LARGE for row in rows if len(as_bytes(_profile(row))) > PROFILE_BYTES}
    by_address = [row for row in rows if row.address and not row.remote_id and row.customer_id not in large]
    _, others = apart(by_address, lambda row: row.address or "")
    return {**large, **others}


def holds(profile: Resource | None, row: Row) -> bool:
    """Return whether a profile holds what the row says; who has no profile holds all that is to be taken away."""
    if profile is None:
        return row.is_withdrawal
    return all(held_property(profile, name) == value for name, value in row.values.items())


def held_property(profile: Resource | None, name: str) -> Json:
    """Return what a profile holds under a name, null where it holds nothing."""
    properties = profile.attributes.get("properties") if profile else None
    value: Json = properties.get(name) if isinstance(properties, dict) else None
    return value


def _bytes(row: Row) -> int:
    return len(as_bytes(_profile(row))) + (0 if row.address else ADDRESS_BYTES) + 1


def _profile(row: Row) -> Json:
    """Return a row as Klaviyo imports it. Who is known by id keeps the address that Klaviyo has."""
    attributes: dict[str, Json] = {"external_id": row.customer_id}
    if row.address and not row.remote_id:
        attributes["email"] = row.address
    attributes["properties"] = {name: value for name, value in row.values.items() if value is not None}
    profile: dict[str, Json] = {"type": "profile", "attributes": attributes}
    if row.remote_id:
        profile["id"] = row.remote_id
    if unset := [name for name, value in row.values.items() if value is None]:
        profile["meta"] = {"patch_properties": {"unset": list[Json](unset)}}
    return profile
