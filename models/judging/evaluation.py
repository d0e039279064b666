"""How good predictions were, once the outcome is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from models.judging.ranking import gini
from models.link import Floats, link
from models.tasks import TaskKind

Metrics = Mapping[str, float]

BINS = 10
TOP_SHARE = 0.1
BARS = 20
LONG_TAIL = 0.99  # of amounts, which a few customers would stretch until nobody else could be seen


@dataclass(frozen=True)
class ReliabilityBin:
    """Customers with similar predictions: the mean predicted, the mean observed, and how many they are."""

    predicted: float
    observed: float
    n: int


@dataclass(frozen=True)
class Bar:
    """Predictions from `low` up to `high`, and how many there are; the last bar holds all above as well."""

    low: float
    high: float
    n: int


def evaluate(predicted: Floats, actual: Floats, kind: TaskKind) -> Metrics:
    """Return the kind's metrics by name for predictions and outcomes of shape (n,).

    A figure that one class alone cannot give (AUC, lift) is NaN.
    """
    figures = _probability_metrics if kind is TaskKind.PROBABILITY else _amount_metrics
    return MappingProxyType({name: float(value) for name, value in figures(predicted, actual).items()})


def _probability_metrics(predicted: Floats, actual: Floats) -> dict[str, float]:
    both = 0 < actual.sum() < len(actual)
    return {
        "n": len(actual),
        "base_rate": actual.mean(),
        "roc_auc": roc_auc_score(actual, predicted) if both else np.nan,
        "average_precision": average_precision_score(actual, predicted) if actual.any() else np.nan,
        "log_loss": log_loss(actual, predicted, labels=[0, 1]),
        "brier": brier_score_loss(actual, predicted),
        "ece": expected_calibration_error(predicted, actual),
        "lift_top_decile": _top(predicted, actual).mean() / actual.mean() if actual.any() else np.nan,
    }


def _amount_metrics(predicted: Floats, actual: Floats) -> dict[str, float]:
    total = actual.sum()
    return {
        "n": len(actual),
        "mean_actual": actual.mean(),
        "mae": np.abs(predicted - actual).mean(),
        "spearman": spearman(predicted, actual),
        "gini": gini(predicted, actual),
        "total_ratio": predicted.sum() / total if total else np.nan,
        "captured_top_decile": _top(predicted, actual).sum() / total if total else np.nan,
    }


def reliability(predicted: Floats, actual: Floats, *, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Return bins of equal numbers of customers, lowest predictions first."""
    order = np.argsort(predicted, kind="stable")
    groups = [group for group in np.array_split(order, bins) if len(group)]
    return tuple(
        ReliabilityBin(float(predicted[group].mean()), float(actual[group].mean()), len(group)) for group in groups
    )


def expected_calibration_error(predicted: Floats, actual: Floats, *, bins: int = BINS) -> float:
    """Return the mean distance of predicted from observed over quantile bins, weighted by their size.

    Naeini, Cooper and Hauskrecht (2015), equation 1, with equal-frequency bins.
    """
    groups = reliability(predicted, actual, bins=bins)
    return sum(group.n * abs(group.predicted - group.observed) for group in groups) / len(actual)


def calibration_noise(predicted: Floats, *, bins: int = BINS) -> float:
    """Return the calibration error to expect of perfect probabilities on this many customers.

    A bin's observed share is about normal, and the mean distance of a normal from its mean is sqrt(2 / pi) sigma.
    """
    order = np.argsort(predicted, kind="stable")
    spread = [np.sqrt((predicted[group] * (1 - predicted[group])).sum()) for group in np.array_split(order, bins)]
    return float(np.sqrt(2 / np.pi) * np.sum(spread) / len(predicted))


def calibration_slope(predicted: Floats, actual: Floats) -> float:
    """Return the slope of the outcome on the logit of a probability: 1 when right, below 1 when surer than is due.

    Cox (1958). NaN when one class alone, or one prediction alone, was seen.
    """
    scores = link(predicted, TaskKind.PROBABILITY)
    if not 0 < actual.sum() < len(actual) or np.ptp(scores) == 0:
        return np.nan
    line = LogisticRegression(C=1000, max_iter=1000).fit(scores[:, None], actual)
    return float(line.coef_[0, 0])


def distribution(predicted: Floats, kind: TaskKind) -> tuple[Bar, ...]:
    """Return how many predictions there are in equal steps: of a probability, of an amount up to nearly the highest."""
    highest = 1.0 if kind is TaskKind.PROBABILITY else float(np.quantile(predicted, LONG_TAIL)) or 1.0
    counts, edges = np.histogram(np.clip(predicted, 0, highest), bins=BARS, range=(0, highest))
    return tuple(
        Bar(float(low), float(high), int(n)) for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
    )


def spearman(predicted: Floats, actual: Floats) -> float:
    """Return the correlation of ranks; NaN when either side is constant."""
    ranks = rankdata(predicted), rankdata(actual)
    return float(np.corrcoef(*ranks)[0, 1]) if all(rank.std() for rank in ranks) else np.nan


def _top(predicted: Floats, actual: Floats) -> Floats:
    """Return the outcomes of the tenth with the highest predictions, at least one."""
    count = max(round(len(predicted) * TOP_SHARE), 1)
    return actual[np.argsort(-predicted, kind="stable")[:count]]
