"""Whom campaigns may contact tonight, and why nobody else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.lists import lists_of
from pipeline.segments.audiences.notes import notes
from pipeline.segments.audiences.reach import Reach
from pipeline.segments.audiences.rules import RULES, Codes, Members
from pipeline.segments.membership import Memberships
from pipeline.segments.segment import Segment
from pipeline.segments.stays import Places

WORD = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "audience": WORD,
        "included": pa.bool_(),
        "reason": WORD,
        "left_out_by": WORD,
    },
)


@dataclass(frozen=True)
class Audiences:
    """One row a member and audience, of `SCHEMA`, in order of audience and customer.

    `included` are to be contacted; of all others `reason` says in words why not, and `left_out_by` which of `RULES`
    said so; both are null for who is included. `decided` are the audiences in the order of their names, `notes` say by
    audience what could not be asked; `left_out` says by audience why there is none.
    """

    as_of: datetime
    table: pa.Table
    decided: tuple[Audience, ...] = ()
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def of(self, audience: str) -> pa.Table:
        """Return the members of one audience."""
        return self.table.filter(pc.field("audience") == audience)


def decide_audiences(
    audiences: Iterable[Audience], segments: Sequence[Segment], memberships: Memberships, reach: Reach
) -> Audiences:
    """Decide for every member of every audience whether to contact them.

    `reach` has everybody who is a member of a segment, in order of their ids. An audience of whose segments none was
    decided is left out, and so is one that excludes a segment that makes no sense: a mistake in that must not let
    everybody through.
    """
    lists = lists_of(memberships, segments, reach)
    ordered = sorted(audiences, key=lambda audience: audience.name)
    left_out = {one.name: _why(one, memberships) for one in ordered if lists.holdouts.keys().isdisjoint(one.include)}
    left_out |= dict(_letting_through(ordered, segments, memberships))
    decided = tuple(one for one in ordered if one.name not in left_out)
    table = _stacked([_decided(lists.of(one)) for one in decided], reach)
    said = {one.name: tuple(notes(one, lists.holdouts, reach)) for one in decided}
    return Audiences(memberships.as_of, table, decided, said, left_out)


@dataclass(frozen=True)
class _Decided:
    """The members' places, and for each the place in `reasons` of a rule and what it says, or -1."""

    audience: str
    places: Places
    codes: Codes
    reasons: tuple[tuple[str, str], ...]


def _decided(members: Members) -> _Decided:
    """Ask each rule in turn; what it says counts for those of whom none before it said anything."""
    codes = np.full(len(members.places), -1, np.int32)
    reasons: list[tuple[str, str]] = []
    for rule, objections in RULES.items():
        told = objections(members)
        concerned = (codes < 0) & (told.codes >= 0)
        codes[concerned] = told.codes[concerned] + len(reasons)
        reasons += [(rule, reason) for reason in told.reasons]
    return _Decided(members.audience.name, members.places, codes, tuple(reasons))


def _stacked(parts: Sequence[_Decided], reach: Reach) -> pa.Table:
    """Return the decisions on all audiences under one another, in the order given, of `SCHEMA`."""
    if not parts:
        return SCHEMA.empty_table()
    offsets = np.cumsum([0, *(len(part.reasons) for part in parts)])
    codes = np.concatenate(
        [np.where(part.codes < 0, -1, part.codes + offset) for part, offset in zip(parts, offsets, strict=False)]
    )
    audience = np.repeat(np.arange(len(parts)), [len(part.places) for part in parts])
    said = [reason for part in parts for reason in part.reasons]
    return pa.table(
        {
            "customer_id": reach.customer_id.take(pa.array(np.concatenate([part.places for part in parts]))),
            "audience": _words([part.audience for part in parts], audience),
            "included": codes < 0,
            "reason": _words([reason for _, reason in said], codes),
            "left_out_by": _words([rule for rule, _ in said], codes),
        },
        schema=SCHEMA,
    )


def _words(words: Sequence[str], codes: npt.NDArray[np.integer]) -> pa.DictionaryArray:
    """Return the word at each place of `words`, null at -1; each word is kept once, in alphabetical order."""
    kept = {word: place for place, word in enumerate(sorted(set(words)))}
    place = np.array([kept[word] for word in words], np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(place[codes], mask=codes < 0), pa.array(list(kept), pa.string()))


def _letting_through(
    audiences: Iterable[Audience], segments: Sequence[Segment], memberships: Memberships
) -> Iterator[tuple[str, str]]:
    """Yield each audience that excludes a segment whose definition is broken, with that one's mistake."""
    sound = {segment.name for segment in segments}
    broken = {entry.segment: entry.reason for entry in memberships.left_out if entry.segment not in sound}
    for audience in audiences:
        for name in broken.keys() & set(audience.exclude):
            yield audience.name, f"it excludes {name}, which makes no sense: {broken[name]}"


def _why(audience: Audience, memberships: Memberships) -> str:
    """Return why no segment of an audience was decided, of each where there are several."""
    reasons = {entry.segment: entry.reason for entry in memberships.left_out}
    told = [(name, reasons.get(name, "there is no such segment now")) for name in audience.include]
    return told[0][1] if len(told) == 1 else "; ".join(f"{name}: {reason}" for name, reason in told)
