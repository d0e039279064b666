"""Findings about predictions whose time is over: whether they came out worse than the model's own backtest promised."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import pi, sqrt
from typing import Any

import numpy as np

from models.link import Floats
from models.monitoring.words import TRAIN
from pipeline.events.quality.finding import Finding, Severity

SURE = 1.96
WORST_SHAPE, LEAST_SHAPE = 0.15, 0.05  # mean distance of what was said from what came, beside the level
NOISES = 3.0  # times what chance alone would show
FAR, TOO_FAR = 1.5, 2.5  # times what came, either way
FEWEST_SEVERE = 300  # customers: of fewer, one large amount that came or not may be most of the total
Groups = Sequence[tuple[float, float, int]]


def about_outcome(
    task: str, card: Mapping[str, Any], published: datetime, figures: Mapping[str, float], groups: Groups
) -> Iterator[Finding]:
    """Yield how a publication's predictions came out worse than promised, beyond chance.

    `figures` are those of `evaluate` over its customers, of amounts with `total_error`, and `groups` hold the mean
    predicted, the observed share or mean, and the number.
    """
    customers = sum(count for _, _, count in groups)
    if "roc_auc" in figures:
        yield from _ranking(task, card, published, figures, customers)
        yield from _shape(task, published, groups, customers)
    elif "total_ratio" in figures:
        yield from _total(task, published, figures, customers)


def _ranking(
    task: str, card: Mapping[str, Any], published: datetime, figures: Mapping[str, float], customers: int
) -> Iterator[Finding]:
    """Say that customers were ranked worse than at the lower end of what the backtest showed."""
    promised = card.get("backtest", {}).get("intervals", {}).get("roc_auc")
    if not promised or promised["low"] is None:
        return
    auc, low = figures["roc_auc"], promised["low"]
    at_best = auc + SURE * auc_error(auc, figures["base_rate"], customers)
    if at_best < low:
        lost = at_best < (0.5 + low) / 2
        yield _worse(
            task,
            published,
            f"ranked {customers:,} customers worse than promised: AUC {auc:.3f}, in its backtest at least {low:.3f}",
            {"roc_auc": auc, "at_best": at_best, "promised_low": low, "customers": customers},
            severe=lost,
        )


def auc_error(auc: float, share: float, customers: int) -> float:
    """Return the standard error of an area under the curve: Hanley and McNeil (1982), equation 1."""
    ones, zeros = max(share * customers, 1.0), max((1 - share) * customers, 1.0)
    both, apart = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (ones - 1) * (both - auc**2) + (zeros - 1) * (apart - auc**2)
    return sqrt(max(variance, 0.0) / (ones * zeros))


def _shape(task: str, published: datetime, groups: Groups, customers: int) -> Iterator[Finding]:
    """Say that probabilities were off in a way that no shift of the level explains; of that, `about_level` speaks."""
    level = sum(count * (came - said) for said, came, count in groups) / customers
    off = sum(count * abs(came - said) for said, came, count in groups) / customers - abs(level)
    noise = sqrt(2 / pi) * sum(sqrt(count * said * (1 - said)) for said, _, count in groups) / customers
    if off > max(LEAST_SHAPE, NOISES * noise):
        yield _worse(
            task,
            published,
            f"said probabilities that were off by {off:.3f} on average, beside their level",
            {"off": off, "by_chance": noise, "customers": customers},
            severe=off > WORST_SHAPE,
        )


def _total(task: str, published: datetime, figures: Mapping[str, float], customers: int) -> Iterator[Finding]:
    """Say that amounts were predicted at far more or far less than what came."""
    ratio, error = figures["total_ratio"], figures["total_error"]
    if not 1 / FAR < ratio < FAR and abs(1 - ratio) > NOISES * error:
        yield _worse(
            task,
            published,
            f"expected {ratio:.2f} times what came of {customers:,} customers",
            {"total_ratio": ratio, "by_chance": error, "customers": customers},
            severe=customers >= FEWEST_SEVERE and not 1 / TOO_FAR < ratio < TOO_FAR,
        )


def total_error(predicted: Floats, actual: Floats) -> float:
    """Return the standard error of the total predicted over what came; NaN where nothing came.

    Few large amounts make a total. Where less came than was predicted, some of these may have stayed away, and what
    came is scattered less than it should be: it is taken to the level that was predicted.
    """
    total = actual.sum()
    if not total:
        return np.nan
    expected = actual * max(1.0, predicted.sum() / total)
    return float(np.sqrt(len(actual)) * (predicted - expected).std() / abs(total))


def _worse(task: str, published: datetime, how: str, figures: Mapping[str, float], *, severe: bool) -> Finding:
    return Finding(
        "came out",
        Severity.SEVERE if severe else Severity.WARNING,
        f"The {task} predictions of {published:%Y-%m-%d} {how}.",
        TRAIN,
        {"task": task, "published": published, **figures},
    )
