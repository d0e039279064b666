"""The `where` of a question, over events that can be checked by eye."""

from datetime import UTC, datetime

import pytest

from pipeline.conditions.event_requests import Clock, reading, request
from pipeline.conditions.parse import parse
from pipeline.windows.asked import ALWAYS
from tests.pipeline.conditions.event_asking import asked, order, view
from tests.rows import AS_OF, event


@pytest.mark.parametrize(
    ("where", "counted"),
    [
        ("category = 'boots'", 1),
        ("category != 'boots'", 1),
        ("not category = 'boots'", 1),
        ("category is null", 1),
        ("category in ('tea', 'boots')", 2),
        ("category contains 'OO'", 1),
        ("category not contains 'oo'", 1),
        ("category = 'boots' or category is null", 2),
        ("not (category = 'boots' and amount > 15)", 2),
        ("not (category = 'tea' or amount > 15)", 1),
        ("category = country", 1),
        ("amount > 10.1", 1),
        ("amount >= 10.1", 2),
        ("amount + 0 = 10.1", 1),
        ("amount between 10.1 and 19.9999", 1),
        ("price = 10", 1),
        ("amount / 0 > 1", 0),
        ("hour = 12 and weekday = 2", 1),
        ("month = 2", 3),
        ("order_id = 'o1'", 1),
        ("properties.colour = 'red'", 1),
        ("properties.score >= 7", 2),
        ("properties.score = '7'", 1),
        ("properties.score is not null", 3),
        ("properties.amount = 5", 1),
    ],
)
def test_where_looks_at_the_event_alone(where, counted):
    rows = [
        view(3.5, category="boots", amount="10.1", order_id="o1", properties='{"colour": "red", "score": 7}'),
        view(3, category="tea", country="tea", amount=20, quantity=2, properties='{"score": 9.5, "amount": 5}'),
        view(2, properties='{"score": "7"}'),
    ]
    assert asked(f"count(product_viewed, where => {where})", *rows) == counted


@pytest.mark.parametrize(("zone", "month"), [("UTC", 1), ("Pacific/Auckland", 2)])
def test_the_calendar_is_that_of_the_shop(zone, month):
    row = event("ann", datetime(2026, 1, 31, 20, tzinfo=UTC))
    assert asked(f"happened(order_placed, where => month = {month})", row, zone=zone)


def test_an_amount_is_the_decimal_that_it_is_compared_with():
    cents = [order(3, amount=f"0.{hundredths:02}") for hundredths in range(100)]
    for text in ("0.07", "0.29", "0.57", "0.58"):
        assert asked(f"count(order_placed, where => amount = {text})", *cents) == 1
        assert asked(f"count(order_placed, where => amount < {text})", *cents) == int(text[2:])


@pytest.mark.parametrize("score", ["1e300", "1" + 400 * "0", "NaN"])
def test_a_number_that_the_log_could_not_hold_is_null(score):
    assert (
        asked("count(product_viewed, where => properties.score > 0)", view(3, properties=f'{{"score": {score}}}')) == 0
    )


def test_a_question_reads_the_columns_that_it_names_and_properties_of_its_own_events_alone():
    texts = ["sum(order_placed, amount)", "count(product_viewed, where => properties.colour = 'red' and price > 5)"]
    questions = [parse(text) for text in texts]
    read = reading(questions, [request(question, Clock(AS_OF, "UTC")) for question in questions])
    assert read.event_types == ("order_placed", "product_viewed")
    assert set(read.columns) == {*ALWAYS, "amount", "quantity", "properties"}
    assert read.saying == ("product_viewed",)
