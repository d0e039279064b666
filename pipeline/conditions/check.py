"""Whether a condition makes sense over the columns that there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import pyarrow as pa

from pipeline.conditions import nodes
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EventCall
from pipeline.errors import ConditionError, did_you_mean
from pipeline.events.tables import EVENTS


class Kind(StrEnum):
    """What a value can be; numbers are float64, moments are UTC."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth"
    MOMENT = "moment"


WORDS = {
    Kind.NUMBER: "a number",
    Kind.TEXT: "a text",
    Kind.TRUTH: "something true or false",
    Kind.MOMENT: "a date such as '2026-11-30'",
}
SUMMABLE = tuple(field.name for field in EVENTS.schema if pa.types.is_decimal(field.type))


def check(node: Node, columns: Mapping[str, Kind], place: str = "") -> Kind:
    """Return the kind of the condition's value over `columns`.

    Raises ConditionError for names that are unknown and kinds that do not fit; `place`, when given, says where the text
    is kept instead of what `parse` was told.
    """
    return _Checker(columns, place).kind(node)


def check_truth(node: Node, columns: Mapping[str, Kind], place: str = "") -> None:
    """Raise a ConditionError unless the condition passes `check` and is true or false as a whole."""
    _Checker(columns, place).require(node, Kind.TRUTH)


def moment(value: nodes.Value) -> datetime:
    """Return the moment that a text literal writes in ISO 8601, in UTC; without a zone it is UTC already."""
    read = datetime.fromisoformat(str(value.value))
    return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)


@dataclass(frozen=True)
class _Checker:
    columns: Mapping[str, Kind]
    place: str

    def kind(self, node: Node) -> Kind:
        """Return the kind of a node whose parts fit together."""
        match node:
            case nodes.Value():
                return _literal_kind(node)
            case nodes.Column():
                return self._column(node)
            case EventCall():
                return self._event_call(node)
            case nodes.Percentile() | nodes.Negative() | nodes.Arithmetic():
                return self._number(node)
        self._truth(node)
        return Kind.TRUTH

    def require(self, node: Node, kind: Kind) -> None:
        """Raise a ConditionError unless the node is of this kind."""
        found = self.kind(node)
        if found is not kind:
            raise self._error(node, WORDS[kind], WORDS[found])

    def _error(self, node: Node, expected: str, got: str, hint: str = "") -> ConditionError:
        at = replace(node.at, place=self.place) if self.place else node.at
        return at.error(expected, got, hint)

    def _column(self, node: nodes.Column) -> Kind:
        if node.name not in self.columns:
            raise self._error(node, "a known column", f'"{node.name}"', did_you_mean(node.name, self.columns))
        return self.columns[node.name]

    def _event_call(self, node: EventCall) -> Kind:
        if node.field is not None and node.field not in SUMMABLE:
            hint = did_you_mean(node.field, SUMMABLE)
            raise self._error(node, f"a sum of {', '.join(SUMMABLE)}", f'"{node.field}"', hint)
        return Kind.TRUTH if node.function in {"happened", "never"} else Kind.NUMBER

    def _number(self, node: Node) -> Kind:
        for part in node.parts:
            self.require(part, Kind.NUMBER)
        if isinstance(node, nodes.Percentile):
            self._percentile(node)
        return Kind.NUMBER

    def _percentile(self, node: nodes.Percentile) -> None:
        inside = list(nodes.walk(node.of))
        if any(isinstance(part, nodes.Percentile) for part in inside):
            raise self._error(node, "a percentile of columns", "a percentile of a percentile")
        if not any(isinstance(part, nodes.Column | EventCall) for part in inside):
            raise self._error(node, "a percentile of columns", "one of the same number for everyone")

    def _truth(self, node: Node) -> None:
        match node:
            case nodes.Not() | nodes.Several():
                for part in node.parts:
                    self.require(part, Kind.TRUTH)
            case nodes.IsNull():
                self.kind(node.of)
            case nodes.Comparison(operator="=" | "!=") | nodes.OneOf():
                self._alike(node.parts)
            case nodes.Comparison() | nodes.Between():
                self._ordered(node.parts)

    def _alike(self, parts: Sequence[Node]) -> Kind:
        """Return the kind of all parts: that of the first that is not a literal, beside which a text may be a date."""
        kind = self.kind(next((part for part in parts if not isinstance(part, nodes.Value)), parts[0]))
        for part in parts:
            if kind is Kind.MOMENT and isinstance(part, nodes.Value):
                self._moment(part)
            else:
                self.require(part, kind)
        return kind

    def _ordered(self, parts: Sequence[Node]) -> None:
        kind = self._alike(parts)
        if kind not in {Kind.NUMBER, Kind.MOMENT}:
            raise self._error(parts[0], "a number or a date, as they can be put in order", WORDS[kind])

    def _moment(self, value: nodes.Value) -> None:
        try:
            moment(value)
        except (ValueError, OverflowError):
            raise self._error(value, WORDS[Kind.MOMENT], f'"{value.value}"') from None


def _literal_kind(node: nodes.Value) -> Kind:
    if isinstance(node.value, bool):
        return Kind.TRUTH
    return Kind.TEXT if isinstance(node.value, str) else Kind.NUMBER
