"""What is known of a customer beside events."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.families import surveys, traits
from features.vocabulary import Vocabulary
from pipeline.events.event_types import SURVEY_ANSWERED
from tests.features.asked import asked
from tests.features.logs import MICROSECOND, events, moments, people
from tests.features.oracle import surveys as surveys_oracle
from tests.features.oracle import traits as oracle
from tests.features.oracle.agreement import agrees
from tests.rows import AS_OF, days_before, event

# Traits alone make nobody known: it takes an event of another family.
BOTH = (*traits.FEATURES, *surveys.FEATURES)
logs = st.lists(events(event_types=(SURVEY_ANSWERED,)), min_size=1, max_size=9)
answers = st.lists(people(), max_size=6, unique_by=lambda row: (row["customer_id"], row["received_at"]))
SEEN = event("ann", days_before(100), SURVEY_ANSWERED)


def about(text, received_at):
    return {"customer_id": "ann", "received_at": received_at, "traits": text}


def told(*rows):
    return {name: value for name, value in asked(BOTH, SEEN, answers=rows).items() if name.startswith("trait_")}


@settings(max_examples=50)
@given(rows=logs, answers=answers, cut_off=moments)
def test_every_column_equals_its_naive_recomputation(rows, answers, cut_off):
    agrees(BOTH, (oracle, surveys_oracle), rows, cut_off, answers=answers)


def test_a_gold_customer_with_a_score_of_three():
    assert told(about('{"plan": "gold", "score": 3}', days_before(9))) == {
        "trait_plan_gold": 1,
        "trait_plan_free": 0,
        "trait_plan_other": 0,
        "trait_score": 3,
    }


def test_a_plan_that_nobody_had_when_the_names_were_learned_is_another():
    found = told(about('{"plan": "platinum"}', days_before(9)))
    assert (found["trait_plan_gold"], found["trait_plan_free"], found["trait_plan_other"]) == (0, 0, 1)


def test_the_newest_row_counts_even_when_it_says_nothing():
    found = told(about('{"plan": "gold", "score": 3}', days_before(9)), about('{"score": 4}', days_before(8)))
    assert found["trait_score"] == 4
    assert all(math.isnan(found[f"trait_plan_{text}"]) for text in ("gold", "free", "other"))


@pytest.mark.parametrize(("nudge", "score"), [(-1, 4), (0, 3)])
def test_a_row_counts_from_the_moment_after_it_arrived(nudge, score):
    found = told(about('{"score": 3}', days_before(9)), about('{"score": 4}', AS_OF + nudge * MICROSECOND))
    assert found["trait_score"] == score


def test_a_shop_that_names_no_traits_has_no_column_of_them():
    columns = [column for feature in traits.FEATURES for column in feature.columns(Vocabulary())]
    assert columns == []
