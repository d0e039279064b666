"""From a condition's text to its nodes, without recursion."""

import math
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from lark import Lark, Token, Transformer_NonRecursive, Tree, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

from pipeline.conditions import nodes
from pipeline.conditions.call import Filtered, Named
from pipeline.conditions.event_fields import PROPERTY
from pipeline.conditions.functions import node_of
from pipeline.conditions.location import Location
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import depth
from pipeline.conditions.syntax_error import syntax_error

MAX_LENGTH = 10_000
MAX_DEPTH = 50


@lru_cache(maxsize=1024)
def parse(text: str, place: str = "") -> Node:
    """Return the nodes of a condition; `place` says in messages where the text is kept.

    Raises ConditionError for what is not a condition, and for one longer than `MAX_LENGTH` characters or nested deeper
    than `MAX_DEPTH`: whoever walks the nodes afterwards may recurse.
    """
    start = Location(place, text, 0)
    if len(text) > MAX_LENGTH:
        raise start.error(f"at most {MAX_LENGTH} characters", f"{len(text)} of them")
    _require_whole_characters(start)
    try:
        node = _Nodes(start).transform(_tree(start))
    except VisitError as error:
        raise error.orig_exc from None
    if depth(node) > MAX_DEPTH:
        raise start.error(f"at most {MAX_DEPTH} parts inside one another", f"{depth(node)} of them")
    return node


def _require_whole_characters(start: Location) -> None:
    """Raise a ConditionError for a text that no file and no engine can hold."""
    try:
        start.text.encode()
    except UnicodeEncodeError as error:
        legible = replace(start, text=start.text.encode(errors="replace").decode())
        raise legible.to(error.start).error("whole characters", "half of one") from None


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

    def event_property(self, token: Token) -> nodes.Column:
        name = token.removeprefix(PROPERTY)
        name = name[1:-1].replace("''", "'") if name.startswith("'") else name
        return nodes.Column(PROPERTY + name, at=self._at(token))

    def call(self, token: Token, *arguments: Node | Named | Filtered) -> Node:
        return node_of(token.lower(), self._at(token), arguments)

    def named(self, token: Token, _arrow: Token, value: Node) -> Named:
        return Named(token.lower(), value, self._at(token))

    def filtered(self, of: Node, token: Token, where: Node) -> Filtered:
        return Filtered(of, where, self._at(token))

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

    def wanted(self, *tokens: Token) -> tuple[bool, tuple[nodes.Value, ...]]:
        texts = tuple(self.text(token) for token in tokens if token.type == "TEXT")
        return tokens[0].lower() == "all", texts

    def matches(self, of: Node, matched: Token, wanted: tuple[bool, tuple[nodes.Value, ...]]) -> nodes.Matches:
        every, texts = wanted
        return nodes.Matches(of, " ".join(matched.lower().split()), texts, every and len(texts) > 1, at=of.at)

    def not_matches(
        self, of: Node, _not: Token, matched: Token, wanted: tuple[bool, tuple[nodes.Value, ...]]
    ) -> nodes.Not:
        return nodes.Not(self.matches(of, matched, wanted), at=of.at)

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
