from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.shop.simulate import simulate

END = datetime(2026, 7, 1, tzinfo=UTC)
AS_OF = END - timedelta(days=90)


@pytest.fixture(scope="module")
def buyers() -> dict[str, np.ndarray]:
    """Return recency, frequency and churn of customers with an order in the year before AS_OF."""
    events = simulate(4000, datetime(2024, 7, 1, tzinfo=UTC), END, seed=1).events
    orders = events.filter(pc.equal(events["event_type"], "order_placed")).select(["customer_id", "occurred_at"])
    before = [row for row in orders.to_pylist() if AS_OF - timedelta(days=365) <= row["occurred_at"] < AS_OF]
    after = {row["customer_id"] for row in orders.to_pylist() if row["occurred_at"] >= AS_OF}
    moments: dict[str, list[datetime]] = {}
    for row in before:
        moments.setdefault(row["customer_id"], []).append(row["occurred_at"])
    return {
        "recency": np.array([(AS_OF - max(at)) / timedelta(days=1) for at in moments.values()]),
        "frequency": np.array([len(at) for at in moments.values()]),
        "churned": np.array([customer not in after for customer in moments]),
    }


def test_more_than_half_of_the_last_years_buyers_stay_away_for_90_days(buyers: dict[str, np.ndarray]) -> None:
    assert 0.55 < buyers["churned"].mean() < 0.70


def test_recency_alone_predicts_churn_well_but_not_perfectly(buyers: dict[str, np.ndarray]) -> None:
    assert 0.65 < roc_auc_score(buyers["churned"], buyers["recency"]) < 0.80


def test_frequency_alone_predicts_churn_well_but_not_perfectly(buyers: dict[str, np.ndarray]) -> None:
    assert 0.62 < roc_auc_score(buyers["churned"], -buyers["frequency"]) < 0.80
