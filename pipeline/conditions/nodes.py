"""What a condition is made of: frozen nodes, each knowing where in the text it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.conditions.location import Location

NOWHERE = Location("", "", 0)


@dataclass(frozen=True)
class Node:
    """A part of a condition; two nodes that say the same are equal wherever they stand."""

    at: Location = field(default=NOWHERE, compare=False, repr=False, kw_only=True)

    @property
    def parts(self) -> tuple["Node", ...]:
        """The nodes directly inside this one, in reading order."""
        return ()


@dataclass(frozen=True)
class Value(Node):
    """A literal: a number (float), a text or a truth."""

    value: float | str | bool


@dataclass(frozen=True)
class Column(Node):
    """The value of a column, by name."""

    name: str


EVENT_FUNCTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "count": ("event_type",),
        "happened": ("event_type",),
        "never": ("event_type",),
        "sum": ("event_type", "field"),
    },
)


@dataclass(frozen=True)
class EventCall(Node):
    """A figure about a customer's events of one type: how many, whether any, whether none, or a field's sum."""

    function: str
    event_type: str
    field: str | None = None


@dataclass(frozen=True)
class Single(Node):
    """A node around one other."""

    of: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """The one node inside."""
        return (self.of,)


@dataclass(frozen=True)
class Percentile(Single):
    """The share, 0 to 100, of the table's other rows with a lower value; null rows are not counted."""


@dataclass(frozen=True)
class Negative(Single):
    """A number with its sign turned."""


@dataclass(frozen=True)
class Not(Single):
    """The opposite truth; null stays null."""


@dataclass(frozen=True)
class IsNull(Single):
    """Whether there is no value; itself never null."""


@dataclass(frozen=True)
class Binary(Node):
    """Two nodes and the operator between them."""

    left: Node
    operator: str
    right: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """The left and the right side."""
        return (self.left, self.right)


@dataclass(frozen=True)
class Arithmetic(Binary):
    """`+ - * /` of two numbers; null if either is, and when dividing by zero."""


@dataclass(frozen=True)
class Comparison(Binary):
    """`= != < <= > >=` of two values of one kind; null if either is."""


@dataclass(frozen=True)
class Between(Node):
    """Whether a value is at least `low` and at most `high`."""

    of: Node
    low: Node
    high: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """The value, then its bounds."""
        return (self.of, self.low, self.high)


@dataclass(frozen=True)
class OneOf(Node):
    """Whether a value equals one of the literals."""

    of: Node
    options: tuple[Value, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        """The value, then the literals."""
        return (self.of, *self.options)


@dataclass(frozen=True)
class Several(Node):
    """Two or more truths."""

    of: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        """The truths."""
        return self.of


@dataclass(frozen=True)
class All(Several):
    """`and`: false if any is false, else null if any is null."""


@dataclass(frozen=True)
class Any(Several):
    """`or`: true if any is true, else null if any is null."""


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all nodes inside it, in reading order, however deep."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.parts))


def depth(node: Node) -> int:
    """Return how many nodes are inside one another at the deepest place."""
    level: tuple[Node, ...] = (node,)
    levels = 0
    while level:
        level = tuple(part for node in level for part in node.parts)
        levels += 1
    return levels


def columns(node: Node) -> frozenset[str]:
    """Return the names of the columns that the condition reads."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Column))


def event_calls(node: Node) -> frozenset[EventCall]:
    """Return the figures about events that the condition reads."""
    return frozenset(part for part in walk(node) if isinstance(part, EventCall))
