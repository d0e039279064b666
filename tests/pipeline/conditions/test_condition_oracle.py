"""Every condition, decided a second time in plain Python, row by row and independently of the parser."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.conditions.check import Kind, check
from pipeline.conditions.compile import compile_condition
from pipeline.conditions.parse import parse
from pipeline.events.engine import connect

Row = dict[str, Any]
Truth = bool | None
KINDS = {"a": Kind.NUMBER, "b": Kind.NUMBER, "t": Kind.TEXT, "f": Kind.TRUTH, "m": Kind.MOMENT}
TYPES = {"a": pa.float64(), "b": pa.float64(), "t": pa.string(), "f": pa.bool_(), "m": pa.timestamp("us", "UTC")}
NUMBERS = [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 100.0]
TEXTS = ["", "x", "it's", "größe"]
DAYS = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3)]
COMPARISONS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": lambda x, y: x / y if y else None}


@dataclass(frozen=True)
class Said:
    """A condition's text, and what it means for one row among all."""

    text: str
    meaning: Callable[[Row, list[Row]], Any]


def strict(function: Callable[..., Any], *parts: Said) -> Callable[[Row, list[Row]], Any]:
    """Null if any part is null, else the function of them all."""

    def meaning(row: Row, rows: list[Row]) -> object:
        values = [part.meaning(row, rows) for part in parts]
        return None if None in values else function(*values)

    return meaning


def both(x: Truth, y: Truth) -> Truth:
    return False if x is False or y is False else None if None in (x, y) else True


def opposite(x: Truth) -> Truth:
    return None if x is None else not x


def percentile(of: Said) -> Callable[[Row, list[Row]], float | None]:
    def meaning(row: Row, rows: list[Row]) -> float | None:
        own = of.meaning(row, rows)
        others = [value for other in rows if (value := of.meaning(other, rows)) is not None]
        if own is None:
            return None
        return 100 * sum(value < own for value in others) / (len(others) - 1) if len(others) > 1 else 0.0

    return meaning


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def column(name: str) -> Said:
    return Said(name, lambda row, _: row[name])


def literal(value: object) -> Said:
    text = (
        quoted(value) if isinstance(value, str) else quoted(value.isoformat()) if isinstance(value, datetime) else value
    )
    return Said(f"{text}".lower() if isinstance(value, bool) else f"{text}", lambda *_: value)


def comparison(left: Said, sign: str, right: Said) -> Said:
    return Said(f"{left.text} {sign} {right.text}", strict(COMPARISONS[sign], left, right))


def arithmetic(left: Said, sign: str, right: Said) -> Said:
    return Said(f"({left.text} {sign} {right.text})", strict(ARITHMETIC[sign], left, right))


def between(of: Said, low: Said, high: Said) -> Said:
    at_least, at_most = strict(operator.ge, of, low), strict(operator.le, of, high)
    text = f"{of.text} between {low.text} and {high.text}"
    return Said(text, lambda row, rows: both(at_least(row, rows), at_most(row, rows)))


def one_of(of: Said, options: list[Any]) -> Said:
    text = f"{of.text} in ({', '.join(literal(option).text for option in options)})"
    return Said(text, strict(lambda value: value in options, of))


def is_null(of: Said) -> Said:
    return Said(f"({of.text}) is null", lambda row, rows: of.meaning(row, rows) is None)


def negation(of: Said) -> Said:
    return Said(f"not ({of.text})", lambda row, rows: opposite(of.meaning(row, rows)))


def conjunction(left: Said, right: Said) -> Said:
    text = f"({left.text}) and ({right.text})"
    return Said(text, lambda row, rows: both(left.meaning(row, rows), right.meaning(row, rows)))


def disjunction(left: Said, right: Said) -> Said:
    meaning = negation(conjunction(negation(left), negation(right))).meaning
    return Said(f"({left.text}) or ({right.text})", meaning)


def negative(of: Said) -> Said:
    return Said(f"-{of.text}", strict(operator.neg, of))


def bracketed(of: Said) -> Said:
    return Said(f"({of.text})", of.meaning)


def ranked(of: Said) -> Said:
    return Said(f"percentile({of.text})", percentile(of))


plain_numbers = st.recursive(
    st.sampled_from(["a", "b"]).map(column) | st.sampled_from(NUMBERS).map(literal),
    lambda inner: st.builds(arithmetic, inner, st.sampled_from("+-*/"), inner) | inner.map(negative),
    max_leaves=4,
)
signs = st.sampled_from(list(COMPARISONS))
equality = st.sampled_from(["=", "!="])
numbers = plain_numbers | st.builds(arithmetic, st.just(column("a")), st.sampled_from("+-*/"), plain_numbers).map(
    ranked
)
moments = st.just(column("m"))
days = st.sampled_from(DAYS)
predicates = st.one_of(
    st.builds(comparison, numbers, signs, numbers),
    st.builds(between, numbers, numbers, numbers),
    st.builds(one_of, numbers, st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3)),
    st.builds(is_null, numbers),
    st.just(column("f")),
    st.booleans().map(literal),
    st.builds(comparison, st.just(column("t")), equality, st.sampled_from(TEXTS).map(literal)),
    st.builds(one_of, st.just(column("t")), st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3)),
    st.builds(comparison, moments, signs, days.map(literal)),
    st.builds(between, moments, days.map(literal), days.map(literal)),
)
conditions = st.recursive(
    predicates,
    lambda inner: (
        st.builds(conjunction, inner, inner)
        | st.builds(disjunction, inner, inner)
        | inner.map(negation)
        | inner.map(is_null)
        | st.builds(comparison, inner.map(bracketed), equality, inner.map(bracketed))
        | st.builds(one_of, inner.map(bracketed), st.lists(st.booleans(), min_size=1, max_size=2))
    ),
    max_leaves=5,
)
rows_of_customers = st.lists(
    st.fixed_dictionaries(
        {
            "a": st.none() | st.sampled_from(NUMBERS) | st.floats(-1e6, 1e6),
            "b": st.none() | st.sampled_from(NUMBERS),
            "t": st.none() | st.sampled_from(TEXTS),
            "f": st.none() | st.booleans(),
            "m": st.none() | days,
        },
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=80)
@given(said=st.lists(conditions, min_size=1, max_size=8), rows=rows_of_customers)
def test_a_condition_decides_as_plain_python_does(said: list[Said], rows: list[Row]) -> None:
    columns = {name: pa.array([row[name] for row in rows], type_) for name, type_ in TYPES.items()}
    table = ibis.memtable(pa.table({"id": range(len(rows)), **columns}))
    nodes = [parse(one.text) for one in said]
    assert {check(node, KINDS) for node in nodes} == {Kind.TRUTH}
    compiled = {str(number): compile_condition(node, table) for number, node in enumerate(nodes)}
    decided = connect("UTC").to_pyarrow(table.select("id", **compiled).order_by("id")).drop_columns("id")
    expected = [[one.meaning(row, rows) is True for row in rows] for one in said]
    assert [decided[number].to_pylist() for number in compiled] == expected
