"""The shop's own clock, against the standard library's."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.windows.calendar import Calendar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]
INSTANTS = st.datetimes(datetime(1999, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def microseconds(instants):
    return np.array([(instant - EPOCH) // timedelta(microseconds=1) for instant in instants], np.int64)


@pytest.mark.parametrize("zone", ZONES)
@given(instants=st.lists(INSTANTS, min_size=1, max_size=5))
def test_hour_weekday_and_month_are_what_a_clock_in_the_shop_says(zone, instants):
    calendar, there = Calendar(zone), [instant.astimezone(ZoneInfo(zone)) for instant in instants]
    us = microseconds(instants)
    assert calendar.hour(us).tolist() == [local.hour for local in there]
    assert calendar.weekday(us).tolist() == [local.weekday() for local in there]
    assert calendar.month(us).tolist() == [local.month for local in there]


def test_the_hour_that_summer_time_leaves_out_is_left_out():
    before = datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=UTC)
    us = microseconds([before, before + timedelta(microseconds=1)])
    assert Calendar("Europe/Berlin").hour(us).tolist() == [1, 3]


def test_no_instants_have_no_hours():
    assert Calendar("Europe/Berlin").hour(np.array([], np.int64)).tolist() == []
