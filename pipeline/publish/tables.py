"""The tables of a publication: its segments, memberships and predictions."""

from collections.abc import Mapping

import pyarrow as pa

from pipeline.conditions.known import Kind
from pipeline.publish.changes import changes
from pipeline.publish.edition import Edition
from pipeline.publish.lists import REASONS, column
from pipeline.publish.spreadsheet import probability
from pipeline.segments.profiles import PREDICTIONS
from pipeline.segments.segment import Segment

SEGMENTS = pa.schema(
    [
        ("segment", pa.string()),
        ("kind", pa.string()),
        ("title", pa.string()),
        ("size", pa.int64()),
        ("share", pa.float64()),
        ("entered", pa.int64()),
        ("left", pa.int64()),
        ("definition_version", pa.string()),
        ("model_version", pa.string()),
    ],
)
TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.MOMENT: pa.timestamp("us", "UTC"),
    Kind.TEXT: pa.string(),
    Kind.TEXTS: pa.list_(pa.string()),
    Kind.TRUTH: pa.bool_(),
}


def segment_table(edition: Edition) -> pa.Table:
    """Return one row a decided segment, largest first.

    `share` is of all customers; `entered` and `left` are null where there is nothing to compare with; `model_version`
    is null for rules.
    """
    since = changes(edition)
    rows = [
        {
            "segment": segment.name,
            "kind": str(edition.kind_of(segment)),
            "title": segment.title,
            "size": (size := edition.memberships.of(segment.name).num_rows),
            "share": size / max(1, len(edition.profiles)),
            "entered": since[segment.name].entered if segment.name in since else None,
            "left": since[segment.name].left if segment.name in since else None,
            "definition_version": segment.definition_version,
            "model_version": model_version(segment, edition.versions),
        }
        for segment in edition.decided
    ]
    table = pa.Table.from_pylist(rows, schema=SEGMENTS)
    rounded = table.set_column(table.column_names.index("share"), "share", probability(table["share"]))
    return rounded.sort_by([("size", "descending"), ("segment", "ascending")])


def membership_table(edition: Edition) -> pa.Table:
    """Return one row a customer and segment, at full precision, in order of segment and customer."""
    decided = pa.array([segment.name for segment in edition.decided], pa.string())
    kept = edition.memberships.table.filter(pa.compute.is_in(edition.memberships.table["segment"], decided))
    return kept.sort_by([("segment", "ascending"), ("customer_id", "ascending")])


def prediction_table(edition: Edition) -> pa.Table:
    """Return one row a customer, at full precision; a prediction is null where no model speaks of the customer.

    First stands what every publication promises, though no model may have written it, then what else there is.
    """
    profiles = edition.profiles
    customers = {"customer_id": column(profiles.table, "customer_id", pa.string())}
    promised = {**PREDICTIONS, **profiles.predictions}
    predictions = {name: column(profiles.table, name, TYPES[kind]) for name, kind in promised.items()}
    return pa.table(customers | predictions).sort_by("customer_id")


def model_version(segment: Segment, versions: Mapping[str, str]) -> str | None:
    """Return the models that decide a segment as `churn 7`, several joined by a semicolon; None for a rule."""
    deciding = [f"{task} {version}" for task, version in versions.items() if _reads(segment, task)]
    return ";".join(deciding) or None


def _reads(segment: Segment, task: str) -> bool:
    """Say whether a segment's condition reads what the task's model writes; what is at stake follows from churn."""
    reasons = (name.replace("churn", task, 1) for name in REASONS)
    written = {f"{task}_probability", f"expected_{task}", f"{task}_value_at_stake", f"{task}_band", task, *reasons}
    if task == "churn":
        written.add("value_at_stake")
    return not written.isdisjoint(segment.reads)
