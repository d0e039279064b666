"""From nodes to an Ibis expression, so that a condition is decided for all customers at once."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import ibis

from pipeline.conditions import nodes
from pipeline.conditions.nodes import Node
from pipeline.conditions.placing import bucket, percentile, rank
from pipeline.conditions.questions import Asked, text_of
from pipeline.conditions.times import moment as moment_of

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
MATCHES: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "contains": lambda text, part: text.contains(part),
        "starts with": lambda text, part: text.startswith(part),
        "ends with": lambda text, part: text.endswith(part),
    },
)
# Ibis 12 sets no brackets around NOT, IN and IS NULL, so that DuckDB would read `(not a) is null` as `not (a is null)`.
# Around comparisons and cases it does, so those are what the three are compiled to.
TRUE, FALSE = ibis.literal(value=True), ibis.literal(value=False)
NO_ANSWERS: Mapping[Node, ibis.Value] = MappingProxyType({})
INSTANT = "timestamp('UTC')"
MICROSECONDS_A_DAY = 86_400_000_000


def compile_condition(
    node: Node,
    table: ibis.Table,
    answers: Mapping[Node, ibis.Value] = NO_ANSWERS,
    moment: datetime | ibis.Value | None = None,
) -> ibis.Value:
    """Return a checked condition as a value over `table`, whose rows are those that percentiles compare.

    `answers` gives each question its value over the table, `moment` is when the condition is decided: ConditionError
    for a question without answer, and for days since or until a date without a moment. `bucket` reads `customer_id`.
    Numbers are float64, and NaN in a column counts as null. Logic is three-valued: a comparison with null is null, and
    so is its `not`. Where the whole is true or false, null counts as false, so that a customer is neither a member of a
    condition nor of its opposite for want of a value.
    """
    value = _Compiler(table, answers, moment).value(node)
    return value.fill_null(FALSE) if value.type().is_boolean() else value


@dataclass(frozen=True)
class _Compiler:
    table: ibis.Table
    answers: Mapping[Node, ibis.Value]
    moment: datetime | ibis.Value | None

    def value(self, node: Node) -> ibis.Value:  # noqa: PLR0911 - one case a kind of node
        """Return the value of one node."""
        match node:
            case nodes.Value():
                return ibis.literal(node.value)
            case nodes.Column():
                return _number_as_float(self.table[node.name])
            case nodes.Bucket():
                return bucket(node.name, self.table.customer_id)
            case nodes.Negative():
                return -self.value(node.of)
            case nodes.Arithmetic():
                return OPERATORS[node.operator](*self._values(node.parts))
            case nodes.Percentile():
                return percentile(self._compared(node))
            case nodes.Rank():
                return rank(self._compared(node))
            case nodes.DaysSince():
                return self._days_since(node)
            case nodes.DaysUntil():
                return -self._days_since(node)
        return self._answer(node) if isinstance(node, Asked) else self._truth(node)

    def _truth(self, node: Node) -> ibis.Value:  # noqa: PLR0911 - one case a kind of node
        match node:
            case nodes.Not():
                return self.value(node.of) == FALSE
            case nodes.IsNull():
                return self.value(node.of).isnull().ifelse(TRUE, FALSE)
            case nodes.All():
                return _joined(operator.and_, self._values(node.of))
            case nodes.Any():
                return _joined(operator.or_, self._values(node.of))
            case nodes.Matches():
                return self._matches(node)
            case nodes.Comparison():
                return OPERATORS[node.operator](*self._alike(node.parts))
            case nodes.Between():
                of, low, high = self._alike(node.parts)
                return (of >= low) & (of <= high)
            case nodes.OneOf():
                of, *options = self._alike(node.parts)
                return _joined(operator.or_, [of == option for option in options])
        raise NotImplementedError(type(node).__name__)

    def _answer(self, node: Node) -> ibis.Value:
        if node not in self.answers:
            raise node.at.error("columns only", f'"{text_of(node)}"')
        return _number_as_float(self.answers[node])

    def _compared(self, node: nodes.Compared) -> ibis.Value:
        of = self.value(node.of)
        return of if node.among is None else self.value(node.among).ifelse(of, ibis.null("float64"))

    def _days_since(self, node: nodes.DaysSince | nodes.DaysUntil) -> ibis.Value:
        if self.moment is None:
            raise node.at.error("a condition that can be decided without a date", f'"{text_of(node)}"')
        of = _moment(node.of) if isinstance(node.of, nodes.Value) else self.value(node.of)
        now = ibis.literal(self.moment, type=INSTANT) if isinstance(self.moment, datetime) else self.moment
        return now.delta(of, unit="microsecond").cast("float64") / MICROSECONDS_A_DAY

    def _matches(self, node: nodes.Matches) -> ibis.Value:
        of = self.value(node.of)
        join = operator.and_ if node.every else operator.or_
        if of.type().is_array():
            return _joined(join, [of.contains(option.value) for option in node.options])
        match = MATCHES[node.operator]
        return _joined(join, [match(of.lower(), ibis.literal(option.value).lower()) for option in node.options])

    def _values(self, parts: Sequence[Node]) -> list[ibis.Value]:
        return [self.value(part) for part in parts]

    def _alike(self, parts: Sequence[Node]) -> list[ibis.Value]:
        """Return the parts' values, a text literal beside a moment as the moment that it writes."""
        values = self._values(parts)
        if not any(value.type().is_timestamp() for value in values):
            return values
        return [
            _moment(part) if isinstance(part, nodes.Value) else value for part, value in zip(parts, values, strict=True)
        ]


def _moment(value: nodes.Value) -> ibis.Value:
    return ibis.literal(moment_of(value), type=INSTANT)


def _number_as_float(value: ibis.Value) -> ibis.Value:
    return value.cast("float64").nullif(math.nan) if value.type().is_numeric() else value


def _joined(join: Callable[[Any, Any], Any], values: Sequence[ibis.Value]) -> ibis.Value:
    """Return all values joined in a balanced tree, as DuckDB limits how deep an expression may be."""
    if len(values) == 1:
        return values[0]
    middle = len(values) // 2
    return join(_joined(join, values[:middle]), _joined(join, values[middle:]))
