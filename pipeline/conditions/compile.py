"""From nodes to an Ibis expression, so that a condition is decided for all customers at once."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import ibis

from pipeline.conditions import nodes
from pipeline.conditions.check import moment
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EventCall

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": lambda left, right: left / right.nullif(0.0),
    },
)
# Ibis 12 sets no brackets around NOT, IN and IS NULL, so that DuckDB would read `(not a) is null` as `not (a is null)`.
# Around comparisons and cases it does, so those are what the three are compiled to.
TRUE, FALSE = ibis.literal(value=True), ibis.literal(value=False)
NO_EVENTS: Mapping[EventCall, ibis.Value] = MappingProxyType({})


def compile_condition(node: Node, table: ibis.Table, events: Mapping[EventCall, ibis.Value] = NO_EVENTS) -> ibis.Value:
    """Return a checked condition as a value over `table`, whose rows are those that percentiles compare.

    `events` gives each event call its value. Numbers are float64, and NaN in a column counts as null. Logic is
    three-valued: a comparison with null is null, and so is its `not`. Where the whole is true or false, null counts as
    false, so that a customer is neither a member of a condition nor of its opposite for want of a value.
    """
    value = _Compiler(table, events).value(node)
    return value.fill_null(FALSE) if value.type().is_boolean() else value


@dataclass(frozen=True)
class _Compiler:
    table: ibis.Table
    events: Mapping[EventCall, ibis.Value]

    def value(self, node: Node) -> ibis.Value:  # noqa: C901, PLR0911 - one case a kind of node
        """Return the value of one node."""
        match node:
            case nodes.Value():
                return ibis.literal(node.value)
            case nodes.Column():
                return _number_as_float(self.table[node.name])
            case EventCall():
                return self._event_call(node)
            case nodes.Negative():
                return -self.value(node.of)
            case nodes.Not():
                return self.value(node.of) == FALSE
            case nodes.IsNull():
                return self.value(node.of).isnull().ifelse(TRUE, FALSE)
            case nodes.Percentile():
                return _percentile(self.value(node.of))
            case nodes.All():
                return _joined(operator.and_, [self.value(part) for part in node.of])
            case nodes.Any():
                return _joined(operator.or_, [self.value(part) for part in node.of])
            case nodes.Binary():
                return OPERATORS[node.operator](*self._alike(node.parts))
            case nodes.Between():
                of, low, high = self._alike(node.parts)
                return (of >= low) & (of <= high)
            case nodes.OneOf():
                of, *options = self._alike(node.parts)
                return _joined(operator.or_, [of == option for option in options])
        raise NotImplementedError(type(node).__name__)

    def _event_call(self, call: EventCall) -> ibis.Value:
        if call not in self.events:
            raise call.at.error("columns only", f'"{call.function}({call.event_type})"')
        return _number_as_float(self.events[call])

    def _alike(self, parts: Sequence[Node]) -> list[ibis.Value]:
        """Return the parts' values, a text literal beside a moment as the moment that it writes."""
        values = [self.value(part) for part in parts]
        if not any(value.type().is_timestamp() for value in values):
            return values
        return [
            ibis.literal(moment(part), type="timestamp('UTC')") if isinstance(part, nodes.Value) else value
            for part, value in zip(parts, values, strict=True)
        ]


def _number_as_float(value: ibis.Value) -> ibis.Value:
    return value.cast("float64").nullif(math.nan) if value.type().is_numeric() else value


def _percentile(value: ibis.Value) -> ibis.Value:
    """Return the percent rank: 100 times the others with a lower value over all others; a lone value has 0.

    Multiplied before divided, as 100 * (29 / 100) is less than 29.
    """
    lower = value.rank().over(group_by=value.isnull(), order_by=value)
    others = value.count().over(group_by=value.isnull()) - 1
    rank = (lower * 100.0 / others.nullif(0)).fill_null(0.0)
    return value.isnull().ifelse(ibis.null("float64"), rank)


def _joined(join: Callable[[Any, Any], Any], values: Sequence[ibis.Value]) -> ibis.Value:
    """Return all values joined in a balanced tree, as DuckDB limits how deep an expression may be."""
    if len(values) == 1:
        return values[0]
    middle = len(values) // 2
    return join(_joined(join, values[:middle]), _joined(join, values[middle:]))
