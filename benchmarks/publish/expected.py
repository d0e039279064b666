"""What every destination must hold after a night, worked out a second time, row by row, from the files."""

import json
from datetime import UTC
from typing import Any

import pyarrow.parquet as pq

from benchmarks.publish import shop
from pipeline.publish.published import Publication

PREFIX = "segcast_"
WHOLE = ("value_at_stake", "expected_spend")
SHARES = ("churn_probability", "purchase_probability")
PLAIN = ("churn_band", "cluster", "churn_reason_1")
MOMENTS = ("expected_next_order_at",)

Profiles = dict[str, dict[str, Any]]


def profiles(publication: Publication, night: int) -> Profiles:
    """Return the properties of everybody who may be told of, null left out."""
    agreeing = set(shop.agreed(night))
    inside = {(row["customer_id"], row["segment"]) for row in memberships(publication)}
    found: Profiles = {}
    for row in pq.ParquetFile(publication.path / "predictions.parquet").read().to_pylist():
        own = row["customer_id"]
        if own in agreeing:
            values = _predicted(row) | {one.name: (own, one.name) in inside for one in shop.SEGMENTS}
            found[own] = {PREFIX + name: value for name, value in values.items() if value is not None}
    return found


def listed(publication: Publication, night: int) -> set[str]:
    """Return who is to be contacted of the one audience that is a list."""
    agreeing = set(shop.agreed(night))
    rows = pq.ParquetFile(publication.path / "audiences.parquet").read().to_pylist()
    told = {row["customer_id"] for row in rows if row["audience"] == shop.LISTED and row["included"]}
    return told & agreeing


def memberships(publication: Publication) -> list[dict[str, Any]]:
    """Return the rows of who is in what."""
    return list(pq.ParquetFile(publication.path / "memberships.parquet").read().to_pylist())


def _predicted(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: None if row[name] is None else round(row[name], 2) for name in SHARES},
        **{name: None if row[name] is None else round(row[name]) for name in WHOLE},
        **{name: row[name].astimezone(UTC).date().isoformat() for name in MOMENTS},
        **{name: row[name] for name in PLAIN},
    }


def as_texts(values: dict[str, Any]) -> dict[str, str]:
    """Return values as a platform keeps them that knows texts alone."""
    return {name: _text(value) for name, value in values.items()}


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.2f}".rstrip("0").rstrip(".")
        case _:
            return str(value)


def astray(wanted: Profiles, held: Profiles) -> int:
    """Return of how many customers something else is held than is wanted; of all others, nothing but false may be."""
    wrong = sum(_without(held.get(own, {}), (None,)) != values for own, values in wanted.items())
    others = (values for own, values in held.items() if own not in wanted)
    return wrong + sum(bool(_without(values, (None, False, "false"))) for values in others)


def _without(values: dict[str, Any], nothing: tuple[object, ...]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if json.dumps(value) not in map(json.dumps, nothing)}
