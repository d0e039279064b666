"""Which customers of a project are in which segments at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from features.example import outlines
from flows.project import Project
from pipeline.segments.asking import Answers, ask
from pipeline.segments.audiences.reach import questions
from pipeline.segments.membership import Memberships, assign
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment
from pipeline.segments.settle import LeftOut

NO_REASONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Decision:
    """The segments of a project, each in the definition that the shop settled on, who is in them, and the answers.

    A segment that was left out stands as it was written; one that makes no sense at all is only among those left out.
    `replaced` names the segments that a variant decides.
    """

    segments: tuple[Segment, ...]
    memberships: Memberships
    answers: Answers
    replaced: tuple[str, ...]


def decide(
    project: Project,
    profiles: Profiles,
    previous: Memberships | None,
    *,
    reasons: Mapping[str, str] = NO_REASONS,
    keep_going: bool = False,
) -> Decision:
    """Ask the log what the segments ask of it, and decide them; see `assign`."""
    given, broken = _segments(project, keep_going=keep_going)
    asked = questions(project.audiences(given, broken))
    answers = ask(given, project.history(profiles.as_of), project.store.consents(profiles.as_of), asked)
    why = {**missing_features(answers.event_types), **reasons}
    found = assign(given, profiles, previous, answers=answers, reasons=why, keep_going=keep_going)
    settled = {segment.name: segment for segment in found.decided}
    left_out = (*broken, *found.left_out)
    segments = tuple(settled.get(segment.name, segment) for segment in given)
    replaced = tuple(one.name for one, was in zip(segments, given, strict=True) if one != was)
    return Decision(segments, replace(found, left_out=left_out), answers, replaced)


def missing_features(event_types: frozenset[str]) -> dict[str, str]:
    """Return, by each feature that a shop with these event types lacks, which it does not log."""
    lacking = (
        (feature.name, group) for feature, _ in outlines() for group in feature.needs if event_types.isdisjoint(group)
    )
    return {name: f"this shop logs no {' or '.join(group)}" for name, group in lacking}


def _segments(project: Project, *, keep_going: bool) -> tuple[tuple[Segment, ...], tuple[LeftOut, ...]]:
    clusters = project.registry.clusters()
    return project.sound_segments(clusters) if keep_going else (project.segments(clusters), ())
