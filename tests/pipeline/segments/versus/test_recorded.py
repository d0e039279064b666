"""Leads of a prediction on a rule, from stays that publications recorded, on hand-written customers."""

from collections.abc import Mapping
from datetime import timedelta

import pyarrow as pa
import pytest

from pipeline.segments.versus.recorded import STAYS, Leads, leads
from tests.rows import days_before

ORDERS = pa.schema({"customer_id": pa.string(), "occurred_at": STAYS.field("since").type})
Days = Mapping[str, tuple[float, ...]]
NOBODY: Days = {}


def on_days(days: Days, schema: pa.Schema) -> pa.Table:
    """A row for each of some days ago, by customer."""
    rows = [(customer, days_before(ago)) for customer, those in days.items() for ago in those]
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema)


def found(*, named: Days = NOBODY, met: Days = NOBODY, ordered: Days = NOBODY, watched: float = 90) -> Leads:
    return leads(on_days(named, STAYS), on_days(met, STAYS), on_days(ordered, ORDERS), days_before(watched))


def test_the_prediction_first_the_rule_first_both_at_once_and_the_rule_alone() -> None:
    named = {"ann": (42.0,), "ben": (10.0,), "cas": (30.0,), "eve": (50.0,)}
    met = {"ann": (30.0,), "ben": (30.0,), "cas": (30.0,), "dee": (30.0,)}
    assert found(named=named, met=met) == Leads(days=(12,), same_day=1, later=1, never=1)


def test_who_was_named_left_the_list_and_then_met_the_rule_was_named_first() -> None:
    assert found(named={"ann": (60.0, 5.0)}, met={"ann": (20.0,)}) == Leads(days=(40,))


def test_the_same_stay_counts_once_however_often_it_was_published() -> None:
    assert found(named={"ann": (60.0, 60.0, 60.0)}, met={"ann": (20.0, 20.0)}) == Leads(days=(40,))


def test_who_left_the_rule_and_met_it_again_in_one_silence_met_it_once() -> None:
    assert found(named={"ann": (60.0,)}, met={"ann": (20.0, 10.0)}) == Leads(days=(40,))


def test_a_naming_before_an_order_was_of_another_silence() -> None:
    assert found(named={"ann": (85.0,)}, met={"ann": (10.0,)}, ordered={"ann": (80.0,)}) == Leads(never=1)


def test_every_silence_counts_for_itself() -> None:
    named, met = {"ann": (80.0, 12.0)}, {"ann": (70.0, 10.0)}
    assert found(named=named, met=met, ordered={"ann": (400.0, 68.0), "ben": (69.0,)}) == Leads(days=(2, 10))


@pytest.mark.parametrize(
    ("ordered", "expected"), [(30.0, Leads(never=1)), (30.1, Leads(days=(10,))), (29.9, Leads(never=1))]
)
def test_a_naming_at_the_very_moment_of_an_order_did_not_know_of_it(ordered: float, expected: Leads) -> None:
    assert found(named={"ann": (30.0,)}, met={"ann": (20.0,)}, ordered={"ann": (ordered,)}) == expected


def test_who_was_in_the_rule_when_the_watch_began_is_left_out() -> None:
    instant = timedelta(microseconds=1) / timedelta(days=1)
    assert found(named={"ann": (95.0,)}, met={"ann": (90.0,)}) == Leads()
    assert found(named={"ann": (95.0,)}, met={"ann": (90.0 - 2 * instant,)}) == Leads(days=(5,))


def test_of_nobody_there_is_nothing_to_say() -> None:
    assert found() == Leads()
    assert found(ordered={"ann": (3.0,)}, named={"ann": (1.0,)}) == Leads()
