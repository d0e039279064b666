"""From what a condition asks of events to what the kernel answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.conditions.event_fields import EVENT_FIELDS, PROPERTY, fields_read
from pipeline.conditions.event_filters import Holds
from pipeline.conditions.known import Kind
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EventCall, Period, Sequence
from pipeline.windows import sequences
from pipeline.windows.asked import Reading, columns_of
from pipeline.windows.edges import EdgeInstant, EdgeNumber, EdgeText
from pipeline.windows.filters import Filter
from pipeline.windows.periods import Anniversary, Stretch
from pipeline.windows.requests import Count, Request, Total
from pipeline.windows.selections import Of, Where
from pipeline.windows.view import Selection

Question = EventCall | Sequence

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Clock:
    """When questions are decided, and the time zone in which the shop writes its dates."""

    moment: datetime
    time_zone: str

    @property
    def moment_us(self) -> int:
        """The moment in microseconds since 1970."""
        return (self.moment - _EPOCH) // _MICROSECOND

    def instant_us(self, date: datetime) -> int:
        """Return the instant of a date, one without a zone by the shop's clock."""
        placed = date if date.tzinfo is not None else date.replace(tzinfo=ZoneInfo(self.time_zone))
        return (placed.astimezone(UTC) - _EPOCH) // _MICROSECOND


def request(question: Question, clock: Clock) -> Request:
    """Return what the kernel is asked: of `happened`, `never` and a sequence, how many events there are."""
    match question:
        case Sequence():
            return Count(_sequence(question, clock))
        case EventCall(function="sum", field=str(field)):
            return Total(_events_of(question, clock), field)
        case EventCall(function="first" | "last" as which, field=None):
            return EdgeInstant(_events_of(question, clock), which)
        case EventCall(function="first" | "last" as which, field=str(field)):
            edge = EdgeText if is_text(field) else EdgeNumber
            return edge(_events_of(question, clock), which, field)
    return Count(_events_of(question, clock))


def is_text(field: str) -> bool:
    """Return whether what an event says there is a text rather than a number."""
    return EVENT_FIELDS.get(field, Kind.TEXT) is Kind.TEXT


def reading(questions: Iterable[Question], requests: Iterable[Request]) -> Reading:
    """Return what of the event log is read to answer the questions, which make these requests."""
    told = dict.fromkeys(pair for question in questions for pair in _told(question))
    types = {event_type for event_type, _ in told}
    saying = {event_type for event_type, field in told if field.startswith(PROPERTY)}
    return Reading(tuple(sorted(types)), columns_of(requests), tuple(sorted(saying)))


def _told(question: Question) -> Iterator[tuple[str, str]]:
    """Yield each event type that the question reads, with each field that it reads of it, and with none."""
    parts = question.steps if isinstance(question, Sequence) else (question,)
    for part in parts:
        yield part.event_type, ""
        yield from ((part.event_type, field) for field in (fields_read(part.where) if part.where else ()))
    if isinstance(question, EventCall) and question.field:
        yield question.event_type, question.field


def _events_of(call: EventCall, clock: Clock) -> Selection:
    return _events(call.event_type, call.where, _when(call.period, clock))


def _events(event_type: str, where: Node | None, when: Iterable[Filter] = ()) -> Selection:
    """Return the events of a type for which all holds; `where` is asked first, once for all periods."""
    selection: Selection = Of((event_type,))
    for each in (*(() if where is None else (Holds(where),)), *when):
        selection = Where(selection, each)
    return selection


def _when(period: Period, clock: Clock) -> Iterator[Filter]:
    now = clock.moment_us
    begins = [
        *(() if period.within is None else (now - period.within // _MICROSECOND,)),
        *(() if period.since is None else (clock.instant_us(period.since),)),
    ]
    ends = [
        *(() if period.before is None else (now - period.before // _MICROSECOND,)),
        *(() if period.until is None else (clock.instant_us(period.until),)),
    ]
    if begins or ends:
        yield Stretch(max(begins, default=None), min(ends, default=None))
    if period.anniversary is not None:
        yield Anniversary(now, period.anniversary // _MICROSECOND)


def _sequence(question: Sequence, clock: Clock) -> Selection:
    first, *rest = question.steps
    steps: list[sequences.Step] = []
    without: Selection | None = None  # what must not come before the next step
    for step in rest:
        events = _events(step.event_type, step.where)
        if step.happened:
            steps.append(sequences.Step(events, without))
        without = None if step.happened else events
    limit_us = None if question.limit is None else question.limit // _MICROSECOND
    begin = _events(first.event_type, first.where, _when(question.period, clock))
    return sequences.Sequences(begin, tuple(steps), limit_us, without)
