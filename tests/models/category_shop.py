"""A made-up shop of three categories: what customers looked at lately they buy next, whatever they used to buy."""

from datetime import datetime, timedelta

import numpy as np

from features.feature import FeatureColumn
from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from models.category.examples import CategoryExamples, pool
from models.category.model import CATEGORY
from models.category.pairs import candidates, pairs, popularity
from tests.models.shop import AS_OF

VOCABULARY = Vocabulary(terms={"category": ("tea", "pots", "toys")})
AMONG = candidates(VOCABULARY)
OF_EACH = (
    "category_items_{}_lifetime",
    "category_items_{}_90d",
    "days_since_category_item_{}",
    "category_views_{}_30d",
)
NAMES = (*(name.format(slug) for name in OF_EACH for slug in AMONG.slugs), "orders_365d")
COLUMNS = tuple(FeatureColumn(name, "", "", "", "") for name in NAMES)


def moments(count: int) -> list[datetime]:
    """Cut-offs a month apart, the last of which is complete at AS_OF."""
    return [AS_OF - CATEGORY.horizon - timedelta(days=30 * step) for step in reversed(range(count))]


def matrix_at(moment: datetime, customers: int, seed: int = 0) -> FeatureMatrix:
    """Customers at a moment; the seed decides who likes what."""
    usual, wish, items = _tastes(customers, seed)
    bought = np.eye(4)[usual] * items[:, None]
    since = np.where(bought > 0, 20.0 + items[:, None], np.nan)
    values = np.column_stack([bought, bought, since, np.eye(4)[wish] * 3, items])
    names = np.array([f"c{number:05}" for number in range(customers)], dtype=object)
    return FeatureMatrix(names, np.full(customers, np.datetime64(moment.replace(tzinfo=None), "us")), COLUMNS, values)


def category_shop(customers: int, cut_offs: list[datetime], *, share: float = 0.7, seed: int = 0) -> CategoryExamples:
    """The customers at each cut-off, of whom a share buys: mostly what they looked at, else what they used to buy."""
    return pool([_examples(moment, customers, share, seed, place) for place, moment in enumerate(cut_offs)])


def shuffled(examples: CategoryExamples, seed: int) -> CategoryExamples:
    """The same customers with one another's outcome."""
    order = np.random.default_rng(seed).permutation(len(examples))
    return CategoryExamples(
        examples.among, examples.customer_id, examples.as_of, examples.pairs, examples.bought[order]
    )


def wishes(customers: int, seed: int = 0) -> np.ndarray:
    """What each customer looked at lately."""
    return np.array(AMONG.names, dtype=object)[_tastes(customers, seed)[1]]


def _tastes(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    chances = (0.4, 0.3, 0.25, 0.05)
    usual, wish = (random.choice(4, customers, p=chances) for _ in range(2))
    return usual, wish, random.integers(1, 5, customers)


def _examples(moment: datetime, customers: int, share: float, seed: int, place: int) -> CategoryExamples:
    matrix, (usual, wish, _) = matrix_at(moment, customers, seed), _tastes(customers, seed)
    random = np.random.default_rng([seed, place])
    taken = np.where(random.random(customers) < 0.8, wish, usual)
    bought = np.eye(4)[taken] * (random.random(customers) < share)[:, None]
    known = pairs(matrix, AMONG, popularity(matrix, AMONG))
    return CategoryExamples(AMONG, matrix.customer_id, matrix.as_of, known, bought)
