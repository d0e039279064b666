"""What the simulated shop sells: categories, and in each a row of products from the cheapest to the dearest."""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Column, Floats, Ints
from pipeline.shop.rows import identifiers, texts


@dataclass(frozen=True)
class Category:
    """A category's name, the median price of its products in euros, and the share of its items that come back."""

    name: str
    price: float
    return_share: float


ASSORTMENT = (
    Category("coffee", 14, 0.01),
    Category("tea", 9, 0.01),
    Category("pet food", 19, 0.01),
    Category("skin care", 24, 0.03),
    Category("clothing", 39, 0.14),
    Category("shoes", 69, 0.18),
    Category("toys", 27, 0.05),
    Category("home", 34, 0.06),
)
CATEGORIES = tuple(category.name for category in ASSORTMENT)
PRODUCTS_PER_CATEGORY = 25
STEEPNESS = 1.7  # of the logistic curve that comes nearest to the normal distribution function
PRICE_SPREAD = 0.55  # of the logarithm of prices


def prices(rng: np.random.Generator) -> Ints:
    """Draw the price of every product in cents, ascending within a category; shape (categories x products,)."""
    spread = rng.normal(0, PRICE_SPREAD, (len(ASSORTMENT), PRODUCTS_PER_CATEGORY))
    median = np.array([[category.price] for category in ASSORTMENT])
    euros = np.sort(np.round(median * np.exp(spread)), axis=1)
    cents: Ints = (np.maximum(euros, 2) * 100 - 5).astype(np.int64).ravel()  # 13.95, as price tags are
    return cents


def pick(category: Ints, level: Floats) -> Ints:
    """Return the product of a category at a price level; `level` is a standard normal score, zero the middle."""
    quantile = 1 / (1 + np.exp(-STEEPNESS * level))
    rank = np.minimum((quantile * PRODUCTS_PER_CATEGORY).astype(np.int64), PRODUCTS_PER_CATEGORY - 1)
    return category * PRODUCTS_PER_CATEGORY + rank


def rank_bounds() -> Floats:
    """Return the levels between neighbouring products of a category, of shape (products - 1,), as `pick` has them."""
    quantile = np.arange(1, PRODUCTS_PER_CATEGORY) / PRODUCTS_PER_CATEGORY
    levels: Floats = np.log(quantile / (1 - quantile)) / STEEPNESS
    return levels


def category_of(product: Ints) -> Ints:
    """Return the position of each product's category."""
    return product // PRODUCTS_PER_CATEGORY


def product_ids(product: Ints) -> Column:
    """Return the identifier of each product."""
    return identifiers("P", product, 4)


def category_names(product: Ints) -> Column:
    """Return the name of each product's category."""
    return texts(CATEGORIES, category_of(product))
