"""The simple rules that a model of the next category must beat."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.category.examples import CategoryExamples
from models.category.linear import NEVER_DAYS
from models.category.pairs import COLUMNS, Known
from models.link import Floats

TIE = 1e-9  # of two categories that a rule cannot tell apart, the one that sells better now


@dataclass(frozen=True)
class Said:
    """How a rule orders the categories and the probabilities that go with it, each of shape (n, categories)."""

    score: Floats
    probability: Floats


def most_bought(known: Known) -> Floats:
    """Order categories by how many items the customer bought of each so far."""
    return np.asarray(np.log1p(np.nan_to_num(_told(known, "category_items_lifetime"))))


def last_bought(known: Known) -> Floats:
    """Order categories by how lately the customer bought of each."""
    return np.asarray(-np.log1p(np.nan_to_num(_told(known, "days_since_category_item"), nan=NEVER_DAYS)))


def most_popular(known: Known) -> Floats:
    """Order categories by how much of each the shop sold in the last 90 days; all customers alike."""
    return np.asarray(np.log(_told(known, "popularity_90d")))


RULES: Mapping[str, Callable[[Known], Floats]] = {
    "most_bought": most_bought,
    "last_bought": last_bought,
    "most_popular": most_popular,
}


def rules_say(learned: CategoryExamples, judged: CategoryExamples) -> Mapping[str, Said]:
    """Return what each rule says of the judged rows, its probabilities fitted on the rows that the model learned from.

    A rule has an order of its own; a logistic regression on it gives it probabilities, so that every figure applies.
    """
    return {name: _say(rule, learned, judged) for name, rule in RULES.items()}


def _say(rule: Callable[[Known], Floats], learned: CategoryExamples, judged: CategoryExamples) -> Said:
    fitted = LogisticRegression().fit(rule(learned.pairs).reshape(-1, 1), learned.bought.ravel())
    score = rule(judged.pairs)
    probability = fitted.predict_proba(score.reshape(-1, 1))[:, 1].reshape(score.shape)
    return Said(score + TIE * _told(judged.pairs, "popularity_90d"), probability)


def _told(known: Known, name: str) -> Floats:
    """Return one column of pairs, of shape (n, categories)."""
    return known[..., COLUMNS.index(name)].astype(np.float64)
