"""For each audience, how many a campaign may contact, and why not the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pipeline.publish.audiences import audience_sheet
from pipeline.publish.edition import Edition
from pipeline.publish.report.wording import number

WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "excluded": "left to another list",
        "recent_buyer": "bought lately",
        "frequency_cap": "contacted often enough",
        "quiet": "contacted lately",
        "no_consent": "without consent",
        "no_address": "without an address",
        "held_out": "held out",
    },
)
"""The rules that leave a member out, in words, in the order in which they are asked."""
SHOWN = 6


@dataclass(frozen=True)
class Slice:
    """Members of an audience of whom the same is to be said: `width` is their share in per cent."""

    tone: str
    count: str
    say: str
    width: float


@dataclass(frozen=True)
class Whom:
    """One audience: those to be contacted, and the others by what speaks against it."""

    name: str
    title: str
    members: str
    contact: str
    slices: tuple[Slice, ...]
    notes: tuple[str, ...]

    @property
    def others(self) -> str:
        """Why the others are not, in words."""
        return " · ".join(f"{one.count} {one.say}" for one in self.slices if one.tone != "contact")


def audiences(edition: Edition, first: str | None) -> tuple[Whom, ...]:
    """Return the audiences with members: that of the segment `first`, the shop's own, then the largest."""
    if edition.audiences is None:
        return ()
    segments, notes = {segment.name for segment in edition.segments}, edition.audiences.notes
    told = [row for row in audience_sheet(edition.audiences).to_pylist() if row["members"]]
    ordered = sorted(told, key=lambda row: (row["audience"] != first, row["audience"] in segments))
    return tuple(_whom(row, tuple(notes.get(row["audience"], ()))) for row in ordered)


def left_out_audiences(edition: Edition) -> tuple[tuple[str, str], ...]:
    """Return which audiences there are none of, and why."""
    return tuple(edition.audiences.left_out.items()) if edition.audiences else ()


def _whom(row: Mapping[str, Any], notes: tuple[str, ...]) -> Whom:
    members = row["members"]
    counts = [("contact", "to contact", row["contact"]), *((rule, say, row[rule]) for rule, say in WHY_NOT.items())]
    slices = tuple(
        Slice(_tone(rule), number(count), say, round(count / members * 100, 2)) for rule, say, count in counts if count
    )
    return Whom(row["audience"], row["title"], number(members), number(row["contact"]), slices, notes)


def _tone(rule: str) -> str:
    return {"contact": "contact", "held_out": "held", "excluded": "elsewhere"}.get(rule, "not")
