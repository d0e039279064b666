"""What to do about each member of a segment: write to them, or why not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition
from pipeline.segments.segment import Segment

CONTACT, HELD_OUT, NOT = "contact", "held", "not"
EXCLUDED = "excluded segment "
CARE = "care"
"""The tag of segments whose members need something else than a campaign."""
Decision = Mapping[str, Any]


@dataclass(frozen=True)
class Action:
    """What to do about one customer: `tone` is contact, held or not; `why` is empty for who is to be contacted."""

    tone: str
    say: str
    why: str = ""


def actions(edition: Edition, segment: Segment, customers: Sequence[str]) -> Mapping[str, Action]:
    """Return by customer what the segment's own audience decided; nothing where there is none.

    Who is left to the list of another segment is told by that list's decision, if there is one.
    """
    if edition.audiences is None or segment.name not in {one.name for one in edition.audiences.decided}:
        return {}
    table = edition.audiences.table.filter(pc.field("customer_id").isin(pa.array(customers, pa.string())))
    decisions = {(row["audience"], row["customer_id"]): row for row in table.to_pylist()}
    segments = {one.name: one for one in edition.segments}
    told = {customer: decisions.get((segment.name, customer)) for customer in customers}
    return {customer: _action(row, decisions, segments) for customer, row in told.items() if row}


def without_audience(*, held_out: bool) -> Action:
    """Return what to do where nobody decided whom a campaign may contact: the holdout counts all the same."""
    if held_out:
        return Action(HELD_OUT, "Send nothing", "held out to measure the effect")
    return Action(CONTACT, "Contact", "if they agreed to it")


def _action(row: Decision, decisions: Mapping[tuple[str, str], Decision], segments: Mapping[str, Segment]) -> Action:
    reason = str(row["reason"])
    if not reason.startswith(EXCLUDED):
        return _by_itself(row, "")
    name = reason.removeprefix(EXCLUDED)
    other, title = segments.get(name), segments[name].title if name in segments else name
    elsewhere = decisions.get((name, row["customer_id"]))
    if other is None or elsewhere is None or CARE in other.tags or str(elsewhere["reason"]).startswith(EXCLUDED):
        return Action(NOT, "Do not contact", f"in “{title}”")
    return _by_itself(elsewhere, title)


def _by_itself(row: Decision, title: str) -> Action:
    """Return what one list decided; `title` is of another segment's list, empty for the segment's own."""
    if row["included"]:
        return Action(CONTACT, "Contact", f"as one of “{title}”" if title else "")
    if row["left_out_by"] == "held_out":
        return Action(HELD_OUT, "Send nothing", "held out to measure the effect")
    return Action(NOT, "Do not contact", str(row["reason"]))
