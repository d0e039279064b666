"""A condition tried out on the shop's customers, without publishing anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import features_of_everybody
from features.engines import build_features
from flows.learning.looking_back import vocabulary_of
from flows.project import Project
from flows.segmenting.defining import named_or_tried, segments_of, why_lacking
from flows.segmenting.scoring import score
from pipeline.conditions.questions import InSegment
from pipeline.segments.asking import ask
from pipeline.segments.membership import assign
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment

SHOWN = 10


@dataclass(frozen=True)
class Preview:
    """Who would be a member at a moment.

    `customers` is how many there are in all, `nulls` of how many each column that is read says nothing, and `examples`
    some members with what is read of them, best first. `variant` is the condition that was decided, where the shop
    lacks what the segment's own one names; `left_out` says why nothing could be decided, null where something was.
    """

    segment: str
    when: str
    customers: int
    members: int
    nulls: dict[str, int]
    examples: tuple[dict[str, Any], ...]
    variant: str | None = None
    left_out: str | None = None


def preview(project: Project, asked: str, as_of: datetime) -> Preview:
    """Decide a segment by its name, or a condition by its text, for everybody known at a moment; nobody stays in."""
    known = segments_of(project)
    segment = named_or_tried(project, asked, known)
    concerned = _looked_into(segment, known)
    profiles = _profiles(project, concerned, as_of)
    history = project.history(as_of)
    answers = ask(concerned, history, project.store.consents(as_of))
    reasons = why_lacking(project, answers.event_types)
    members = assign(concerned, profiles, None, answers=answers, reasons=reasons)
    left_out = next((one.reason for one in members.left_out if one.segment == segment.name), None)
    settled = next((one for one in members.decided if one.name == segment.name), segment)
    rows = profiles.table.filter(pc.is_in(profiles.table["customer_id"], members.of(segment.name)["customer_id"]))
    read = [name for name in settled.reads if name in rows.column_names]
    return Preview(
        segment=segment.name,
        when=segment.when,
        customers=len(profiles),
        members=rows.num_rows,
        nulls={name: profiles.table[name].null_count for name in read},
        examples=tuple(_best(rows, settled, read).to_pylist()),
        variant=None if settled.when == segment.when else settled.when,
        left_out=left_out,
    )


def _looked_into(segment: Segment, known: dict[str, Segment]) -> tuple[Segment, ...]:
    """Return the segment after all those that it looks into, and those that they do."""
    found: dict[str, Segment] = {}
    waiting = [segment]
    while waiting:
        one = waiting.pop()
        if one.name not in found:
            found[one.name] = one
            asked = (question for definition in one.definitions for question in definition.asks)
            waiting += [known[question.name] for question in asked if isinstance(question, InSegment)]
    return tuple(found.values())


def _profiles(project: Project, segments: Iterable[Segment], as_of: datetime) -> Profiles:
    """Return what the segments read of everybody; predictions are made only where one is asked for."""
    names = {name for segment in segments for one in segment.definitions for name in (*one.needs, one.best_first)}
    if names & project.predicted.keys():
        return score(project, as_of)
    history = project.history(as_of)
    vocabulary = vocabulary_of(project, history)
    features = features_of_everybody(names, vocabulary)
    return Profiles(as_of, build_features(history, (), vocabulary, features).table())


def _best(rows: pa.Table, segment: Segment, read: list[str]) -> pa.Table:
    order = [(segment.best_first, "descending")] if segment.best_first in rows.column_names else []
    return rows.sort_by([*order, ("customer_id", "ascending")]).select(["customer_id", *read]).slice(0, SHOWN)
