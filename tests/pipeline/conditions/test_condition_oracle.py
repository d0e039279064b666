"""Every condition, decided a second time in plain Python; see `said` and `saying`."""

from typing import Any

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.conditions.check import check
from pipeline.conditions.compile import compile_condition
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.parse import parse
from pipeline.conditions.questions import text_of
from pipeline.events.engine import connect
from tests.pipeline.conditions.said import AS_OF, DAYS, NUMBERS, TEXTS, Row, Said, answer
from tests.pipeline.conditions.saying import conditions

KINDS = {"a": "number", "b": "number", "t": "text", "f": "truth", "m": "moment", "l": "texts"}
TYPES = {
    "number": pa.float64(),
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "truth": pa.bool_(),
    "moment": pa.timestamp("us", "UTC"),
}
KNOWN = Known(
    {name: Kind(kind) for name, kind in KINDS.items()},
    frozenset({"product_viewed", "order_placed", "Page Viewed"}),
    frozenset({"vip", "new"}),
    frozenset({"email"}),
)
customers = st.fixed_dictionaries(
    {
        "a": st.none() | st.sampled_from(NUMBERS) | st.floats(-1e6, 1e6),
        "b": st.none() | st.sampled_from(NUMBERS),
        "t": st.none() | st.sampled_from(TEXTS),
        "f": st.none() | st.booleans(),
        "m": st.none() | st.sampled_from([*DAYS, AS_OF]),
        "l": st.none() | st.lists(st.none() | st.sampled_from(TEXTS), max_size=3),
    },
)


def decided(said: list[Said], rows: list[Row]) -> list[Any]:
    """Return the truth of each condition for each customer, by the one engine."""
    asked = sorted(frozenset().union(*(one.asks for one in said)))
    columns = {name: pa.array([row[name] for row in rows], TYPES[kind]) for name, kind in KINDS.items()}
    told = {
        f"answer_{place}": pa.array([answer(text, kind, row) for row in rows], TYPES[kind])
        for place, (text, kind) in enumerate(asked)
    }
    names = [row["customer_id"] for row in rows]
    table = ibis.memtable(pa.table({"place": range(len(rows)), "customer_id": names, **columns, **told}))
    answers = {parse(text): table[f"answer_{place}"] for place, (text, _) in enumerate(asked)}
    compiled = {str(place): compile_condition(parse(one.text), table, answers, AS_OF) for place, one in enumerate(said)}
    found = connect("UTC").to_pyarrow(table.select("place", **compiled).order_by("place"))
    return [found[name].to_pylist() for name in compiled]


@settings(max_examples=60)
@given(said=st.lists(conditions, min_size=1, max_size=8), rows=st.lists(customers, min_size=1, max_size=8))
def test_a_condition_decides_as_plain_python_does(said: list[Said], rows: list[Row]) -> None:
    rows = [row | {"customer_id": f"customer {place}"} for place, row in enumerate(rows)]
    assert decided(said, rows) == [[one.meaning(row, rows) is True for row in rows] for one in said]


@given(said=conditions)
def test_a_condition_makes_sense_and_its_text_says_the_same(said: Said) -> None:
    node = parse(said.text)
    assert check(node, KNOWN) is Kind.TRUTH
    assert parse(text_of(node)) == node
    assert text_of(parse(text_of(node))) == text_of(node)
