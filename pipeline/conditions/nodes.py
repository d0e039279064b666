"""What a condition is made of: frozen nodes, each knowing where in the text it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Bucket(Node):
    """A number from 0 up to 100, drawn by customer and `name`: ever the same, and of one name nothing about another."""

    name: str


@dataclass(frozen=True)
class Single(Node):
    """A node around one other."""

    of: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """The one node inside."""
        return (self.of,)


@dataclass(frozen=True)
class Compared(Single):
    """A number among those of the table's other rows; with `among`, of the rows for which that is true.

    Null for a row that has no number or is not among them, and such rows count for nobody.
    """

    among: Node | None = None

    @property
    def parts(self) -> tuple[Node, ...]:
        """The number, and who is compared."""
        return (self.of,) if self.among is None else (self.of, self.among)


@dataclass(frozen=True)
class Percentile(Compared):
    """The share, 0 to 100, of the others with a lower number."""


@dataclass(frozen=True)
class Rank(Compared):
    """The place when the highest number is 1; equal numbers share the better place."""


@dataclass(frozen=True)
class DaysSince(Single):
    """Days from a date to the moment at which a condition is decided, with fraction; negative for one to come."""


@dataclass(frozen=True)
class DaysUntil(Single):
    """Days from the moment at which a condition is decided to a date, with fraction; negative for one gone by."""


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
class Matches(Node):
    """Whether a text contains, starts with or ends with any of the literals, whatever their case; null for no text.

    Of a list of texts, `contains` asks whether one of its members is the literal, in the same spelling; with `every`,
    all literals must be found.
    """

    of: Node
    operator: str
    options: tuple[Value, ...]
    every: bool = False

    @property
    def parts(self) -> tuple[Node, ...]:
        """The text, then the literals."""
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


def columns(node: Node) -> frozenset[str]:
    """Return the names of the columns that the condition reads."""
    return frozenset(part.name for part in walk(node) if isinstance(part, Column))
