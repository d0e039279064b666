"""What a customer searches for in the shop, and whether it is found."""

import math

import pytest
from hypothesis import given, settings

from features.families import search
from features.families.kinds import ON_SITE
from pipeline.events.event_types import ORDER_PLACED, PRODUCT_VIEWED, SEARCHED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, zones
from tests.features.oracle import search as oracle
from tests.features.oracle.agreement import agrees
from tests.features.trails import ends, logs_and_trails
from tests.rows import days_before, event

MINUTE = 1 / 24 / 60  # in days
SEARCH_TYPES = (*[SEARCHED] * 6, *ON_SITE, *[PRODUCT_VIEWED] * 3, *[ORDER_PLACED] * 3)  # searches are what matters
logs = logs_and_trails(SEARCH_TYPES)


def searched(age, query="tea", nudge=0):
    return event("ann", days_before(age) + nudge * MICROSECOND, SEARCHED, query=query)


@settings(max_examples=60)
@given(rows=logs, cut_off=ends, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(search.FEATURES, (oracle,), rows, cut_off, zone)


@pytest.mark.parametrize("days", [7, 30, 90, 365])
@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_window_begins_with_its_first_microsecond(days, nudge, counted):
    assert asked(search.FEATURES, searched(days, nudge=nudge))[f"searches_{days}d"] == counted


def test_the_same_words_on_two_days_are_one_query_repeated():
    found = asked(search.FEATURES, searched(20), searched(3), searched(3 - MINUTE, "pot"), searched(2, None))
    assert found["searches_30d"] == 4
    assert found["search_queries_365d"] == 2
    assert found["repeated_search_queries_365d"] == 1
    assert found["searches_per_visit_90d"] == pytest.approx(4 / 3)


@pytest.mark.parametrize(("nudge", "share"), [(0, 1), (1, 0)])
def test_a_search_leads_to_a_product_that_is_viewed_within_half_an_hour(nudge, share):
    view = event("ann", days_before(5 - 30 * MINUTE) + nudge * MICROSECOND, PRODUCT_VIEWED, product_id="cup")
    assert asked(search.FEATURES, searched(5), view)["search_view_share_365d"] == share


@pytest.mark.parametrize(("nudge", "share"), [(0, 0.5), (1, 0)])
def test_a_search_leads_to_an_order_that_is_placed_within_24_hours(nudge, share):
    order = event("ann", days_before(4) + nudge * MICROSECOND)
    assert asked(search.FEATURES, searched(5), searched(30), order)["search_order_share_365d"] == share


@pytest.mark.parametrize(("nudge", "share"), [(-1, 0), (0, math.nan)])
def test_nothing_is_said_about_a_search_before_its_24_hours_are_over(nudge, share):
    found = asked(search.FEATURES, searched(1, nudge=nudge))
    assert found["search_order_share_365d"] == pytest.approx(share, nan_ok=True)
