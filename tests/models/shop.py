"""A made-up shop in NumPy, whose customers' own rates of ordering drive both features and outcome."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from features.feature import FeatureColumn
from features.matrix import FeatureMatrix
from models.examples import Examples, pool
from models.tasks import TASKS, Task

Floats = npt.NDArray[np.float64]
CHURN, PURCHASE, SPEND = TASKS
AS_OF = datetime(2026, 9, 1, tzinfo=UTC)
START = AS_OF - timedelta(days=700)
TOPICS = {
    "days_since_last_order": "recency",
    "days_since_first_order": "tenure",
    "orders_90d": "frequency",
    "orders_365d": "frequency",
    "orders_lifetime": "frequency",
    "order_gap_mean_days": "cadence",
    "order_gap_last_days": "cadence",
    "order_gap_widening": "cadence",
    "overdue_ratio": "recency",
    "revenue_90d": "value",
    "revenue_365d": "value",
    "revenue_lifetime": "value",
    "average_order_value_365d": "value",
    "average_order_value_lifetime": "value",
    "revenue_trend_90d": "trend",
    "products_365d": "breadth",
    "products_lifetime": "breadth",
    "refund_share_365d": "returns",
    "gift_season_order_share": "season",
}
COLUMNS = tuple(FeatureColumn(name, "", "", "", topic) for name, topic in TOPICS.items())


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def matrix_of(
    rows: Sequence[Mapping[str, float]], as_of: datetime = AS_OF, columns: Sequence[FeatureColumn] = COLUMNS
) -> FeatureMatrix:
    """Rows written by hand; a feature left out is null."""
    values = np.array([[row.get(column.name, np.nan) for column in columns] for row in rows], dtype=np.float64)
    names = np.array([f"c{number}" for number in range(len(rows))], dtype=object)
    return FeatureMatrix(names, _moments(as_of, len(rows)), tuple(columns), values.reshape(len(rows), len(columns)))


def cut_offs(count: int, horizon: timedelta = CHURN.horizon, as_of: datetime = AS_OF) -> list[datetime]:
    return [as_of - horizon - timedelta(days=30 * step) for step in reversed(range(count))]


def shop(customers: int, moments: list[datetime], *, task: Task = CHURN, seed: int = 0) -> Examples:
    """Customers at each moment with what became of them over the task's horizon."""
    random = np.random.default_rng(seed)
    rate = random.gamma(0.8, 0.02, customers) + 0.001
    price = random.lognormal(3, 0.6, customers)
    orders = [_orders(random, one) for one in rate]
    return pool([_at(moment, orders, price, task) for moment in moments])


def _orders(random: np.random.Generator, rate: float) -> Floats:
    begin = random.uniform(0, 500)
    return np.sort(np.append(begin, random.uniform(begin, 800, random.poisson(rate * (800 - begin)))))


def _at(moment: datetime, orders: list[Floats], price: Floats, task: Task) -> Examples:
    day = (moment - START) / timedelta(days=1)
    past = {i: days[days < day] for i, days in enumerate(orders)}
    known = [i for i, days in past.items() if len(days) and days[-1] >= day - 365]
    after = np.array([((orders[i] >= day) & (orders[i] < day + task.horizon_days)).sum() for i in known])
    names = np.array([f"c{i:05}" for i in known], dtype=object)
    values = np.array([_features(past[i], day, price[i]) for i in known])
    return Examples(
        FeatureMatrix(names, _moments(moment, len(known)), COLUMNS, values), _label(task, after, price[known])
    )


def shuffled(examples: Examples, seed: int) -> Examples:
    return Examples(examples.matrix, np.random.default_rng(seed).permutation(examples.label))


def _moments(moment: datetime, count: int) -> npt.NDArray[np.datetime64]:
    return np.full(count, np.datetime64(moment.replace(tzinfo=None), "us"))


def _label(task: Task, after: npt.NDArray[np.int_], price: Floats) -> Floats:
    if task.name == "spend":
        return after * price
    return np.asarray((after == 0) if task.name == "churn" else (after > 0), dtype=np.float64)


def _features(orders: Floats, day: float, price: float) -> list[float]:
    gaps = np.diff(orders)
    gap, last_gap = (gaps.mean(), gaps[-1]) if len(gaps) else (np.nan, np.nan)
    since, quarter, year = day - orders[-1], (orders >= day - 90).sum(), (orders >= day - 365).sum()
    before = ((orders >= day - 180) & (orders < day - 90)).sum()
    return [
        since, day - orders[0], quarter, year, len(orders), gap, last_gap, last_gap / gap, since / gap,
        quarter * price, year * price, len(orders) * price, price, price,
        quarter / before if before else np.nan, 3.0 * year, 3.0 * len(orders), 0.02 * (len(orders) % 3),
        (orders % 365 > 273).mean(),
    ]  # fmt: skip
