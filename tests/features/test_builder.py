"""Features against an oracle, and against time: nothing at or after the moment may move one."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import build_features
from features.catalogue import describe
from features.matrix import FeatureMatrix
from pipeline.errors import FeatureError
from pipeline.events.engine import connect
from pipeline.events.history import history_of
from tests.features.logs import MICROSECOND, SHOP, events, logs
from tests.rows import AS_OF, arrow, days_before, event, table

ZOE = event("zoe", days_before(1100), amount=1)  # somebody to be there when a generated log is empty
NAMES = tuple(column.name for column in describe(SHOP))


def features(rows, as_of=AS_OF, cut_offs=()) -> FeatureMatrix:
    return build_features(history_of(table(rows), as_of), cut_offs, SHOP)


def value(rows, name, as_of=AS_OF) -> float:
    return features(rows, as_of).column(name)[0]


def same(left: FeatureMatrix, right: FeatureMatrix) -> None:
    assert left.customer_id.tolist() == right.customer_id.tolist()
    np.testing.assert_array_equal(left.values, right.values)


@settings(max_examples=40)
@given(past=logs, future=st.lists(events(), max_size=10), shift=st.floats(0, 400))
def test_events_at_or_after_the_moment_move_no_feature(past, future, shift):
    later = [{**row, "occurred_at": AS_OF + timedelta(days=shift), "received_at": AS_OF} for row in future]
    arrived_later = [{**row, "received_at": max(AS_OF, row["received_at"])} for row in future]
    same(features([*past, ZOE]), features([*past, ZOE, *later, *arrived_later]))


@settings(max_examples=20)
@given(rows=logs, seed=st.randoms())
def test_the_order_in_which_events_arrive_changes_nothing(rows, seed):
    anchored = [*rows, ZOE]
    shuffled = list(anchored)
    seed.shuffle(shuffled)
    same(features(anchored), features(shuffled))


@settings(max_examples=20)
@given(rows=logs, back=st.one_of(st.integers(1, 200), st.floats(1, 200)))
def test_a_past_cut_off_equals_a_history_taken_then(rows, back):
    cut_off = days_before(back)
    anchored = [*rows, ZOE]
    same(features(anchored, AS_OF, [cut_off]), features(anchored, cut_off))


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 1), (0, 0), (1, 0)])
def test_the_moment_itself_is_excluded_to_the_microsecond(nudge, counted):
    rows = [event("ann", days_before(400)), event("ann", AS_OF + nudge * MICROSECOND)]
    assert value(rows, "orders_30d") == counted


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_window_begins_at_its_first_microsecond(nudge, counted):
    rows = [event("ann", days_before(400)), event("ann", days_before(30) + nudge * MICROSECOND)]
    assert value(rows, "orders_30d") == counted


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 1), (0, 0), (1, 0)])
def test_an_event_counts_from_the_moment_it_arrived(nudge, counted):
    late = event("ann", days_before(5), received_at=AS_OF + nudge * MICROSECOND)
    assert value([event("ann", days_before(400)), late], "orders_30d") == counted


def test_a_moment_at_any_time_of_day_has_exact_windows():
    odd = datetime(2026, 3, 1, 13, 37, 11, 5, tzinfo=UTC)
    rows = [event("ann", odd - timedelta(days=30)), event("ann", odd - timedelta(days=30) - MICROSECOND)]
    assert value(rows, "orders_30d", odd) == 1


def test_a_moment_is_the_same_whatever_the_clock_that_tells_it():
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    rows = [event("ann", summer - timedelta(days=30)), event("ann", summer - timedelta(days=400, hours=2))]
    same(features(rows, summer), features(rows, summer.astimezone(ZoneInfo("Europe/Berlin"))))


def test_a_year_of_one_customer_reads_as_a_shopkeeper_would_say_it():
    rows = [
        event("ann", days_before(100), amount=40),
        event("ann", days_before(70), amount=60),
        event("ann", days_before(10), amount=20),
        event("ann", days_before(10), "item_purchased", product_id="cup", quantity=2),
        event("ann", days_before(5), "order_refunded", amount=6),
    ]
    matrix = features(rows)
    found = dict(zip(matrix.names, matrix.values[0], strict=True))
    assert found["revenue_365d"] == 120
    assert found["average_order_value_365d"] == 40
    assert found["order_gap_mean_days"] == 45
    assert found["order_gap_last_days"] == 60
    assert found["days_since_last_order"] == 10
    assert found["refund_share_365d"] == pytest.approx(0.05)


def test_weekends_and_gift_season_are_the_shops_own_not_those_of_utc():
    late_friday_in_utc = datetime(2026, 2, 27, 23, 30, tzinfo=UTC)
    last_of_september_in_utc = datetime(2025, 9, 30, 23, 30, tzinfo=UTC)
    engine = connect("Europe/Berlin")
    log = engine.create_table("log", arrow([event("ann", late_friday_in_utc), event("ann", last_of_september_in_utc)]))
    matrix = build_features(history_of(log, AS_OF, "Europe/Berlin"))
    assert matrix.column("weekend_order_share")[0] == 0.5
    assert matrix.column("gift_season_order_share")[0] == 0.5


def test_several_cut_offs_stack_their_customers_in_order():
    rows = [event("bob", days_before(50)), event("ann", days_before(20))]
    matrix = features(rows, AS_OF, [days_before(30), AS_OF])
    assert matrix.customer_id.tolist() == ["bob", "ann", "bob"]
    assert matrix.cut_offs == (days_before(30), AS_OF)
    assert matrix.at(days_before(30)).column("orders_30d").tolist() == [1.0]


def test_a_cut_off_later_than_the_history_is_refused():
    with pytest.raises(FeatureError, match="no later than 2026-03-01"):
        features([event("ann", days_before(1))], AS_OF, [AS_OF + MICROSECOND])


def test_an_empty_history_has_no_rows_and_every_column():
    matrix = features([])
    assert len(matrix) == 0
    assert matrix.names == NAMES


def test_a_matrix_hands_nulls_to_arrow_as_nulls():
    answer = features([event("ann", days_before(1))]).table()
    assert answer["order_gap_mean_days"].to_pylist() == [None]
    assert ibis.memtable(answer).count().execute() == 1


def test_an_unknown_feature_names_its_nearest_neighbour():
    with pytest.raises(FeatureError, match='Did you mean "orders_30d"'):
        features([event("ann", days_before(1))]).column("order_30d")
