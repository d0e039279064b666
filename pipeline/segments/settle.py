"""Which definition of a segment a shop can decide, or why none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.conditions.known import Known
from pipeline.conditions.questions import Consented, InSegment, event_types
from pipeline.segments.segment import Segment

NO_REASONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class LeftOut:
    """A segment that could not be decided this time, and why."""

    segment: str
    reason: str


def settle(segment: Segment, known: Known, reasons: Mapping[str, str] = NO_REASONS) -> Segment | LeftOut:
    """Return the segment, or as its first variant that names only what is known; why it is left out, where none does.

    `known` is what this shop has: the columns, the event types that it logs, the segments decided before, the purposes
    that consents were given for. `reasons` says by column why that is not there.
    """
    why = ""
    for definition in segment.definitions:
        lacking = next(_lacking(definition, known, reasons), None)
        if lacking is None:
            return definition
        why = why or lacking
    return LeftOut(segment.name, why)


def _lacking(segment: Segment, known: Known, reasons: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence's end for each thing that a segment names and a shop lacks, in the order in which it is read."""
    for column in segment.needs:
        if column not in known.columns:
            yield f"there is no {column}" + (f": {reasons[column]}" if column in reasons else " yet")
    named = sorted(set().union(*map(event_types, segment.conditions)))
    for event_type in named:
        if known.event_types is not None and event_type not in known.event_types:
            yield f"this shop logs no {event_type}"
    for name in sorted(question.name for question in segment.asks if isinstance(question, InSegment)):
        if name not in known.segments:
            yield f"it depends on {name}, which could not be decided"
    for purpose in sorted(question.purpose for question in segment.asks if isinstance(question, Consented)):
        if known.purposes is not None and purpose not in known.purposes:
            yield f"no consent to {purpose} is recorded"
