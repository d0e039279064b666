"""Whether a question asks about what there is, and what kind of answer it has."""

from collections.abc import Callable, Iterable

from pipeline.conditions.event_fields import EVENT_FIELDS, SUMMABLE
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.location import Location
from pipeline.conditions.questions import Asked, Consented, EventCall, InSegment, Sequence
from pipeline.errors import ConditionError, did_you_mean
from pipeline.events.event_types import EVENT_TYPES

Refuse = Callable[[Location, str, str, str], ConditionError]
"""Makes the error of a place, what was expected there, what came, and a hint."""


def answer_kind(question: Asked, known: Known, refuse: Refuse) -> Kind:
    """Return the kind of a question's answer; raises what `refuse` makes of a name that is not known."""
    match question:
        case InSegment():
            _require(refuse, question.at, question.name, known.segments, "a known segment")
        case Consented() if known.purposes is not None:
            _require(refuse, question.at, question.purpose, known.purposes, "a purpose that consents are kept for")
        case Sequence():
            for step in question.steps:
                _require_type(step.at, step.event_type, known, refuse)
        case EventCall():
            _require_type(question.at, question.event_type, known, refuse)
            return _figure_kind(question, refuse)
    return Kind.TRUTH


def _figure_kind(call: EventCall, refuse: Refuse) -> Kind:
    if call.field is not None:
        fields = SUMMABLE if call.function == "sum" else EVENT_FIELDS
        _require(refuse, call.at.of(call.event_type), call.field, fields, f"one of {', '.join(fields)}")
    match call.function:
        case "happened" | "never":
            return Kind.TRUTH
        case "first" | "last":
            return Kind.MOMENT if call.field is None else EVENT_FIELDS[call.field]
    return Kind.NUMBER


def _require_type(at: Location, event_type: str, known: Known, refuse: Refuse) -> None:
    if known.event_types is None or event_type in known.event_types:
        return
    unused = " No event of that type is logged." if event_type in EVENT_TYPES else ""
    hint = unused or did_you_mean(event_type, known.event_types)
    raise refuse(at.of(event_type), "an event type of the log", f'"{event_type}"', hint)


def _require(refuse: Refuse, at: Location, name: str, names: Iterable[str], expected: str) -> None:
    if name not in names:
        raise refuse(at.of(name), expected, f'"{name}"', did_you_mean(name, names))
