from dataclasses import replace

import pytest

from models.tasks import TASKS, validate
from pipeline.errors import ConditionError

CHURN = TASKS[0]
WHERE = "where => category = 'boots' and price > 50"


@pytest.mark.parametrize(
    "population",
    [
        "orders_365d >= 1 and count(product_viewed, within => '7 days') >= 3",
        f"happened(order_placed, since => '2026-01-01', {WHERE})",
        "days_since(last(order_placed)) < 30",
        "percentile(sum(order_placed, amount), among => orders_365d >= 1) > 50",
    ],
)
def test_a_population_may_ask_about_events(population: str) -> None:
    validate(replace(CHURN, population=population), ["orders_365d"])


@pytest.mark.parametrize(
    ("asked", "column"),
    [
        ("sequence(cart_added, order_placed)", 22),
        ("in_segment(vip)", 22),
        ("consented('email')", 22),
        ("bucket('half') < 50", 22),
    ],
)
def test_a_population_asks_no_other_question(asked: str, column: int) -> None:
    with pytest.raises(ConditionError) as error:
        validate(replace(CHURN, population=f"orders_365d >= 1 and {asked}"), ["orders_365d"])
    assert str(error.value).startswith(
        "task churn, population: expected columns and events such as count(order_placed), "
        f'got "{asked.removesuffix(" < 50")}" at line 1, column {column}'
    )
    assert str(error.value).endswith(" Sequences, other segments, consents and buckets are for segments only, so far.")


@pytest.mark.parametrize(
    "target",
    [f"never(order_placed, {WHERE})", f"count(order_placed, {WHERE}) > 2", f"sum(order_placed, amount, {WHERE}) * 2"],
)
def test_a_target_may_ask_of_some_events_of_a_type_only(target: str) -> None:
    validate(replace(CHURN, target=target), ["orders_365d"])


@pytest.mark.parametrize(
    "asked",
    [
        "first(order_placed)",
        "last(order_placed, amount)",
        "sequence(cart_added, order_placed)",
        "in_segment(vip)",
        "consented('email')",
        "bucket('half')",
        "days_since('2026-01-01')",
    ],
)
def test_a_target_asks_only_what_comes(asked: str) -> None:
    with pytest.raises(ConditionError, match="task churn, target: expected only count, sum, happened, never of what"):
        validate(replace(CHURN, target=f"happened(order_placed) and {asked} is null"), ["orders_365d"])


@pytest.mark.parametrize(
    "period",
    [
        "within => '7 days'",
        "before => '7 days'",
        "since => '2026-01-01'",
        "until => '2026-01-01'",
        "anniversary => '1 day'",
    ],
)
def test_a_target_has_no_time_but_the_horizon(period: str) -> None:
    with pytest.raises(ConditionError) as error:
        validate(replace(CHURN, target=f"never(order_placed, {period})"), ["orders_365d"])
    assert str(error.value).startswith("task churn, target: expected an event without a time of its own, got ")
    assert str(error.value).endswith(" It is about the task's horizon: set that, and the gap where it begins later.")


def test_a_misspelt_field_of_a_target_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConditionError, match=r'task churn, target: .*got "categry".*Did you mean "category"'):
        validate(replace(CHURN, target="never(order_placed, where => categry = 'boots')"), ["orders_365d"])
