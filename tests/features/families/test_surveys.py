"""What a customer answers when asked."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import surveys
from pipeline.events.event_types import SURVEY_ANSWERED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments
from tests.features.oracle import surveys as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import days_before, event

logs = st.lists(events(event_types=(SURVEY_ANSWERED,)), min_size=1, max_size=25)


def answered(age, properties):
    return event("ann", days_before(age), SURVEY_ANSWERED, properties=properties)


@settings(max_examples=50)
@given(rows=logs, cut_off=moments)
def test_every_column_equals_its_naive_recomputation(rows, cut_off):
    agrees(surveys.FEATURES, (oracle,), rows, cut_off)


def test_a_contented_customer_who_is_less_so_now():
    found = asked(
        surveys.FEATURES, answered(500, '{"score": 10}'), answered(200, '{"score": 9}'), answered(20, '{"score": 5}')
    )
    assert found["last_survey_score"] == 5
    assert found["mean_survey_score_365d"] == 7
    assert found["mean_survey_score_lifetime"] == 8
    assert found["survey_score_change"] == -3
    assert found["days_since_last_survey"] == 20


@pytest.mark.parametrize("said", [None, '{"comment": "fine"}', '{"score": "nine"}', '{"score": true}'])
def test_an_answer_without_a_score_is_an_answer_but_no_score(said):
    found = asked(surveys.FEATURES, answered(30, '{"score": 4}'), answered(3, said))
    assert found["surveys_answered_90d"] == 2
    assert found["last_survey_score"] == found["mean_survey_score_365d"] == 4
    assert math.isnan(found["survey_score_spread"])


def test_who_never_gave_a_score_has_none():
    found = asked(surveys.FEATURES, answered(3, None))
    assert all(math.isnan(found[name]) for name in ("last_survey_score", "mean_survey_score_365d"))


@pytest.mark.parametrize(("nudge", "counted"), [(-1, 0), (0, 1), (1, 1)])
def test_a_window_begins_with_its_first_microsecond(nudge, counted):
    row = event("ann", days_before(90) + nudge * MICROSECOND, SURVEY_ANSWERED)
    assert asked(surveys.FEATURES, row)["surveys_answered_90d"] == counted
