"""How often a customer comes to look, at what, and for how long."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings

from features.builder import planned
from features.families import browsing
from features.families.kinds import ON_SITE
from pipeline.events.event_types import ITEM_PURCHASED, ORDER_PLACED, PAGE_VIEWED, PRODUCT_VIEWED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, SHOP, zones
from tests.features.oracle import browsing as oracle
from tests.features.oracle.agreement import agrees
from tests.features.trails import ends, logs_and_trails
from tests.rows import days_before, event

MINUTE = 1 / 24 / 60  # in days
BROWSING_TYPES = (*ON_SITE, *[PRODUCT_VIEWED] * 6, *[PAGE_VIEWED] * 2, *[ITEM_PURCHASED] * 3, *[ORDER_PLACED] * 2)
logs = logs_and_trails(BROWSING_TYPES)


def viewed(age, product="cup", nudge=0, **fields):
    return event("ann", days_before(age) + nudge * MICROSECOND, PRODUCT_VIEWED, product_id=product, **fields)


def page(age, address):
    return event("ann", days_before(age), PAGE_VIEWED, page=address)


@settings(max_examples=60)
@given(rows=logs, cut_off=ends, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(browsing.FEATURES, (oracle,), rows, cut_off, zone)


@pytest.mark.parametrize("days", [1, 7, 14, 30, 60, 90, 180, 365])
@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_window_begins_with_its_first_microsecond(days, nudge, counted):
    assert asked(browsing.FEATURES, viewed(days, nudge=nudge))[f"product_views_{days}d"] == counted


@pytest.mark.parametrize(("nudge", "visits", "seconds"), [(0, 1, 1800), (1, 2, 0)])
def test_a_visit_ends_after_half_an_hour_of_nothing_to_the_microsecond(nudge, visits, seconds):
    found = asked(browsing.FEATURES, viewed(5), viewed(5 - 30 * MINUTE, nudge=nudge))
    assert found["visits_7d"] == visits
    assert found["visit_seconds_30d"] == seconds


def test_a_visit_counts_in_the_window_in_which_it_began():
    found = asked(browsing.FEATURES, viewed(7 + 10 * MINUTE), viewed(7 - 10 * MINUTE), viewed(3))
    assert found["visits_7d"] == 1
    assert found["visits_14d"] == 2
    assert found["seconds_per_visit_90d"] == 600


def test_an_evening_of_looking_at_cups():
    rows = [
        page(8, "/"),
        viewed(8 - 2 * MINUTE, "cup", duration_seconds=40, category="tea"),
        viewed(8 - 4 * MINUTE, "mug", duration_seconds=20, category="tea"),
        viewed(2, "cup"),
        viewed(2 - 1 * MINUTE, None),
    ]
    found = asked(browsing.FEATURES, *rows)
    assert found["visits_30d"] == 2
    assert found["product_views_per_visit_90d"] == 2
    assert found["viewed_products_30d"] == 2
    assert found["products_viewed_again_30d"] == 1
    assert found["top_product_view_share_30d"] == pytest.approx(2 / 3)
    assert found["seconds_per_product_view_90d"] == 30
    assert found["viewed_categories_365d"] == 1


def test_a_product_is_unbought_until_it_is_bought_after_the_last_view():
    bought = event("ann", days_before(5), ITEM_PURCHASED, product_id="cup")
    found = asked(browsing.FEATURES, viewed(6, "cup"), viewed(6, "mug"), bought)
    assert found["viewed_unbought_products_30d"] == 1
    assert found["viewed_product_bought_share_365d"] == 0.5
    assert asked(browsing.FEATURES, viewed(6, "cup"), bought, viewed(4, "cup"))["viewed_unbought_products_30d"] == 1


def test_visits_since_the_last_order_are_all_of_them_before_the_first():
    visits = [viewed(age) for age in (20, 10, 5)]
    assert asked(browsing.FEATURES, *visits)["visits_since_last_order"] == 3
    assert asked(browsing.FEATURES, *visits, event("ann", days_before(10)))["visits_since_last_order"] == 1


def test_a_key_page_is_known_by_a_word_in_its_address_whatever_its_case():
    found = asked(browsing.FEATURES, page(10, "/en/PRICING#plans"), page(2, "/about"), page(1, None))
    assert found["key_page_views_7d"] == 0
    assert found["key_page_views_30d"] == 1
    assert found["days_since_last_key_page_view"] == 10


def test_a_shop_without_key_words_has_no_columns_about_them():
    names = [column.name for column in planned(replace(SHOP, key_pages=()), browsing.FEATURES).described]
    assert "page_views_30d" in names
    assert not [name for name in names if "key_page" in name]


def test_orders_from_a_till_need_no_visit():
    found = asked(browsing.FEATURES, event("ann", days_before(3)))
    assert math.isnan(found["orders_per_visit_365d"])
    assert math.isnan(found["days_since_last_visit"])
    assert found["visits_365d"] == 0
