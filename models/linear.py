"""Linear models on the logarithms of a few columns: steady in level and order where trees are not."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import GammaRegressor, LogisticRegression, TweedieRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from features.matrix import FeatureMatrix
from models.columns import columns as columns_of
from models.columns import narrowed
from models.link import TWEEDIE_POWER, Floats
from models.tasks import TaskKind

# A probability rests on recency, frequency and value alone: few columns keep level and order through seasons that no
# training cut-off has seen. An amount is the chance of any times the amount if any, and only the order of customers by
# chance gains from more columns.
RFM = ("days_since_last_order", "orders_365d", "revenue_365d")
VISITS = ("days_since_last_visit", "active_days_30d")  # where no trees read what else customers do
HABIT = (
    *RFM, "days_since_first_order", "orders_90d", "order_days_365d", "orders_decayed_60d", "orders_decayed_180d",
    "expected_orders_90d", "order_gap_mean_days", "overdue_ratio", "products_365d",
)  # fmt: skip

_Part = tuple[tuple[str, ...], npt.NDArray[Any], object, npt.NDArray[np.bool_]]  # columns, target, estimator, rows


@dataclass(frozen=True)
class Linear:
    """A fitted pipeline and the columns that it reads as log(1 + x)."""

    columns: tuple[str, ...]
    pipeline: Pipeline

    def predict(self, matrix: FeatureMatrix) -> Floats:
        """Return the probability of a classifier, the amount of a regression, of shape (n,)."""
        read = logs(matrix, self.columns)
        if isinstance(self.pipeline[-1], RegressorMixin):
            return np.asarray(self.pipeline.predict(read))
        return np.asarray(self.pipeline.predict_proba(read)[:, 1])

    def pushes(self, matrix: FeatureMatrix) -> Floats:
        """Return each column's coefficient times the distance from its mean, of shape (n, columns)."""
        distance = self.pipeline[:-1].transform(logs(matrix, self.columns))
        return np.asarray(distance * np.ravel(self.pipeline[-1].coef_))


def fit_linear(
    matrix: FeatureMatrix, target: Floats, kind: TaskKind, usable: Collection[str], *, alone: bool
) -> tuple[Linear, ...]:
    """Fit one model of a probability; of an amount, one of the chance that there is any and one of how much.

    A prediction is the product of what they predict. Only `usable` columns are read; without any the tuple is empty.
    One that stands `alone`, without trees, tells a probability from visits, too.
    """
    if kind is TaskKind.PROBABILITY:
        parts: list[_Part] = [((*RFM, *VISITS) if alone else RFM, target, _classifier(), target >= 0)]
    else:
        some = target > 0
        parts = [
            (HABIT, some, _classifier(), target >= 0),
            (RFM, target, GammaRegressor(alpha=0.1, max_iter=5000), some),
        ]
    return tuple(
        _fit(narrowed(matrix, columns, rows), columns, wanted[rows], last)
        for names, wanted, last, rows in parts
        if (columns := tuple(name for name in names if name in usable))
    )


def fit_rule(matrix: FeatureMatrix, target: Floats, kind: TaskKind, columns: Sequence[str]) -> Linear:
    """Fit one model on the columns of a simple rule."""
    last = (
        _classifier()
        if kind is TaskKind.PROBABILITY
        else TweedieRegressor(power=TWEEDIE_POWER, alpha=0.1, link="log", max_iter=5000)
    )
    return _fit(matrix, tuple(columns), target, last)


def logs(matrix: FeatureMatrix, columns: Sequence[str]) -> Floats:
    """Return log(1 + x) of the columns, negative ones counted as zero, of shape (n, columns); null stays null."""
    return np.log1p(np.maximum(columns_of(matrix, columns), 0))


def _classifier() -> LogisticRegression:
    return LogisticRegression(C=0.1, max_iter=1000)


def _fit(matrix: FeatureMatrix, columns: tuple[str, ...], target: npt.NDArray[Any], last: object) -> Linear:
    """Fit `last` on standardised logarithms; null takes the median."""
    steps = [
        ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
        ("scale", StandardScaler()),
        ("fit", last),
    ]
    return Linear(columns, Pipeline(steps).fit(logs(matrix, columns), target))
