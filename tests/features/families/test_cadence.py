"""The customer's own rhythm."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import cadence
from pipeline.events.event_types import ORDER_PLACED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, zones
from tests.features.oracle import cadence as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(ORDER_PLACED,)), min_size=1, max_size=25)


def orders(*ages):
    return [event("ann", days_before(age)) for age in ages]


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(cadence.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_who_comes_every_ten_days_is_expected_the_day_after_tomorrow():
    found = asked(cadence.FEATURES, *orders(38, 28, 18, 8))
    assert found["days_to_expected_order"] == 2
    assert found["order_gap_spread_ratio"] == 0
    assert found["order_gap_slowing_ratio"] == 1
    assert found["longest_gap_used_share"] == pytest.approx(0.8)


def test_a_customer_who_slows_down_after_one_long_pause_is_overdue():
    found = asked(cadence.FEATURES, *orders(191, 186, 181, 81, 71, 51, 41))
    assert found["order_gap_median_days"] == 10
    assert found["order_gap_longest_days"] == 100
    assert found["order_gap_last_over_median_ratio"] == 1
    assert found["order_gap_slowing_ratio"] == pytest.approx((10 + 20 + 10) / 3 / 25)
    assert found["days_to_expected_order"] == -16
    assert found["tenure_share_at_last_order"] == pytest.approx(150 / 191)


def test_a_single_order_has_no_rhythm_and_a_tenure_that_it_does_not_cover():
    found = asked(cadence.FEATURES, *orders(50))
    rhythm = {name for name in found if name not in {"tenure_share_at_last_order", "expected_orders_90d"}}
    assert all(math.isnan(found[name]) for name in rhythm)
    assert found["tenure_share_at_last_order"] == 0


@pytest.mark.parametrize(("nudge", "gap"), [(-1, 1), (0, math.nan), (1, math.nan)])
def test_a_gap_lies_between_two_days_which_are_counted_back_from_the_cut_off_to_the_microsecond(nudge, gap):
    found = asked(cadence.FEATURES, *orders(9), event("ann", days_before(9) + nudge * MICROSECOND))
    assert found["order_gap_longest_days"] == pytest.approx(gap, nan_ok=True)
