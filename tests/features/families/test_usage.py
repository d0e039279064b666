"""How steadily a customer uses the shop, its app or a product."""

import math

import pytest
from hypothesis import given, settings

from features.families import usage
from features.families.kinds import ON_SITE
from pipeline.events.event_types import FEATURE_USED, LOGGED_IN, VIDEO_WATCHED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, zones
from tests.features.oracle import usage as oracle
from tests.features.oracle.agreement import agrees
from tests.features.trails import ends, logs_and_trails
from tests.rows import days_before, event

USAGE_TYPES = (*ON_SITE, *[FEATURE_USED] * 6, *[VIDEO_WATCHED] * 3)
logs = logs_and_trails(USAGE_TYPES)


def logged_in(age, nudge=0):
    return event("ann", days_before(age) + nudge * MICROSECOND, LOGGED_IN)


@settings(max_examples=60)
@given(rows=logs, cut_off=ends, zone=zones)
def test_every_column_equals_its_naive_recomputation(rows, cut_off, zone):
    agrees(usage.FEATURES, (oracle,), rows, cut_off, zone)


@pytest.mark.parametrize("days", [7, 14, 30, 60, 90, 180, 365])
@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_window_begins_with_its_first_microsecond(days, nudge, counted):
    assert asked(usage.FEATURES, logged_in(days, nudge))[f"active_days_{days}d"] == counted


def test_a_user_who_came_every_day_and_then_every_week():
    found = asked(usage.FEATURES, *(logged_in(age) for age in (30, 29, 28, 27, 20, 13, 12.9)))
    assert found["active_days_30d"] == 6
    assert found["actions_30d"] == 7
    assert found["longest_active_streak_days"] == 4
    assert found["current_active_streak_days"] == 0
    assert found["active_gap_mean_days"] == pytest.approx(17 / 5)
    assert found["inactivity_ratio"] == pytest.approx(12.9 / 3.4)


@pytest.mark.parametrize(("nudge", "streak"), [(-1, 0), (0, 2)])
def test_a_streak_goes_on_until_a_whole_day_has_passed_without_anything(nudge, streak):
    found = asked(usage.FEATURES, logged_in(3, nudge), logged_in(2, nudge))
    assert found["current_active_streak_days"] == streak
    assert found["longest_active_streak_days"] == 2


def test_features_are_told_apart_by_what_the_properties_say():
    told = ['{"feature": "export"}', '{"feature": "export", "score": 9}', '{"feature": "a"}', '{"score": 7}', None]
    uses = [event("ann", days_before(10 + place), FEATURE_USED, properties=text) for place, text in enumerate(told)]
    found = asked(usage.FEATURES, *uses, event("ann", days_before(100), FEATURE_USED, properties='{"feature": "b"}'))
    assert found["feature_uses_30d"] == 5
    assert found["features_used_90d"] == 2
    assert found["days_since_last_feature_use"] == 10


def test_what_is_no_text_is_no_feature():
    told = ['{"feature": 7}', '{"feature": null}', '{"feature": ["a"]}', '{"feature": "ä"}']
    uses = [event("ann", days_before(10), FEATURE_USED, properties=text) for text in told]
    assert asked(usage.FEATURES, *uses)["features_used_90d"] == 1


def test_seconds_of_videos_are_summed_as_far_as_they_are_known():
    videos = [event("ann", days_before(5), VIDEO_WATCHED, duration_seconds=seconds) for seconds in (90, 30.5, None)]
    found = asked(usage.FEATURES, *videos)
    assert found["videos_watched_365d"] == 3
    assert found["video_seconds_365d"] == 120.5


def test_the_rhythm_begins_with_the_second_active_day():
    found = asked(usage.FEATURES, logged_in(5), logged_in(4.9))
    assert math.isnan(found["active_gap_mean_days"])
    assert math.isnan(found["inactivity_ratio"])
    assert math.isnan(found["active_days_trend_30d"])
