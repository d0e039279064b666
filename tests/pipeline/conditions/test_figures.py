"""What is asked of events, over rows that can be checked by eye."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from pipeline.conditions.figures import event_types_of, figures
from pipeline.conditions.parse import parse
from pipeline.errors import ConditionError
from pipeline.events.history import history_of
from tests.pipeline.conditions.event_asking import MICROSECOND, VIEW, asked, order
from tests.rows import AS_OF, days_before, event, table


@pytest.mark.parametrize(
    ("text", "found", "missing"),
    [
        ("count(order_placed)", 2.0, 0.0),
        ("sum(order_placed, amount)", 30.3, 0.0),
        ("happened(order_placed)", True, False),
        ("never(order_placed)", False, True),
        ("first(order_placed)", days_before(9), None),
        ("last(order_placed)", days_before(2), None),
        ("first(order_placed, amount)", 10.1, None),
        ("last(order_placed, country)", "NZ", None),
        ("sequence(order_placed, order_placed)", True, False),
    ],
)
def test_an_answer_for_somebody_and_for_whoever_has_no_such_event(text, found, missing):
    rows = [order(9, amount=10.1, country="DE"), order(2, amount=20.2, country="NZ")]
    seen = event("bob", days_before(1), VIEW)
    assert asked(text, *rows, seen) == found
    assert asked(text, *rows, seen, who="bob") == missing
    assert asked(text, *rows, seen, who="zoe") == missing


def test_answers_stand_in_the_order_asked_for_and_only_known_customers_have_rows():
    history = history_of(table([order(1), event("bob", days_before(1), VIEW), event("cat", AS_OF)]), AS_OF)
    found = figures(history, [parse("count(order_placed)"), parse("never(order_placed)")])
    assert found.table["customer_id"].to_pylist() == ["ann"]
    for ids in (
        ["bob", "ann", "ann"],
        np.array(["bob", "ann", "ann"], object),
        pa.chunked_array([["bob"], ["ann"] * 2]),
    ):
        assert {name: told.to_pylist() for name, told in found.beside(ids).items()} == {
            found.names[parse("count(order_placed)")]: [0, 1, 1],
            found.names[parse("never(order_placed)")]: [True, False, False],
        }


def test_the_same_question_in_other_words_is_answered_once():
    history = history_of(table([order(1)]), AS_OF)
    assert len(figures(history, [parse("count(order_placed)"), parse(" COUNT( order_placed )")]).names) == 1


def test_no_questions_and_no_events_have_answers_too():
    nobody = history_of(table([]), AS_OF)
    assert figures(nobody, []).beside(["ann"]) == {}
    found = figures(nobody, [parse("count(order_placed)"), parse("last(order_placed, category)")])
    assert [column.to_pylist() for column in found.beside(["ann"]).values()] == [[0], [None]]
    assert event_types_of(nobody) == frozenset()


@pytest.mark.parametrize("nudge", [-1, 0, 1])
@pytest.mark.parametrize(
    ("period", "inside"),
    [
        ("within => '7 days'", (False, True, True)),
        ("before => '7 days'", (True, False, False)),
        ("within => '9 days', before => '7 days'", (True, False, False)),
        ("since => '2026-02-22'", (False, True, True)),
        ("until => '2026-02-22'", (True, False, False)),
        ("since => '2026-02-22T01:00:00+01:00'", (False, True, True)),
        ("since => '2026-02-22', within => '30 days'", (False, True, True)),
    ],
)
def test_a_period_is_sharp_to_the_microsecond(period, inside, nudge):
    assert asked(f"happened(order_placed, {period})", order(7, nudge)) is inside[nudge + 1]


@pytest.mark.parametrize(("zone", "begun"), [("UTC", False), ("Europe/Berlin", True), ("Pacific/Auckland", True)])
def test_a_date_without_a_zone_is_by_the_clock_of_the_shop(zone, begun):
    before_midnight = event("ann", datetime(2026, 2, 19, 23, 30, tzinfo=UTC))
    assert asked("happened(order_placed, since => '2026-02-20')", before_midnight, zone=zone) is begun
    assert asked("happened(order_placed, until => '2026-02-20')", before_midnight, zone=zone) is not begun


@pytest.mark.parametrize(
    ("occurred_at", "inside"),
    [
        (datetime(2025, 3, 1, tzinfo=UTC), True),
        (datetime(2025, 3, 1, tzinfo=UTC) - MICROSECOND, False),
        (datetime(2020, 3, 14, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2025, 3, 15, tzinfo=UTC), False),
        (datetime(2026, 2, 28, tzinfo=UTC), False),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), False),  # stood for by the 28th, which was yesterday
    ],
)
def test_an_anniversary_is_at_the_moment_or_soon_after_it(occurred_at, inside):
    assert asked("happened(order_placed, anniversary => '14 days')", event("ann", occurred_at)) is inside


def test_an_anniversary_may_be_in_the_next_year():
    new_year = event("ann", datetime(2024, 1, 2, tzinfo=UTC))
    text = "happened(order_placed, anniversary => '7 days')"
    assert asked(text, new_year, as_of=datetime(2025, 12, 30, tzinfo=UTC))
    assert not asked(text, new_year, as_of=datetime(2025, 12, 20, tzinfo=UTC))


def test_an_anniversary_is_by_the_clock_of_the_shop():
    summer, winter = datetime(2025, 6, 30, 22, tzinfo=UTC), datetime(2025, 12, 31, 23, tzinfo=UTC)
    text = "happened(order_placed, anniversary => '1 day')"
    for midnight in (summer, winter):  # in Berlin
        later = midnight.replace(year=midnight.year + 1)
        assert asked(text, event("ann", midnight), as_of=later, zone="Europe/Berlin")
        assert not asked(text, event("ann", midnight), as_of=later + MICROSECOND, zone="Europe/Berlin")


@pytest.mark.parametrize("turn", [1, -1])
def test_of_events_at_one_instant_the_largest_number_and_the_last_text_count(turn):
    tied = [order(2, amount=5, category="tea"), order(2, amount=9, category="boots"), order(2)][::turn]
    rows = [order(3, amount=99, category="zebra"), *tied]
    assert asked("last(order_placed, amount)", *rows) == 9
    assert asked("last(order_placed, category)", *rows) == "tea"


def test_the_last_event_says_nothing_of_a_field_that_it_lacks():
    rows = [order(3, category="tea"), order(2)]
    assert asked("last(order_placed, category)", *rows) is None
    assert asked("last(order_placed, category, where => category is not null)", *rows) == "tea"


def test_an_instant_is_exact():
    at = datetime(2026, 2, 3, 4, 5, 6, 789_123, tzinfo=UTC)
    assert asked("last(order_placed)", event("ann", at)) == at


def test_a_moment_may_lie_before_the_histories_but_not_after_it():
    history = history_of(table([order(9), order(2)]), AS_OF)
    count = parse("count(order_placed)")
    assert figures(history, [count], days_before(5)).beside(["ann"])["figure_0"].to_pylist() == [1]
    with pytest.raises(ConditionError, match="no later than 2026-03-01"):
        figures(history, [count], AS_OF + MICROSECOND)
