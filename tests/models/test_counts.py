from dataclasses import replace

import pytest

from models.counts import is_count
from models.tasks import Task
from tests.models.shop import CHURN


def task(target: str) -> Task:
    return replace(CHURN, target=target)


@pytest.mark.parametrize("target", ["count(order_placed)", "count(page_viewed)"])
def test_how_many_events_come_is_a_count(target: str) -> None:
    assert is_count(task(target))


@pytest.mark.parametrize("target", ["sum(order_placed, amount)", "happened(order_placed)", "2 * count(order_placed)"])
def test_money_and_truths_are_none(target: str) -> None:
    assert not is_count(task(target))
