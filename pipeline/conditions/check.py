"""Whether a condition makes sense over what there is: the columns, and what questions ask about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.conditions import nodes
from pipeline.conditions.answer_kind import answer_kind
from pipeline.conditions.event_fields import EVENT_FIELDS, PROPERTY, property_kinds
from pipeline.conditions.known import WORDS, Kind, Known
from pipeline.conditions.location import Location
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import Asked, wheres
from pipeline.conditions.times import moment
from pipeline.conditions.wording import literal, named
from pipeline.errors import ConditionError, did_you_mean
from pipeline.events.event_types import EVENT_TYPES

__all__ = ["Kind", "Known", "check", "check_truth"]

OF_CUSTOMERS = Asked | nodes.Compared | nodes.Bucket | nodes.DaysSince | nodes.DaysUntil
"""What speaks of a customer, not of one event."""
NO_COLUMNS = " Only the fields of the event itself stand in where: category, amount, month …"
A_PROPERTY = " Of an event: count(order_placed, where => properties.colour = 'red')."


def check(node: Node, known: Known, place: str = "") -> Kind:
    """Return the kind of the condition's value over what is `known`.

    Raises ConditionError for names that are unknown and kinds that do not fit; `place`, when given, says where the text
    is kept instead of what `parse` was told.
    """
    return _Checker(known, place).kind(node)


def check_truth(node: Node, known: Known, place: str = "") -> None:
    """Raise a ConditionError unless the condition passes `check` and is true or false as a whole."""
    _Checker(known, place).require(node, Kind.TRUTH)


@dataclass(frozen=True)
class _Checker:
    known: Known
    place: str
    of_customers: Known | None = None
    """What is known of customers, while a condition over an event is checked."""

    def kind(self, node: Node) -> Kind:
        """Return the kind of a node whose parts fit together."""
        if self.of_customers and isinstance(node, OF_CUSTOMERS):
            raise self._refuse(node.at, "something about the event", "something about the customer", NO_COLUMNS)
        match node:
            case nodes.Value():
                return _literal_kind(node)
            case nodes.Column():
                return self._column(node)
            case nodes.Bucket():
                return Kind.NUMBER
        if isinstance(node, Asked):
            return self._question(node)
        if isinstance(node, nodes.Compared | nodes.DaysSince | nodes.DaysUntil | nodes.Negative | nodes.Arithmetic):
            self._number(node)
            return Kind.NUMBER
        self._truth(node)
        return Kind.TRUTH

    def require(self, node: Node, kind: Kind) -> None:
        """Raise a ConditionError unless the node is of this kind."""
        found = self.kind(node)
        if found is not kind:
            raise self._refuse(node.at, WORDS[kind], WORDS[found])

    def _refuse(self, at: Location, expected: str, got: str, hint: str = "") -> ConditionError:
        return (replace(at, place=self.place) if self.place else at).error(expected, got, hint)

    def _column(self, node: nodes.Column) -> Kind:
        columns = self.known.columns
        if node.name in columns:
            return columns[node.name]
        expected = "a field of an event" if self.of_customers else "a known column"
        raise self._refuse(node.at, expected, f'"{node.name}"', self._hint(node.name))

    def _hint(self, name: str) -> str:
        """Return what to try where a name is no column."""
        if self.of_customers:
            return NO_COLUMNS if name in self.of_customers.columns else did_you_mean(name, self.known.columns)
        if name.startswith(PROPERTY):
            return A_PROPERTY
        if name in self.known.segments:
            return f" For the segment write in_segment({named(name)})."
        if name in (self.known.event_types or EVENT_TYPES):
            return f" For the event write count({named(name)}) or happened({named(name)})."
        return did_you_mean(name, self.known.columns)

    def _question(self, node: Asked) -> Kind:
        kind = answer_kind(node, self.known, self._refuse)
        for where in wheres(node):
            fields = {**EVENT_FIELDS, **property_kinds(where)}
            _Checker(Known(fields), self.place, of_customers=self.known).require(where, Kind.TRUTH)
        return kind

    def _number(self, node: Node) -> None:
        match node:
            case nodes.Compared():
                self._compared(node)
            case nodes.DaysSince(of=nodes.Value() as value) | nodes.DaysUntil(of=nodes.Value() as value):
                self._moment(value)
            case nodes.DaysSince() | nodes.DaysUntil():
                self.require(node.of, Kind.MOMENT)
            case _:
                for part in node.parts:
                    self.require(part, Kind.NUMBER)

    def _compared(self, node: nodes.Compared) -> None:
        self.require(node.of, Kind.NUMBER)
        if node.among is not None:
            self.require(node.among, Kind.TRUTH)
        name = type(node).__name__.lower()
        inner = [part for part in nodes.walk(node) if isinstance(part, nodes.Compared)][1:]
        if inner:
            raise self._refuse(inner[0].at, f"a {name} of columns", f"a {type(inner[0]).__name__.lower()} inside it")
        if not any(isinstance(part, nodes.Column | Asked | nodes.Bucket) for part in nodes.walk(node.of)):
            raise self._refuse(node.at, f"a {name} of columns", "one of the same number for everyone")

    def _truth(self, node: Node) -> None:
        match node:
            case nodes.Not() | nodes.Several():
                for part in node.parts:
                    self.require(part, Kind.TRUTH)
            case nodes.IsNull():
                self.kind(node.of)
            case nodes.Matches():
                self._matches(node)
            case nodes.Comparison(operator="=" | "!=") | nodes.OneOf():
                self._alike(node.parts)
            case nodes.Comparison() | nodes.Between():
                self._ordered(node.parts)

    def _matches(self, node: nodes.Matches) -> None:
        kind = self.kind(node.of)
        if kind is Kind.TEXTS and node.operator == "contains":
            return
        if kind is not Kind.TEXT:
            raise self._refuse(node.of.at, WORDS[Kind.TEXT], WORDS[kind])
        for option in node.options:
            if not option.value:
                raise self._refuse(option.at, "a text to look for", "an empty one, which every text contains")

    def _alike(self, parts: Sequence[Node]) -> Kind:
        """Return the kind of all parts: that of the first that is not a literal, beside which a text may be a date."""
        kinds = [self.kind(part) for part in parts]
        told = (kind for part, kind in zip(parts, kinds, strict=True) if not isinstance(part, nodes.Value))
        kind = next(told, kinds[0])
        if kind is Kind.TEXTS:
            raise self._refuse(parts[0].at, "a single value", WORDS[kind], " Ask what it contains: x contains 'boots'.")
        for part, found in zip(parts, kinds, strict=True):
            if kind is Kind.MOMENT and isinstance(part, nodes.Value):
                self._moment(part)
            elif found is not kind:
                raise self._refuse(part.at, WORDS[kind], WORDS[found])
        return kind

    def _ordered(self, parts: Sequence[Node]) -> None:
        kind = self._alike(parts)
        if kind not in {Kind.NUMBER, Kind.MOMENT}:
            raise self._refuse(parts[0].at, "a number or a date, as they can be put in order", WORDS[kind])

    def _moment(self, value: nodes.Value) -> None:
        try:
            moment(value)
        except (ValueError, OverflowError):
            raise self._refuse(value.at, WORDS[Kind.MOMENT], literal(value)) from None


def _literal_kind(node: nodes.Value) -> Kind:
    if isinstance(node.value, bool):
        return Kind.TRUTH
    return Kind.TEXT if isinstance(node.value, str) else Kind.NUMBER
