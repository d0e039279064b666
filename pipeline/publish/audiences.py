"""The audiences of a publication: their files, what the manifest says of them, and how they are read back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import PublicationError, did_you_mean
from pipeline.publish.plain import Json, plain
from pipeline.publish.published import Publication
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import Audiences
from pipeline.segments.audiences.rules import RULES

AUDIENCES = "audiences.parquet"
AUDIENCE_SHEET = "audiences.csv"


def audience_sheet(audiences: Audiences) -> pa.Table:
    """Return one row an audience, the one with most members first: how many are contacted, and not for which reason.

    `members` are the sum of all columns after it.
    """
    counted = audiences.table.group_by(["audience", "left_out_by"], use_threads=False).aggregate([([], "count_all")])
    counts = {(row["audience"], row["left_out_by"]): row["count_all"] for row in counted.to_pylist()}
    rows = [_row(audience, counts) for audience in audiences.decided]
    names = {"members": pa.int64(), "contact": pa.int64(), **dict.fromkeys(RULES, pa.int64())}
    schema = pa.schema({"audience": pa.string(), "title": pa.string(), **names})
    return pa.Table.from_pylist(rows, schema).sort_by([("members", "descending"), ("audience", "ascending")])


def _row(audience: Audience, counts: Mapping[tuple[str, str | None], int]) -> dict[str, object]:
    contact, *left_out = (counts.get((audience.name, rule), 0) for rule in (None, *RULES))
    told = {"audience": audience.name, "title": audience.title, "members": contact + sum(left_out), "contact": contact}
    return {**told, **dict(zip(RULES, left_out, strict=True))}


def audience_facts(audiences: Audiences) -> dict[str, Json]:
    """Return what the manifest says of the audiences, by name: the definition of each and what it could not ask.

    Of an audience that was left out, why.
    """
    decided: dict[str, Json] = {
        audience.name: {
            "definition": _definition(audience),
            "definition_version": audience.definition_version,
            "notes": plain(audiences.notes.get(audience.name, ())),
        }
        for audience in audiences.decided
    }
    return decided | {name: {"left_out": reason} for name, reason in audiences.left_out.items()}


def _definition(audience: Audience) -> Json:
    """Return the settings of an audience as they are written in its file."""
    return plain(_in_days(audience.model_dump()))


def _in_days(value: object) -> object:
    match value:
        case timedelta():
            return f"{value.days} days"
        case Mapping():
            return {name: _in_days(inner) for name, inner in value.items()}
    return value


@dataclass(frozen=True)
class PublishedAudience:
    """One audience of a publication: its `definition`, what it could not ask, and a row of `SCHEMA` a member."""

    publication: Publication
    definition: Audience
    notes: tuple[str, ...]
    table: pa.Table

    @property
    def contact(self) -> int:
        """How many are to be contacted."""
        return int(pc.sum(self.table["included"]).as_py() or 0)

    @property
    def left_out(self) -> dict[str, int]:
        """How many are not, by rule, in the order in which the rules are asked."""
        found = pc.value_counts(self.table["left_out_by"].cast(pa.string())).to_pylist()
        counts = {entry["values"]: entry["counts"] for entry in found}
        return {rule: counts[rule] for rule in RULES if rule in counts}

    def decision(self, customer_id: str) -> dict[str, Any] | None:
        """Return the row of one customer, None for somebody who is no member."""
        return next(iter(self.table.filter(pc.field("customer_id") == customer_id).to_pylist()), None)


def published_audience(publication: Publication, name: str) -> PublishedAudience:
    """Return an audience as it was published; PublicationError with the nearest name, or why there is none."""
    known: Mapping[str, Any] = publication.manifest.get("audiences", {})
    if name not in known:
        expected = f"Expected an audience of the publication {publication.publication_id}"
        raise PublicationError(f'{expected}, got "{name}".{did_you_mean(name, known)}')
    told = known[name]
    if "left_out" in told:
        raise PublicationError(
            f"Expected audience {name} in the publication {publication.publication_id}, but it was left out: "
            f"{told['left_out'].removesuffix('.')}."
        )
    table = pq.read_table(publication.path / AUDIENCES, filters=[("audience", "=", name)])
    return PublishedAudience(publication, Audience.model_validate(told["definition"]), tuple(told["notes"]), table)
