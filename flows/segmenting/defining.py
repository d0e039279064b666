"""What a shop's segments say, and which of their definitions the shop can decide."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from features.builder import planned
from flows.learning.looking_back import vocabulary_of
from flows.learning.missing import missing_predictions
from flows.project import Project
from flows.segmenting.deciding import missing_features
from models.category.scoring import NAMES
from models.scoring import NEXT_ORDER_FROM, NEXT_ORDER_UNTIL
from models.written import BESIDE_TASKS, written_by
from pipeline.conditions.figures import event_types_of
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.sql import as_sql
from pipeline.errors import UserError, did_you_mean
from pipeline.publish.publication import latest
from pipeline.segments.library import check_segments
from pipeline.segments.segment import CLUSTER, Segment
from pipeline.segments.settle import LeftOut, settle

TRIED = "tried_out"  # what a condition is called that is no segment yet


@dataclass(frozen=True)
class Checked:
    """A segment that makes sense; `variant` is the condition that decides it here instead of its own, if any.

    `left_out` says why none of its definitions can be decided here, null where one can.
    """

    segment: str
    variant: str | None = None
    left_out: str | None = None

    @property
    def as_written(self) -> bool:
        """Whether the shop decides it by its own condition."""
        return self.variant is None and self.left_out is None


def checked(project: Project, as_of: datetime) -> tuple[Checked, ...]:
    """Settle every segment on what the shop logged before a moment and predicts by now."""
    found = segments_of(project)
    known = known_at(project, as_of, frozenset(found))
    reasons = why_lacking(project, known.event_types or frozenset())
    return tuple(_checked(segment, settle(segment, known, reasons)) for segment in found.values())


def why_lacking(project: Project, event_types: frozenset[str]) -> dict[str, str]:
    """Return, by each feature and prediction that a shop with these event types lacks, why it does."""
    return {**missing_features(event_types), **missing_predictions(project, ())}


def segments_of(project: Project) -> dict[str, Segment]:
    """Return every segment of a project by name, those of its clusters among them."""
    return {segment.name: segment for segment in project.segments(project.registry.clusters())}


def segment_named(name: str, found: dict[str, Segment]) -> Segment:
    """Return a segment; UserError with the nearest name where there is none of this one."""
    if name not in found:
        raise UserError(f'There is no segment "{name}".{did_you_mean(name, found)}')
    return found[name]


def named_or_tried(project: Project, asked: str, found: dict[str, Segment]) -> Segment:
    """Return the segment of this name, or one that holds where the text does, checked as if it were the shop's own."""
    if asked in found or asked.isidentifier():
        return segment_named(asked, found)
    tried = Segment(name=TRIED, when=asked)
    check_segments([tried], _nameable(project, asked, found))
    return tried


def sql(project: Project, asked: str) -> str:
    """Return what decides a segment, or a condition by its text, in DuckDB's SQL."""
    found = segments_of(project)
    segment = named_or_tried(project, asked, found)
    return as_sql(segment.condition, _nameable(project, segment.when, found))


def known_at(project: Project, as_of: datetime, segments: frozenset[str]) -> Known:
    """Return what conditions can read here: the features that the shop has, predictions in service, events logged."""
    history = project.history(as_of)
    features = (one.name for one in planned(vocabulary_of(project, history)).described)
    served = project.registry.champions(project.tasks)
    predicted = {name: kind for task in project.tasks if task.name in served for name, kind in written_by(task).items()}
    consents = project.store.consents(as_of)
    purposes = project.store.engine.to_pyarrow(consents.select("purpose").distinct())["purpose"].to_pylist()
    columns = {**dict.fromkeys(features, Kind.NUMBER), **_beside_tasks(project), **predicted}
    return Known(columns, event_types_of(history), segments, frozenset(purposes))


def described(project: Project, name: str) -> dict[str, Any]:
    """Return everything that a segment says, what decides it, and how many were in it at the last publication."""
    segment = segment_named(name, segments_of(project))
    last = latest(project.published)
    published = {} if last is None else last.manifest["segments"].get(name, {})
    return {
        **segment.model_dump(exclude={"variants"}, exclude_defaults=True),
        "kind": str(segment.kind(project.predicted)),
        "variants": [variant.when for variant in segment.variants],
        "reads": segment.reads,
        "definition_version": segment.definition_version,
        "members": published.get("size"),
        "published_as_of": last and last.as_of,
    }


def _beside_tasks(project: Project) -> dict[str, Kind]:
    """Return what is predicted by no task, as far as there is what predicts it."""
    registry = project.registry
    lacking = (
        *(NAMES if registry.category() is None else ()),
        *((NEXT_ORDER_FROM, NEXT_ORDER_UNTIL) if registry.next_order() is None else ()),
        *((CLUSTER,) if registry.clusters() is None else ()),
    )
    return {name: kind for name, kind in BESIDE_TASKS.items() if name not in lacking}


def _nameable(project: Project, text: str, found: dict[str, Segment]) -> Known:
    return replace(project.nameable(text, logged=True), segments=frozenset(found))


def _checked(segment: Segment, settled: Segment | LeftOut) -> Checked:
    if isinstance(settled, LeftOut):
        return Checked(segment.name, left_out=settled.reason)
    return Checked(segment.name, variant=None if settled.when == segment.when else settled.when)
