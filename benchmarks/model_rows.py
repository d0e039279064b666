"""Made-up customers for the benchmark of models: real names and units of features, histories that hang together."""

from datetime import UTC, datetime, timedelta

import numpy as np

from features.builder import planned
from features.feature import FeatureColumn
from features.matrix import FeatureMatrix, stacked, utc_us
from features.vocabulary import Vocabulary
from models.examples import Examples
from models.linear import HABIT
from models.link import Floats
from models.orders.btyd import READ
from models.tasks import Task, TaskKind
from pipeline.events.event_types import EVENT_TYPES

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
CUT_OFFS = 4
APART = timedelta(days=30)
PRICE, YEAR_DAYS, NULL_SHARE = 40.0, 365, 0.3
SHOP = Vocabulary(tuple(EVENT_TYPES), {"category": ("boots",)}, (5.0, 9.5))
FIRST = tuple(dict.fromkeys((*HABIT, *READ)))  # what rules and models need stands before the rest


def matrix_of(customers: int, features: int, moment: datetime, seed: int) -> FeatureMatrix:
    """Return so many customers with their features at a moment."""
    random, columns = np.random.default_rng(seed), columns_of(features)
    rate = random.gamma(1.0, 0.01, customers) + 0.001  # orders a day
    history = _history(random, rate)
    values = np.empty((customers, len(columns)), order="F")
    for place, column in enumerate(columns):
        known = history.get(column.name)
        values[:, place] = _made_up(random, column, rate) if known is None else known
    names = np.array([f"c{number:07}" for number in range(customers)], dtype=object)
    return FeatureMatrix(names, np.full(customers, utc_us(moment)), columns, values)


def columns_of(features: int) -> tuple[FeatureColumn, ...]:
    """Return the first so many features of the catalogue, after those that models cannot do without."""
    described = {column.name: column for column in planned(SHOP).described}
    return tuple(described[name] for name in dict.fromkeys((*FIRST, *described)))[:features]


def examples_of(task: Task, rows: int, features: int, seed: int) -> Examples:
    """Return so many rows at four cut-offs and what became of them, which hangs on their rate and their silence."""
    cut_offs = [AS_OF - task.reach - APART * back for back in reversed(range(CUT_OFFS))]
    parts = [matrix_of(rows // CUT_OFFS, features, cut_off, seed + n) for n, cut_off in enumerate(cut_offs)]
    matrix = stacked(parts[0].features, parts)
    return Examples(matrix, _label(np.random.default_rng(seed), task, matrix))


def _history(random: np.random.Generator, rate: Floats) -> dict[str, Floats]:
    """Return features of orders that hang together, each of shape (n,)."""
    age = random.uniform(1, 700, len(rate))
    last = np.minimum(random.exponential(1 / rate), age)
    repeats = np.where(last < age, 1 + random.poisson(rate * (age - last)), 0)
    last = np.where(repeats > 0, last, age)
    year = np.where(last < YEAR_DAYS, 1 + random.binomial(repeats, np.minimum(YEAR_DAYS / age, 1)), 0).clip(
        max=repeats + 1
    )
    gap = np.where(repeats > 0, (age - last) / np.maximum(repeats, 1), np.nan)
    return {
        "days_since_first_order": age,
        "days_since_last_order": last,
        "order_days_lifetime": repeats + 1.0,
        "orders_lifetime": repeats + 1.0,
        "orders_365d": year.astype(np.float64),
        "revenue_365d": np.round(year * PRICE * random.lognormal(0, 0.5, len(rate)), 2),
        "order_gap_mean_days": gap,
        "overdue_ratio": last / np.maximum(gap, 1),
    }


def _made_up(random: np.random.Generator, column: FeatureColumn, rate: Floats) -> Floats:
    """Return a feature that follows the customer's rate a little, null for some where it may be."""
    drawn = random.gamma(0.5 + 50 * rate)
    value = np.minimum(drawn, 1) if column.unit in {"share", "flag"} else np.round(20 * drawn) / 4
    return value if column.null == "never" else np.where(random.random(len(rate)) < NULL_SHARE, np.nan, value)


def _label(random: np.random.Generator, task: Task, matrix: FeatureMatrix) -> Floats:
    year, silence = matrix.column("orders_365d"), matrix.column("days_since_last_order")
    expected = task.horizon_days / 90 * (0.2 + 0.25 * year) * np.exp(-silence / 200)
    orders = random.poisson(expected)
    if task.kind is TaskKind.AMOUNT:
        return np.asarray(orders * PRICE * random.lognormal(0, 0.5, len(orders)))
    return np.asarray(orders == 0 if task.target.startswith("never") else orders > 0, dtype=np.float64)
