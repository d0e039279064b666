"""Rate limits are kept to in every window, by whatever clock."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrate_limiter import Duration, Rate

from pipeline.publish.destinations.pacing import Pace, SystemClock
from tests.loopback import SimulatedClock

BURST, STEADY = Rate(10, Duration.SECOND), Rate(150, Duration.MINUTE)


def done_at(pace, clock, count, pauses=()):
    """The moments at which that many things were done, with a pause before each."""
    moments = []
    for number in range(count):
        if pauses:
            clock.sleep(pauses[number % len(pauses)])
        pace.wait()
        moments.append(clock.now())
    return np.array(moments)


def most_in_any(moments, seconds):
    """The most that lie in a window of that length, wherever it begins."""
    return max(np.searchsorted(moments, moments + seconds, side="left") - np.arange(len(moments)))


def test_the_limits_are_used_to_the_full():
    clock = SimulatedClock()
    moments = done_at(Pace([BURST, STEADY], clock), clock, 600)
    assert most_in_any(moments, 1) == 10
    assert most_in_any(moments, 60) == 150
    assert moments[-1] - moments[0] < 196


@given(pauses=st.lists(st.floats(0, 3), min_size=1, max_size=20), began=st.floats(0, 1e6))
def test_no_window_ever_holds_more_than_its_rate(pauses, began):
    clock = SimulatedClock(began)
    moments = done_at(Pace([BURST, STEADY], clock), clock, 400, pauses)
    assert most_in_any(moments, 1) <= 10
    assert most_in_any(moments, 60) <= 150


@pytest.mark.parametrize("rates", [[STEADY, BURST], [Rate(10, Duration.SECOND), Rate(600, Duration.MINUTE)]])
def test_rates_may_stand_in_any_order_and_be_the_same(rates):
    clock = SimulatedClock()
    moments = done_at(Pace(rates, clock), clock, 200)
    assert all(most_in_any(moments, rate.interval / 1000) <= rate.limit for rate in rates)


def test_what_was_done_long_ago_is_not_remembered():
    clock = SimulatedClock()
    pace = Pace([BURST], clock)
    done_at(pace, clock, 5_000)
    assert pace._done.count() <= 20  # noqa: SLF001 - a sync of a million requests must not fill the memory


def test_the_machines_clock_goes_on():
    clock = SystemClock()
    began = clock.now()
    clock.sleep(0.01)
    assert clock.now() - began >= 0.01
