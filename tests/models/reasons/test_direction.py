from datetime import timedelta

import pytest

from models.ready import READY
from models.reasons.direction import means_leaving
from models.reasons.phrase import LEAVING, STAYING
from models.tasks import TASKS, Task


@pytest.mark.parametrize(
    ("target", "direction"),
    [
        ("never(order_placed)", LEAVING),
        ("not happened(order_placed)", LEAVING),
        ("happened(order_placed)", STAYING),
        ("count(order_placed) >= 2", STAYING),
        ("2 <= count(order_placed)", STAYING),
        ("count(order_placed) < 2", LEAVING),
        ("count(order_placed)", STAYING),
        ("sum(order_placed, amount) - sum(order_refunded, amount)", STAYING),
        ("-count(page_viewed)", LEAVING),
        ("happened(subscription_cancelled)", LEAVING),
        ("happened(email_unsubscribed) or never(email_opened)", LEAVING),
        ("never(subscription_cancelled)", STAYING),
        ("happened(order_placed) and happened(support_contacted)", STAYING),
        ("happened(order_placed) and happened(subscription_cancelled)", None),
        ("count(order_placed) / count(page_viewed)", None),
        ("count(order_placed) = 2", None),
        ("count(order_placed) between 1 and 2", None),
        ("happened(support_contacted)", None),
        ("happened(order_refunded)", None),
    ],
)
def test_the_target_says_which_way_a_score_points(target: str, direction: bool | None) -> None:  # noqa: FBT001 - a column of the table above
    assert means_leaving(Task("goal", "orders_365d >= 1", target, timedelta(days=30))) is direction


def test_every_ready_task_points_somewhere() -> None:
    assert None not in {means_leaving(task) for task in (*TASKS, *READY)}
    leaving = {task.name for task in (*TASKS, *READY) if means_leaving(task) is LEAVING}
    assert leaving == {"churn", "churn_7d", "subscription_churn", "subscription_cancellation", "usage_churn"}
