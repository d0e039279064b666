"""Findings about models in service: what moved since they were trained, how old they are, and how they came out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from models.link import link
from models.monitoring.drift import Drift, MovedFeature
from models.monitoring.reference import Reference
from models.tasks import TaskKind
from pipeline.events.quality.finding import Finding, Severity, listed, percent

FEW, MANY = 0.05, 0.3  # of what a model leans on
MUCH = 0.25  # PSI of scores: the rule of thumb for a population that is not the one that was learned from
OLD, TOO_OLD = timedelta(days=90), timedelta(days=180)
NAMED = 3
NEAR = timedelta(days=45)  # of the moment for which a model told its level
LOOK_FIRST = "Look first whether an export or the tracking changed. If the customers did, train again: segcast train."
TRAIN = "Train again, so that the models learn from what came: segcast train."


def without_reference(task: str, version: int) -> Finding:
    """Return that nothing can be said of drift."""
    return Finding(
        "feature drift",
        Severity.NOTE,
        f"The {task} model, version {version}, was trained before models kept what later nights are compared with.",
        "From the next training on, drift is watched.",
        {"task": task, "version": version},
    )


def about_drift(task: str, reference: Reference, drift: Drift) -> Iterator[Finding]:
    """Yield what moved beyond the usual since a model was trained: what it reads, and what it says."""
    if drift.features:
        yield _features(task, reference, drift)
    if drift.scores.beyond:
        yield _scores(task, reference, drift)


def _features(task: str, reference: Reference, drift: Drift) -> Finding:
    leaned = drift.leaned_on
    return Finding(
        "feature drift",
        Severity.SEVERE if leaned >= MANY else Severity.WARNING if leaned >= FEW else Severity.NOTE,
        f"The {task} model leans for {percent(leaned)} on what is not as it was on {reference.as_of:%Y-%m-%d}, beyond "
        f"what months usually bring: {listed(list(_by_topic(drift.features)), NAMED)}.",
        LOOK_FIRST,
        {
            "task": task,
            "leaned_on": leaned,
            "features": [
                {"feature": one.name, "topic": one.topic, "weight": one.weight, **_how(one)} for one in drift.features
            ],
        },
    )


def _by_topic(moved: Sequence[MovedFeature]) -> Iterator[str]:
    """Yield what moved in a marketer's words, the weightiest first, each with a feature of it."""
    topics: dict[str, list[str]] = {}
    for one in moved:
        topics.setdefault(one.topic, []).append(one.name)
    for topic, names in topics.items():
        yield f"{topic} ({names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''})"


def _how(one: MovedFeature) -> Mapping[str, float]:
    return {"psi": one.moved.psi, "usual_psi": one.moved.usual, "chance_psi": one.moved.chance}


def _scores(task: str, reference: Reference, drift: Drift) -> Finding:
    then, now = drift.highest
    return Finding(
        "score drift",
        Severity.SEVERE if drift.scores.psi >= MUCH else Severity.WARNING,
        f"The {task} predictions are not spread as on {reference.as_of:%Y-%m-%d}, when the model was trained: as high "
        f"as the highest {percent(then)} were then, {percent(now)} are now.",
        LOOK_FIRST,
        {
            "task": task,
            "psi": drift.scores.psi,
            "usual_psi": drift.scores.usual,
            "chance_psi": drift.scores.chance,
            "highest_then": then,
            "highest_now": now,
        },
    )


def about_age(task: str, trained_as_of: datetime, as_of: datetime) -> Iterator[Finding]:
    """Yield that a task was not trained for long; `trained_as_of` is the last training, even if it was not promoted."""
    age = as_of - trained_as_of
    if age > OLD:
        yield Finding(
            "model age",
            Severity.SEVERE if age > TOO_OLD else Severity.WARNING,
            f"The {task} model was last trained {age.days} days ago, on {trained_as_of:%Y-%m-%d}.",
            TRAIN,
            {"task": task, "age_days": age / timedelta(days=1)},
        )


def about_level(
    task: str, card: Mapping[str, Any], published: datetime, came: float, customers: int
) -> Iterator[Finding]:
    """Yield that for more or fewer than the model had told it came true; `published` is when it was predicted."""
    told = (card.get("outlook") or {}).get("level")
    if not told or abs(datetime.fromisoformat(told["as_of"]) - published) > NEAR:
        return
    low, high = told["expected_share_low"], told["expected_share_high"]
    if low <= came <= high:
        return
    at = link(np.array([low, high, came]), TaskKind.PROBABILITY)
    off = max(at[0] - at[2], at[2] - at[1]) / (at[1] - at[0])
    yield Finding(
        "base rate",
        Severity.SEVERE if off > 1 / 2 else Severity.WARNING,
        f"Of {customers:,} customers of {published:%Y-%m-%d}, {task} came true for {percent(came)}; the model had "
        f"expected {percent(low)} to {percent(high)}.",
        TRAIN,
        {"task": task, "published": published, "came": came, "low": low, "high": high, "customers": customers},
    )
