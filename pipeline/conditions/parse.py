"""From a condition's text to its nodes, without recursion."""

import math
from functools import cache, lru_cache
from pathlib import Path

from lark import Lark, Token, Transformer_NonRecursive, Tree, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

from pipeline.conditions import nodes
from pipeline.conditions.location import Location
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EVENT_FUNCTIONS, EventCall
from pipeline.conditions.syntax_error import syntax_error
from pipeline.errors import did_you_mean

MAX_LENGTH = 10_000
MAX_DEPTH = 50
FUNCTIONS = ("percentile", *EVENT_FUNCTIONS)


@lru_cache(maxsize=1024)
def parse(text: str, place: str = "") -> Node:
    """Return the nodes of a condition; `place` says in messages where the text is kept.

    Raises ConditionError for what is not a condition, and for one longer than `MAX_LENGTH` characters or nested deeper
    than `MAX_DEPTH`: whoever walks the nodes afterwards may recurse.
    """
    start = Location(place, text, 0)
    if len(text) > MAX_LENGTH:
        raise start.error(f"at most {MAX_LENGTH} characters", f"{len(text)} of them")
    try:
        node = _Nodes(start).transform(_tree(start))
    except VisitError as error:
        raise error.orig_exc from None
    if nodes.depth(node) > MAX_DEPTH:
        raise start.error(f"at most {MAX_DEPTH} parts inside one another", f"{nodes.depth(node)} of them")
    return node


@cache
def _grammar() -> Lark:
    return Lark(Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8"), parser="lalr")


def _tree(start: Location) -> Tree[Token]:
    try:
        return _grammar().parse(start.text)
    except UnexpectedCharacters as error:
        raise syntax_error(start.to(error.pos_in_stream or 0), error.allowed or set()) from None
    except UnexpectedToken as error:
        offset = len(start.text.rstrip()) if error.token.type == "$END" else error.pos_in_stream or 0
        raise syntax_error(start.to(offset), error.accepts or error.expected) from None


@v_args(inline=True)
class _Nodes(Transformer_NonRecursive[Token, Node]):
    """One method a rule of the grammar; an operation stands where its first operand does."""

    def __init__(self, start: Location) -> None:
        super().__init__()
        self._start = start

    def _at(self, token: Token) -> Location:
        return self._start.to(token.start_pos or 0)

    def number(self, token: Token) -> nodes.Value:
        if math.isinf(float(token)):
            raise self._at(token).error("a number below 1e308", token)
        return nodes.Value(float(token), at=self._at(token))

    def negative_number(self, minus: Token, token: Token) -> nodes.Value:
        return nodes.Value(-float(self.number(token).value), at=self._at(minus))

    def text(self, token: Token) -> nodes.Value:
        return nodes.Value(token[1:-1].replace("''", "'"), at=self._at(token))

    def true(self, token: Token) -> nodes.Value:
        return nodes.Value(value=True, at=self._at(token))

    def false(self, token: Token) -> nodes.Value:
        return nodes.Value(value=False, at=self._at(token))

    def column(self, token: Token) -> nodes.Column:
        return nodes.Column(str(token), at=self._at(token))

    def call(self, token: Token, *arguments: Node) -> Node:
        name, at = token.lower(), self._at(token)
        if name not in FUNCTIONS:
            raise at.error(f"one of {', '.join(FUNCTIONS)}", f'"{token}"', did_you_mean(name, FUNCTIONS))
        if name != "percentile":
            return self._event_call(name, at, arguments)
        if len(arguments) != 1:
            raise at.error('"percentile(number)"', f"{len(arguments)} values in its brackets")
        return nodes.Percentile(*arguments, at=at)

    def _event_call(self, name: str, at: Location, arguments: tuple[Node, ...]) -> EventCall:
        names = [argument.name for argument in arguments if isinstance(argument, nodes.Column)]
        if not len(names) == len(arguments) == len(EVENT_FUNCTIONS[name]):
            raise at.error(f'"{name}({", ".join(EVENT_FUNCTIONS[name])})"', "something else in its brackets")
        return EventCall(name, names[0], next(iter(names[1:]), None), at=at)

    def negative(self, minus: Token, of: Node) -> nodes.Negative:
        return nodes.Negative(of, at=self._at(minus))

    def arithmetic(self, left: Node, operator: Token, right: Node) -> nodes.Arithmetic:
        return nodes.Arithmetic(left, str(operator), right, at=left.at)

    def comparison(self, left: Node, operator: Token, right: Node) -> nodes.Comparison:
        return nodes.Comparison(left, str(operator), right, at=left.at)

    def between(self, of: Node, low: Node, high: Node) -> nodes.Between:
        return nodes.Between(of, low, high, at=of.at)

    def not_between(self, of: Node, _not: Token, low: Node, high: Node) -> nodes.Not:
        return nodes.Not(self.between(of, low, high), at=of.at)

    def one_of(self, of: Node, *options: nodes.Value) -> nodes.OneOf:
        return nodes.OneOf(of, options, at=of.at)

    def not_one_of(self, of: Node, _not: Token, *options: nodes.Value) -> nodes.Not:
        return nodes.Not(self.one_of(of, *options), at=of.at)

    def is_null(self, of: Node) -> nodes.IsNull:
        return nodes.IsNull(of, at=of.at)

    def is_not_null(self, of: Node, _not: Token) -> nodes.Not:
        return nodes.Not(self.is_null(of), at=of.at)

    def not_(self, token: Token, of: Node) -> nodes.Not:
        return nodes.Not(of, at=self._at(token))

    def both(self, *of: Node) -> nodes.All:
        return nodes.All(of, at=of[0].at)

    def either(self, *of: Node) -> nodes.Any:
        return nodes.Any(of, at=of[0].at)
