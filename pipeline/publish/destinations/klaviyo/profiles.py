"""A customer's row as a profile of Klaviyo: how it is told, how much of it one import takes, whether it is held."""

from collections.abc import Iterator, Sequence

from pipeline.publish.destinations.destination import Row
from pipeline.publish.destinations.klaviyo.api import Resource, as_bytes
from pipeline.publish.plain import Json

IMPORT_ROWS = 10_000
IMPORT_BYTES, PROFILE_BYTES = 4_900_000, 100_000  # Klaviyo takes 5 MB; the rest is for what is around the profiles
ADDRESS_BYTES = 280  # what an address adds that is not known yet: 254 are the longest
SAME_ADDRESS = "another customer has the same address, and Klaviyo keeps one profile an address"
TOO_LARGE = "the properties are larger than the 100 KB that Klaviyo takes"

_ENVELOPE = (b'{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[', b"]}}}}")


def import_batches(rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    """Cut rows into what one import takes, by number and by size."""
    some: list[Row] = []
    size = 0
    for row in rows:
        more = len(as_bytes(_profile(row))) + (0 if row.address else ADDRESS_BYTES) + 1
        if some and (len(some) == IMPORT_ROWS or size + more > IMPORT_BYTES):
            yield tuple(some)
            some, size = [], 0
        some.append(row)
        size += more
    if some:
        yield tuple(some)


def as_import(rows: Sequence[Row]) -> bytes:
    """Return the JSON of an import job."""
    return b",".join(as_bytes(_profile(row)) for row in rows).join(_ENVELOPE)


def unfit(rows: Sequence[Row]) -> dict[str, str]:
    """Return the customers that Klaviyo cannot be told of, each with the reason."""
    reasons, addresses = {}, set[str]()
    for row in rows:
        address = None if row.remote_id or not row.address else row.address.casefold()
        if address in addresses:
            reasons[row.customer_id] = SAME_ADDRESS
        elif len(as_bytes(_profile(row))) > PROFILE_BYTES:
            reasons[row.customer_id] = TOO_LARGE
        elif address:
            addresses.add(address)
    return reasons


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
