"""What brings a customer."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import planned
from features.families import traffic
from pipeline.events.event_types import AD_CLICKED, LOGGED_IN, ORDER_PLACED, PAGE_VIEWED, SIGNED_UP
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, SHOP, events, moments, zones
from tests.features.oracle import traffic as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

KINDS = (AD_CLICKED, AD_CLICKED, PAGE_VIEWED, PAGE_VIEWED, LOGGED_IN, SIGNED_UP, ORDER_PLACED)
logs = st.lists(events(event_types=KINDS), min_size=1, max_size=25)


def page(age, source=None, minutes=0):
    return event("ann", days_before(age) + timedelta(minutes=minutes), PAGE_VIEWED, source=source)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(traffic.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_whom_a_search_brought_and_advertisements_keep():
    found = asked(
        traffic.FEATURES,
        page(300, "google"),
        page(40, "ads"),
        event("ann", days_before(40), AD_CLICKED, source="ads"),
        event("ann", days_before(36), ORDER_PLACED),
        page(20, "social"),
        page(10),
    )
    assert found["visit_source_share_ads_90d"] == pytest.approx(1 / 3)
    assert found["visit_source_share_other_lifetime"] == pytest.approx(1 / 4)
    assert found["unknown_source_share_365d"] == pytest.approx(1 / 4)
    assert (found["first_source_google"], found["first_source_ads"], found["first_source_other"]) == (1, 0, 0)
    assert (found["last_source_google"], found["last_source_ads"], found["last_source_other"]) == (0, 0, 1)
    assert found["sources_used_365d"] == 3
    assert found["ad_visit_share_365d"] == pytest.approx(1 / 4)
    assert found["ad_clicks_before_order_share_365d"] == 1
    assert found["days_since_last_ad_click"] == 40


def test_a_visit_has_the_source_with_which_it_began():
    found = asked(traffic.FEATURES, page(5, "ads"), page(5, "google", minutes=20), page(5, "google", minutes=60))
    assert found["visit_source_share_ads_90d"] == 0.5
    assert found["visit_source_share_google_90d"] == 0.5


@pytest.mark.parametrize(("nudge", "brought"), [(-1, 1), (0, 1), (1, 0)])
def test_an_advertisement_brings_a_visit_in_its_first_minute(nudge, brought):
    followed = days_before(5) + timedelta(minutes=1) + nudge * MICROSECOND
    found = asked(traffic.FEATURES, page(5), event("ann", followed, AD_CLICKED))
    assert found["ad_visit_share_365d"] == brought


@pytest.mark.parametrize(("nudge", "share"), [(-1, 0.5), (0, 1), (1, 1)])
def test_an_advertisement_of_the_last_seven_days_may_still_bring_an_order(nudge, share):
    found = asked(
        traffic.FEATURES,
        event("ann", days_before(100), AD_CLICKED),
        event("ann", days_before(93), ORDER_PLACED),
        event("ann", days_before(7) + nudge * MICROSECOND, AD_CLICKED),
    )
    assert found["ad_clicks_before_order_share_365d"] == share


def test_a_customer_of_whom_no_source_is_known_has_neither_a_first_nor_a_last_one():
    found = asked(traffic.FEATURES, page(5))
    assert math.isnan(found["first_source_google"])
    assert math.isnan(found["last_source_other"])
    assert found["unknown_source_share_365d"] == 1
    assert found["visit_source_share_other_90d"] == 0


def test_a_shop_that_logs_no_sources_has_columns_of_advertisements_alone():
    shop = replace(SHOP, terms={})
    names = {column.name for column in planned(shop, traffic.FEATURES).described}
    assert len(names) == 7
    assert not any("source" in name for name in names)
