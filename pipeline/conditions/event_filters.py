"""The `where` of a question: a condition over an event's own fields, decided for many events at once."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.conditions import nodes
from pipeline.conditions.event_fields import EVENT_FIELDS, PROPERTY, fields_read
from pipeline.conditions.known import Kind
from pipeline.conditions.nodes import Node
from pipeline.conditions.truth import Truth, compared, every, some, where_known
from pipeline.windows.arrays import Floats, Ints, Mask
from pipeline.windows.coded import UNKNOWN, Coded
from pipeline.windows.filters import number
from pipeline.windows.rows import NO_NUMBER, SCALE, Rows

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq},
)
RECKON: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": lambda left, right: left / np.where(right == 0, np.nan, right),
    },
)
MATCH: Mapping[str, Callable[[str, str], bool]] = MappingProxyType(
    {"contains": operator.contains, "starts with": str.startswith, "ends with": str.endswith},
)
_NOWHERE = -2  # the code of a text that no row of the other side has


@dataclass(frozen=True)
class Holds:
    """The condition is true of the event; null is no yes.

    Numbers are float64, each the nearest to the decimal that the log has, as a literal is to what it writes: so the two
    are equal where they are written alike. What properties say counts as a text or as a number by what it is compared
    with, and is null where it is not of that kind.
    """

    condition: Node

    @property
    def reads(self) -> tuple[str, ...]:
        """The fields that it takes."""
        return tuple(fields_read(self.condition))

    def holds(self, rows: Rows, chosen: Ints) -> Mask:
        """Decide it for each of the chosen rows."""
        with np.errstate(over="ignore", invalid="ignore"):
            return _Events(rows, chosen, fields_read(self.condition)).truth(self.condition).yes


@dataclass(frozen=True)
class _Events:
    """Chosen rows, and the kind of each field that is read of them."""

    rows: Rows
    chosen: Ints
    kinds: Mapping[str, Kind]

    def truth(self, node: Node) -> Truth:  # noqa: C901, PLR0911 - one case a kind of node
        """Return whether a node holds for each event."""
        match node:
            case nodes.Value():
                return where_known(np.ones(len(self.chosen), bool), np.full(len(self.chosen), bool(node.value)))
            case nodes.Not():
                return ~self.truth(node.of)
            case nodes.All():
                return every(map(self.truth, node.of))
            case nodes.Any():
                return some(map(self.truth, node.of))
            case nodes.IsNull():
                return where_known(np.ones(len(self.chosen), bool), ~self._known(node.of))
            case nodes.Comparison(operator="!="):
                return ~self._compared("=", node.left, node.right)
            case nodes.Comparison():
                return self._compared(node.operator, node.left, node.right)
            case nodes.Between():
                return self._compared(">=", node.of, node.low) & self._compared("<=", node.of, node.high)
            case nodes.OneOf() if self._is_text(node.of):
                return self._among(node)
            case nodes.OneOf():
                return some(self._compared("=", node.of, option) for option in node.options)
            case nodes.Matches():
                return self._matches(node)
        raise NotImplementedError(type(node).__name__)

    def _among(self, node: nodes.OneOf) -> Truth:
        of, wanted = self._text(node.of), frozenset(option.value for option in node.options)
        everyone = np.arange(len(of.codes))
        return where_known(np.asarray(of.codes != UNKNOWN), of.where(node, wanted.__contains__, everyone))

    def _known(self, node: Node) -> Mask:
        if isinstance(node, nodes.Column) and node.name.startswith(PROPERTY):
            return self.rows.says(node.name)[self.chosen]
        if self._is_text(node):
            return np.asarray(self._text(node).codes != UNKNOWN)
        return ~np.isnan(self._number(node))

    def _is_text(self, node: Node) -> bool:
        match node:
            case nodes.Value():
                return isinstance(node.value, str)
            case nodes.Column():
                return self.kinds[node.name] is Kind.TEXT
        return False

    def _compared(self, how: str, left: Node, right: Node) -> Truth:
        if self._is_text(left):
            return _equal(self._text(left), self._text(right))
        return compared(COMPARE[how], self._number(left), self._number(right))

    def _number(self, node: Node) -> Floats:
        match node:
            case nodes.Value():
                return np.full(len(self.chosen), float(node.value))
            case nodes.Column():
                return self._field(node.name)
            case nodes.Negative():
                return -self._number(node.of)
            case nodes.Arithmetic():
                found: Floats = RECKON[node.operator](self._number(node.left), self._number(node.right))
                return found
        return self.truth(node).as_numbers

    def _field(self, name: str) -> Floats:
        if name not in EVENT_FIELDS:
            return self.rows.measured(name)[self.chosen]
        whole = number(self.rows, name, self.chosen)
        return np.where(whole == NO_NUMBER, np.nan, whole / SCALE)

    def _text(self, node: Node) -> Coded:
        if isinstance(node, nodes.Column):
            return self.rows.text(node.name).at(self.chosen)
        literal = node.value if isinstance(node, nodes.Value) else ""
        return Coded(np.zeros(len(self.chosen), np.int16), pa.array([literal], pa.string()))

    def _matches(self, node: nodes.Matches) -> Truth:
        of, fits = self._text(node.of), MATCH[node.operator]
        wanted = [str(option.value).lower() for option in node.options]
        enough = all if node.every else any
        yes = of.where(node, lambda text: enough(fits(text.lower(), one) for one in wanted), np.arange(len(of.codes)))
        return where_known(np.asarray(of.codes != UNKNOWN), yes)


def _equal(left: Coded, right: Coded) -> Truth:
    """Return whether two columns of texts say the same, each different text looked up once."""
    there = pc.index_in(left.names, value_set=right.names).fill_null(_NOWHERE).to_numpy()
    other = np.append(there, _NOWHERE)[left.codes]
    return where_known((left.codes != UNKNOWN) & (right.codes != UNKNOWN), np.asarray(other == right.codes))
