"""The text of a node, as one would write it: no bracket that is not needed."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from pipeline.conditions import nodes
from pipeline.conditions.nodes import Node


class Binding(IntEnum):
    """How tightly a text holds together, by the rules of the grammar."""

    EITHER = 0
    BOTH = 1
    NEGATION = 2
    PREDICATE = 3
    SUM = 4
    PRODUCT = 5
    FACTOR = 6
    ATOM = 7


DAYS: Mapping[type[Node], str] = MappingProxyType({nodes.DaysSince: "days_since", nodes.DaysUntil: "days_until"})
NO_NAMES = ("and", "or", "not", "between", "in", "is", "null", "true", "false")
PLAIN = re.compile(rf"(?!({'|'.join(NO_NAMES)})\b)[^\W\d]\w*", re.IGNORECASE)
PROPERTY = re.compile(r"properties\.(?!\w+$)(.+)", re.DOTALL)


def quoted(text: str) -> str:
    """Return a text as a literal."""
    return "'" + text.replace("'", "''") + "'"


def literal(node: nodes.Value) -> str:
    """Return a literal as it is written."""
    value = node.value
    if isinstance(value, str):
        return quoted(value)
    return str(value).lower() if isinstance(value, bool) else repr(value).removesuffix(".0")


def named(name: str) -> str:
    """Return a name as it stands in brackets: in quotes unless it is a plain one."""
    return name if PLAIN.fullmatch(name) else quoted(name)


def worded(node: Node, question: Callable[[Node], str]) -> str:
    """Return the text of a node; `question` returns that of a node of no kind in `nodes`."""
    return _Words(question).of(node)


@dataclass(frozen=True)
class _Words:
    question: Callable[[Node], str]

    def of(self, node: Node, least: Binding = Binding.EITHER) -> str:
        """Return the text of a node, in brackets if it binds less tightly than it must."""
        binding, text = self._said(node)
        return f"({text})" if binding < least else text

    def _said(self, node: Node) -> tuple[Binding, str]:  # noqa: PLR0911 - one case a kind of node
        match node:
            case nodes.Any():
                return Binding.EITHER, " or ".join(self.of(part, Binding.BOTH) for part in node.of)
            case nodes.All():
                return Binding.BOTH, " and ".join(self.of(part, Binding.NEGATION) for part in node.of)
            case nodes.Not():
                return Binding.NEGATION, f"not {self.of(node.of, Binding.NEGATION)}"
            case nodes.Comparison() | nodes.Between() | nodes.OneOf() | nodes.Matches() | nodes.IsNull():
                return Binding.PREDICATE, self._predicate(node)
            case nodes.Arithmetic():
                binding = Binding.SUM if node.operator in {"+", "-"} else Binding.PRODUCT
                right = self.of(node.right, Binding(binding + 1))
                return binding, f"{self.of(node.left, binding)} {node.operator} {right}"
            case nodes.Negative():
                return Binding.FACTOR, f"-{self.of(node.of, Binding.FACTOR)}"
        return Binding.ATOM, self._atom(node)

    def _predicate(self, node: Node) -> str:
        of, *others = (self.of(part, Binding.SUM) for part in node.parts)
        match node:
            case nodes.Comparison():
                return f"{of} {node.operator} {others[0]}"
            case nodes.Between():
                return f"{of} between {others[0]} and {others[1]}"
            case nodes.OneOf():
                return f"{of} in ({', '.join(others)})"
            case nodes.Matches():
                return f"{of} {node.operator} {_wanted(others, every=node.every)}"
        return f"{of} is null"

    def _atom(self, node: Node) -> str:
        match node:
            case nodes.Value():
                return literal(node)
            case nodes.Column():
                return _column(node.name)
            case nodes.Bucket():
                return f"bucket({quoted(node.name)})"
            case nodes.Compared():
                among = "" if node.among is None else f", among => {self.of(node.among)}"
                return f"{type(node).__name__.lower()}({self.of(node.of)}{among})"
            case nodes.DaysSince() | nodes.DaysUntil():
                return f"{DAYS[type(node)]}({self.of(node.of)})"
        return self.question(node)


def _wanted(texts: Sequence[str], *, every: bool) -> str:
    if len(texts) == 1:
        return texts[0]
    return f"{'all' if every else 'any'} ({', '.join(texts)})"


def _column(name: str) -> str:
    odd = PROPERTY.fullmatch(name)
    return f"properties.{quoted(odd[1])}" if odd else name
