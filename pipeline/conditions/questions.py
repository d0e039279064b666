"""What a condition asks that no column of a customer says: about events, other segments and consents."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from pipeline.conditions.nodes import Node, walk
from pipeline.conditions.times import date_text, duration_text
from pipeline.conditions.wording import named, quoted, worded

EVENT_FUNCTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "count": ("event_type",),
        "happened": ("event_type",),
        "never": ("event_type",),
        "sum": ("event_type", "field"),
        "first": ("event_type",),
        "last": ("event_type",),
    },
)
"""The functions about events, and what each needs in its brackets; `first` and `last` take a field as well."""


@dataclass(frozen=True)
class Period:
    """When events must have happened, all that is given at once; each bound is half-open as `[from, to)`.

    `within` and `before` are counted back from the moment at which a condition is decided: at most so long ago, and
    longer ago than that. `since` and `until` are dates: without a zone, by the shop's clock. `anniversary`: the same
    date and time of day in a later year lies at the moment, or less than so long after it.
    """

    within: timedelta | None = None
    before: timedelta | None = None
    since: datetime | None = None
    until: datetime | None = None
    anniversary: timedelta | None = None


ALWAYS = Period()


@dataclass(frozen=True)
class EventCall(Node):
    """A figure about a customer's events of one type: how many, whether any, whether none, a sum, the first, the last.

    `where` is a condition over the event's own fields, which are no columns of a customer. `first` and `last` are the
    moment of that event, or with a field what it says.
    """

    function: str
    event_type: str
    field: str | None = None
    where: Node | None = None
    period: Period = ALWAYS


@dataclass(frozen=True)
class Step(Node):
    """A step of a sequence: an event that came, or with `happened` false one that did not."""

    event_type: str
    where: Node | None = None
    happened: bool = True


@dataclass(frozen=True)
class Sequence(Node):
    """Whether a customer took steps in order, each at a later instant than the one before.

    From the first step to the last it took at most `limit`. A step that must not happen did not, from the instant of
    the step before it until the step after it; as the last one, until `limit` was over, which it must be. `period`
    says when the first step was.
    """

    steps: tuple[Step, ...]
    limit: timedelta | None = None
    period: Period = ALWAYS


@dataclass(frozen=True)
class InSegment(Node):
    """Whether the customer is a member of another segment."""

    name: str


@dataclass(frozen=True)
class Consented(Node):
    """Whether the customer's latest word on a purpose was yes."""

    purpose: str


Asked = EventCall | Sequence | InSegment | Consented
"""What no column of a customer says: it is asked of the event log, the other segments or the consents."""


def event_calls(node: Node) -> frozenset[EventCall]:
    """Return the figures about events that the condition reads."""
    return frozenset(part for part in walk(node) if isinstance(part, EventCall))


def asked(node: Node) -> frozenset[Asked]:
    """Return what the condition reads that is no column: figures of events, sequences, other segments, consents."""
    return frozenset(part for part in walk(node) if isinstance(part, Asked))


def wheres(node: Node) -> tuple[Node, ...]:
    """Return the conditions over events that a question has, one for each step that has one."""
    filtered = node.steps if isinstance(node, Sequence) else (node,) if isinstance(node, EventCall) else ()
    return tuple(one.where for one in filtered if one.where is not None)


def depth(node: Node) -> int:
    """Return how many nodes are inside one another at the deepest place, those of `where` too."""
    level: tuple[Node, ...] = (node,)
    levels = 0
    while level:
        level = tuple(part for node in level for part in (*node.parts, *wheres(node)))
        levels += 1
    return levels


def event_types(node: Node) -> frozenset[str]:
    """Return the event types that the condition reads."""
    calls = {part.event_type for part in walk(node) if isinstance(part, EventCall)}
    steps = {step.event_type for part in walk(node) if isinstance(part, Sequence) for step in part.steps}
    return frozenset(calls | steps)


def text_of(node: Node) -> str:
    """Return the text of a node in one way of writing it; `parse` makes an equal node of it."""
    return worded(node, _text_of_question)


def _text_of_question(node: Node) -> str:
    match node:
        case InSegment():
            return f"in_segment({named(node.name)})"
        case Consented():
            return f"consented({quoted(node.purpose)})"
        case Sequence():
            limit = () if node.limit is None else (f"limit => {quoted(duration_text(node.limit))}",)
            return _call("sequence", *map(_text_of_step, node.steps), *limit, *_text_of_period(node.period))
        case EventCall():
            names = (named(name) for name in (node.event_type, node.field) if name is not None)
            where = () if node.where is None else (f"where => {text_of(node.where)}",)
            return _call(node.function, *names, *_text_of_period(node.period), *where)
    raise NotImplementedError(type(node).__name__)


def _text_of_step(step: Step) -> str:
    where = "" if step.where is None else f" where {text_of(step.where)}"
    return f"{'' if step.happened else 'not '}{named(step.event_type)}{where}"


def _text_of_period(period: Period) -> Iterator[str]:
    for name, value in asdict(period).items():
        if value is not None:
            text = date_text(value) if isinstance(value, datetime) else duration_text(value)
            yield f"{name} => {quoted(text)}"


def _call(function: str, *arguments: str) -> str:
    return f"{function}({', '.join(arguments)})"
