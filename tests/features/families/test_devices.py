"""On what a customer visits the shop."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import planned
from features.families import devices
from pipeline.events.event_types import FEATURE_USED, PAGE_VIEWED, PRODUCT_VIEWED, SEARCHED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, SHOP, events, moments, zones
from tests.features.oracle import devices as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

KINDS = (PAGE_VIEWED, PRODUCT_VIEWED, SEARCHED, FEATURE_USED)
logs = st.lists(events(event_types=KINDS), min_size=1, max_size=25)


def page(age, device):
    return event("ann", days_before(age), PAGE_VIEWED, device=device)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(devices.FEATURES, (oracle,), rows, cut_off, zone)


def test_a_customer_who_has_changed_from_desktop_to_telephone():
    found = asked(
        devices.FEATURES, page(200, "desktop"), page(20, "mobile"), page(10, "mobile"), page(5, "mobile"), page(1, None)
    )
    assert found["visit_device_share_mobile_365d"] == 0.75
    assert found["visit_device_share_desktop_365d"] == 0.25
    assert found["visit_device_share_other_365d"] == 0
    assert found["visit_device_concentration_365d"] == pytest.approx(0.75**2 + 0.25**2)
    assert (found["devices_used_90d"], found["devices_used_365d"]) == (1, 2)
    assert (found["last_device_mobile"], found["last_device_desktop"]) == (1, 0)


@pytest.mark.parametrize(("nudge", "devices_used"), [(-1, 0), (0, 1), (1, 1)])
def test_a_visit_counts_from_the_first_microsecond_of_the_year(nudge, devices_used):
    found = asked(devices.FEATURES, event("ann", days_before(365) + nudge * MICROSECOND, PAGE_VIEWED, device="tablet"))
    assert found["devices_used_365d"] == devices_used
    assert math.isnan(found["visit_device_share_other_365d"]) is (devices_used == 0)
    assert found["last_device_other"] == 1


@pytest.mark.parametrize("turn", [1, -1])
def test_of_two_devices_at_one_instant_the_same_begins_the_visit_in_whatever_order_they_arrive(turn):
    found = asked(devices.FEATURES, *[page(3, "mobile"), page(3, "desktop")][::turn])
    assert found["visit_device_share_desktop_365d"] == 1
    assert found["last_device_mobile"] == 1


def test_a_shop_that_logs_no_devices_has_no_column_of_them():
    assert planned(replace(SHOP, terms={}), devices.FEATURES).described == ()
