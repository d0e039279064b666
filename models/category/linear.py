"""A smooth model of customers and categories in plain numbers, which a file of JSON can hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.category.pairs import COLUMNS, SHARES, Known
from models.link import NEARLY, Floats, unlink
from models.tasks import TaskKind

NEVER_DAYS = 3650.0  # how long ago a category was bought that never was: longer than any shop's log, on a logarithm
STRENGTH = 0.1  # of scikit-learn's C: small shops have few buyers of a category


@dataclass(frozen=True)
class PairLinear:
    """A logistic regression on the columns of pairs, each number of shape (columns,).

    A share is read as its log odds, anything else as log(1 + x); `null` is what is read where there is nothing.
    """

    columns: tuple[str, ...]
    null: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weight: tuple[float, ...]
    intercept: float

    def predict(self, rows: Known) -> Floats:
        """Return probabilities of shape (n,) for rows of shape (n, all columns of pairs)."""
        scaled = (_read(rows, self.columns, self.null) - np.array(self.mean)) / np.array(self.scale)
        return unlink(scaled @ np.array(self.weight) + self.intercept, TaskKind.PROBABILITY)


def fit_pair_linear(rows: Known, label: Floats, columns: Sequence[str]) -> PairLinear:
    """Fit on rows of shape (n, all columns of pairs) and labels of shape (n,), reading the columns named."""
    null = tuple(_null(rows[:, COLUMNS.index(name)], name) for name in columns)
    read = _read(rows, columns, null)
    mean, scale = read.mean(axis=0), np.maximum(read.std(axis=0), NEARLY)
    fitted = LogisticRegression(C=STRENGTH, max_iter=2000).fit((read - mean) / scale, label)
    return PairLinear(
        tuple(columns), null, _plain(mean), _plain(scale), _plain(fitted.coef_[0]), float(fitted.intercept_[0])
    )


def _plain(numbers: Floats) -> tuple[float, ...]:
    return tuple(float(number) for number in numbers)


def _read(rows: Known, columns: Sequence[str], null: Sequence[float]) -> Floats:
    read = np.empty((len(rows), len(columns)))
    for place, (name, otherwise) in enumerate(zip(columns, null, strict=True)):
        told = rows[:, COLUMNS.index(name)].astype(np.float64)
        known = np.where(np.isnan(told), otherwise, told)
        read[:, place] = _log_odds(known) if name in SHARES else np.log1p(np.maximum(known, 0))
    return read


def _log_odds(share: Floats) -> Floats:
    bounded = np.clip(share, NEARLY, 1 - NEARLY)
    return np.asarray(np.log(bounded / (1 - bounded)))


def _null(values: Known, name: str) -> float:
    """Return what stands for null: for a category never bought, long ago; else the median."""
    if name == "days_since_category_item":
        return NEVER_DAYS
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else 0.0
