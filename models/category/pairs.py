"""A customer and a category: what is known of the two together, and of the category in the shop."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from models.columns import columns as columns_of
from models.link import Floats

Known = npt.NDArray[np.float32]  # of customers and categories: there are many numbers, and a share needs few digits

OF_A_PAIR = (
    "category_items_{}_lifetime",
    "category_items_{}_90d",
    "days_since_category_item_{}",
    "category_views_{}_365d",
    "category_views_{}_30d",
    "category_cart_additions_{}_30d",
)
OF_A_CUSTOMER = (
    "orders_lifetime",
    "orders_365d",
    "orders_90d",
    "orders_decayed_60d",
    "orders_decayed_180d",
    "days_since_last_order",
    "days_since_first_order",
    "order_gap_mean_days",
    "expected_orders_90d",
)
POPULARITY = ("category_items_{}_lifetime", "category_items_{}_90d", "category_items_of_season_{}")
STEADY = 5.0  # items: as much as it takes for a customer's own habit to outweigh what the shop sells
COLUMNS = (
    *(name.replace("_{}", "") for name in OF_A_PAIR),
    *OF_A_CUSTOMER,
    "popularity_lifetime",
    "popularity_90d",
    "popularity_of_season",
    "share_of_items",
    "share_of_views",
    "items_lifetime",
    "was_bought_last",
)
SHARES = ("popularity_lifetime", "popularity_90d", "popularity_of_season", "share_of_items", "share_of_views")


@dataclass(frozen=True)
class Candidates:
    """The categories that are ranked: those that a vocabulary tells apart, and "other" for all the rest."""

    names: tuple[str, ...]
    slugs: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


def candidates(vocabulary: Vocabulary) -> Candidates:
    """Return the candidates of a vocabulary; none for a shop whose log names no category."""
    told = vocabulary.told_apart("category")
    return Candidates(tuple(str(one.given) for one in told), tuple(one.name for one in told))


def grid(matrix: FeatureMatrix, name: str, among: Candidates) -> Floats:
    """Return a feature of each category, of shape (n, categories); null where the shop does not have it."""
    return columns_of(matrix, [name.format(slug) for slug in among.slugs])


def popularity(matrix: FeatureMatrix, among: Candidates) -> Floats:
    """Return what each category's share of the items was that all customers of `matrix`, of one cut-off, bought.

    Over all time, over the last 90 days, and over the 90 days that began 364 days ago, of shape (3, categories); all
    categories alike before anything was bought.
    """
    sold = np.array([np.nan_to_num(grid(matrix, name, among)).sum(axis=0) for name in POPULARITY])
    return np.asarray((sold + 1) / (sold + 1).sum(axis=1, keepdims=True))


def pairs(matrix: FeatureMatrix, among: Candidates, popular: Floats) -> Known:
    """Return what is known of each customer and category, of shape (n, categories, columns); NaN is null."""
    customer = columns_of(matrix, OF_A_CUSTOMER).T
    own = [grid(matrix, name, among) for name in OF_A_PAIR]
    items, since, views = own[0], own[2], own[3]
    wide = [
        *own,
        *np.broadcast_to(customer[:, :, None], (*customer.shape, len(among))),
        *np.broadcast_to(popular[:, None, :], (len(popular), *items.shape)),
        _share(items, popular[0]),
        _share(views, popular[0]),
        np.broadcast_to(items.sum(axis=1, keepdims=True), items.shape),
        (since == _least(since)).astype(np.float64),
    ]
    return np.stack(wide, axis=2, dtype=np.float32, casting="same_kind")


def _share(counts: Floats, popular: Floats) -> Floats:
    """Return shares of a customer's own, drawn towards what is popular as if by five more."""
    known = np.nan_to_num(counts)
    return np.asarray((known + STEADY * popular) / (known.sum(axis=1, keepdims=True) + STEADY))


def _least(values: Floats) -> Floats:
    """Return each row's least value, infinity without any, of shape (n, 1)."""
    return np.asarray(np.where(np.isnan(values), np.inf, values).min(axis=1, keepdims=True))
