"""What was decided about audiences and their members, read back from a publication."""

import csv
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow.parquet as pq

from flows.project import Project
from pipeline.errors import PublicationError, UserError
from pipeline.publish.audiences import AUDIENCE_SHEET, PublishedAudience, published_audience
from pipeline.publish.published import Publication, latest
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.words import included_in_words, left_out_in_words, no_member_in_words

INSTANT = timedelta(microseconds=1)
TEXTS = ("audience", "title")


def publication_of(project: Project, as_of: datetime | None) -> Publication:
    """Return the latest publication, or the latest one up to a moment; PublicationError where there is none."""
    found = latest(project.published, before=None if as_of is None else as_of + INSTANT)
    if found is None:
        until = "" if as_of is None else f" of {as_of:%Y-%m-%d %H:%M} or before"
        raise PublicationError(
            f"Expected a publication{until} in {project.published}, found none. Try `segcast publish`."
        )
    return found


def sheet_of(publication: Publication) -> list[dict[str, str | int]]:
    """Return a row an audience as it was published, all but its name and title numbers; none of an old publication."""
    path = publication.path / AUDIENCE_SHEET
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: value if name in TEXTS else int(value) for name, value in row.items()} for row in rows]


def counts_of(audience: PublishedAudience) -> dict[str, Any]:
    """Return what an audience is and how many of its members are contacted, or not, by reason."""
    return {
        "audience": audience.definition.name,
        "title": audience.definition.title,
        "publication": audience.publication.publication_id,
        "as_of": audience.publication.as_of,
        "members": audience.table.num_rows,
        "contact": audience.contact,
        "left_out": audience.left_out,
        "notes": list(audience.notes),
    }


def explain_member(publication: Publication, name: str, customer_id: str) -> dict[str, Any]:
    """Return what was decided about one customer and why, in words; UserError for somebody unknown to it."""
    audience = published_audience(publication, name)
    row = audience.decision(customer_id)
    if row is None and not _is_known(publication, customer_id):
        raise UserError(
            f"Expected a customer known before {publication.as_of:%Y-%m-%d %H:%M}, got an id that is not. "
            "Try another one, or a later --as-of."
        )
    return {
        "audience": name,
        "customer_id": customer_id,
        "publication": publication.publication_id,
        "as_of": publication.as_of,
        "member": row is not None,
        "included": bool(row and row["included"]),
        "reason": row and row["reason"],
        "explanation": _explanation(audience.definition, row),
    }


def _explanation(audience: Audience, row: Mapping[str, Any] | None) -> str:
    if row is None:
        return no_member_in_words(audience)
    if row["included"]:
        return included_in_words(audience)
    return left_out_in_words(audience, row["left_out_by"], row["reason"])


def _is_known(publication: Publication, customer_id: str) -> bool:
    known = pq.read_table(
        publication.path / "predictions.parquet", columns=["customer_id"], filters=[("customer_id", "=", customer_id)]
    )
    return bool(known.num_rows)
