"""A function's name and what stands in its brackets, before it is known what they mean."""

from collections.abc import Collection, Sized
from dataclasses import dataclass

from pipeline.conditions.location import Location
from pipeline.conditions.nodes import Column, Comparison, Node, Value
from pipeline.errors import ConditionError, did_you_mean

SEQUENCE = "sequence"
FILTERS = ("where", "among")


@dataclass(frozen=True)
class Named:
    """`name => value` in brackets."""

    name: str
    value: Node
    at: Location


@dataclass(frozen=True)
class Filtered:
    """`event_type where condition` in brackets."""

    of: Node
    where: Node
    at: Location


@dataclass(frozen=True)
class Call:
    """A function and what stands in its brackets, in order; `form` is how it is written at its shortest."""

    function: str
    form: str
    at: Location
    arguments: tuple[Node | Named | Filtered, ...]

    @property
    def unnamed(self) -> tuple[Node | Filtered, ...]:
        """What stands there without a name."""
        return tuple(argument for argument in self.arguments if not isinstance(argument, Named))

    @property
    def named(self) -> dict[str, Node]:
        """What stands there with a name."""
        return {argument.name: argument.value for argument in self.arguments if isinstance(argument, Named)}

    @property
    def values(self) -> tuple[Node, ...]:
        """What stands there without a name, none of it filtered."""
        return tuple(argument for argument in self.unnamed if not isinstance(argument, Filtered))

    @property
    def only(self) -> Node:
        """The one value that stands there without a name."""
        if len(self.values) != 1:
            raise self.at.error(f'"{self.form}"', f"{counted(self.values, 'value')} in its brackets")
        return self.values[0]

    def wrong(self, at: Location) -> ConditionError:
        """Return the error for brackets that hold something else than they should."""
        return at.error(f'"{self.form}"', "something else in its brackets")

    def require_names(self, allowed: Collection[str], on_where: str) -> None:
        """Raise a ConditionError unless what is named may be, is so once, and comes after what is not."""
        seen: set[str] = set()
        for argument in self.arguments:
            if not isinstance(argument, Named):
                self._require_no_name(argument, allowed, seen)
            elif argument.name not in allowed:
                raise self._unknown(argument, allowed, on_where)
            elif argument.name in seen:
                raise argument.at.error(f'"{argument.name}" once', "it twice")
            else:
                seen.add(argument.name)

    def _require_no_name(self, argument: Node | Filtered, allowed: Collection[str], seen: Collection[str]) -> None:
        match argument:
            case Comparison(left=Column(name=name), operator="=") if name in allowed:
                raise argument.at.error(f'"{name} => …"', f'"{name} = …"')
            case Filtered() if self.function != SEQUENCE:
                named = next((f", {name} => …" for name in FILTERS if name in allowed), self.form)
                raise argument.at.error(f'"{named}"', '"where"', " Only a step of a sequence has it without comma.")
        if seen:
            raise argument.at.error("what has a name after what has none", "it before")

    def _unknown(self, argument: Named, allowed: Collection[str], on_where: str) -> ConditionError:
        expected = f"one of {', '.join(allowed)}" if allowed else f'"{self.form}"'
        hint = on_where if argument.name == "where" else did_you_mean(argument.name, allowed)
        return argument.at.error(expected, f'"{argument.name}"', hint)


def name_in(node: Node) -> str | None:
    """Return the name that stands there, in quotes or not; None for anything else."""
    match node:
        case Column():
            return node.name
        case Value(value=str() as text):
            return text or None
    return None


def counted(of: Sized, noun: str) -> str:
    """Return how many there are, in words: `0 values`, `1 value`."""
    return f"{len(of)} {noun}" if len(of) == 1 else f"{len(of)} {noun}s"
