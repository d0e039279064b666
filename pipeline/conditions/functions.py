"""The functions of the language: how each is written, and the node that it becomes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pipeline.conditions import nodes, periods
from pipeline.conditions.call import SEQUENCE, Call, Filtered, Named, name_in
from pipeline.conditions.location import Location
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EVENT_FUNCTIONS, Consented, EventCall, InSegment
from pipeline.conditions.sequences import sequence
from pipeline.errors import did_you_mean

WITH_FIELD = ("first", "last")
IN_A_SEQUENCE = " In a sequence it stands after a step: cart_added where category = 'boots'."


@dataclass(frozen=True)
class Function:
    """How a function is written at its shortest, what makes its node, and what may be named in its brackets.

    `on_where` says what to try for a `where` that may not be named.
    """

    form: str
    build: Callable[[Call], Node]
    named: tuple[str, ...] = ()
    on_where: str = ""


def node_of(name: str, at: Location, arguments: tuple[Node | Named | Filtered, ...]) -> Node:
    """Return the node of a call; ConditionError for an unknown function or for brackets that do not fit it."""
    if name not in FUNCTIONS:
        raise at.error(f"one of {', '.join(FUNCTIONS)}", f'"{name}"', did_you_mean(name, FUNCTIONS))
    function = FUNCTIONS[name]
    call = Call(name, function.form, at, arguments)
    call.require_names(function.named, function.on_where)
    return function.build(call)


def _percentile(call: Call) -> Node:
    return nodes.Percentile(call.only, call.named.get("among"), at=call.at)


def _rank(call: Call) -> Node:
    return nodes.Rank(call.only, call.named.get("among"), at=call.at)


def _days_since(call: Call) -> Node:
    return nodes.DaysSince(call.only, at=call.at)


def _days_until(call: Call) -> Node:
    return nodes.DaysUntil(call.only, at=call.at)


def _bucket(call: Call) -> Node:
    return nodes.Bucket(_one_name(call), at=call.at)


def _in_segment(call: Call) -> Node:
    return InSegment(_one_name(call), at=call.at)


def _consented(call: Call) -> Node:
    return Consented(_one_name(call), at=call.at)


def _one_name(call: Call) -> str:
    name = name_in(call.only)
    if name is None:
        raise call.wrong(call.only.at)
    return name


def _event_call(call: Call) -> Node:
    names = [name for value in call.values if (name := name_in(value)) is not None]
    fewest = len(EVENT_FUNCTIONS[call.function])
    most = fewest + (call.function in WITH_FIELD)
    if not fewest <= len(names) <= most or len(names) != len(call.values):
        raise call.wrong(call.at)
    event_type, field = (*names, None)[:2]
    return EventCall(
        call.function, str(event_type), field, call.named.get("where"), periods.period(call.named), at=call.at
    )


def _of_events(name: str) -> Function:
    form = f"{name}({', '.join(EVENT_FUNCTIONS[name])})"
    return Function(form, _event_call, (*periods.NAMES, "where"))


FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "percentile": Function("percentile(number)", _percentile, ("among",)),
        "rank": Function("rank(number)", _rank, ("among",)),
        "days_since": Function("days_since(date)", _days_since),
        "days_until": Function("days_until(date)", _days_until),
        "bucket": Function("bucket('name')", _bucket),
        "in_segment": Function("in_segment(name)", _in_segment),
        "consented": Function("consented('purpose')", _consented),
        **{name: _of_events(name) for name in EVENT_FUNCTIONS},
        SEQUENCE: Function("sequence(event_type, event_type)", sequence, ("limit", *periods.NAMES), IN_A_SEQUENCE),
    },
)
