"""What is in each order, what it costs, and which items come back."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from pipeline.shop.arrays import Floats, Ints
from pipeline.shop.calendar import seconds
from pipeline.shop.deals import Deals
from pipeline.shop.orders import Orders
from pipeline.shop.population import Population
from pipeline.shop.products import ASSORTMENT, category_of, pick, rank_bounds

LEVEL_NOISE = 0.7  # how far, in scores, an item strays from the customer's budget
FURTHER_PIECES = 0.25  # mean
RETURN_WITHIN_DAYS = (3, 28)


@dataclass(frozen=True)
class Items:
    """Order lines in the order of their orders, no product twice in one; money is whole cents, net of discount."""

    order: Ints
    product: Ints
    quantity: Ints
    amount: Ints
    discount: Ints

    def per_order(self, cents: Ints) -> Ints:
        """Add up a line's cents by order; every order has a line."""
        return np.add.reduceat(cents, np.flatnonzero(np.diff(self.order, prepend=-1)))


@dataclass(frozen=True)
class Refunds:
    """Lines given back whole: the line's position and the instant in microseconds."""

    item: Ints
    at: Ints


def fill_baskets(rng: np.random.Generator, people: Population, prices: Ints, orders: Orders, deals: Deals) -> Items:
    """Draw the lines of every order."""
    order = np.repeat(np.arange(len(orders)), 1 + rng.poisson(people.lines[orders.customer]))
    product = liked_products(rng, people, orders.customer[order])
    order, product = _without_repeats(order, product)
    quantity = 1 + rng.poisson(FURTHER_PIECES, len(order))
    gross = prices[product] * quantity
    discount = (gross * deals.per_cent[order] + 50) // 100
    return Items(order, product, quantity, gross - discount, discount)


def return_items(rng: np.random.Generator, people: Population, orders: Orders, at: Ints, items: Items) -> Refunds:
    """Draw which lines are given back and when; `at` is the instant of each order."""
    share = np.array([category.return_share for category in ASSORTMENT])[category_of(items.product)]
    prone = people.returning[orders.customer[items.order]]
    item = np.flatnonzero(rng.random(len(items.order)) < np.minimum(share * prone, 0.8))
    return Refunds(item, at[items.order[item]] + seconds(rng.uniform(*RETURN_WITHIN_DAYS, len(item))))


def liked_products(rng: np.random.Generator, people: Population, customer: Ints) -> Ints:
    """Draw a product a row: the customer's usual one, or one of a category and price that the customer likes."""
    level = LEVEL_NOISE * (people.budget[customer] + rng.standard_normal(len(customer)))
    other = pick(_categories(rng, people.tastes, customer), level)
    return np.where(rng.random(len(customer)) < people.loyalty[customer], _usual(people)[customer], other)


def expected_value(people: Population, prices: Ints) -> Floats:
    """Return the mean value of a customer's orders before anything is taken off, in euros, of shape (customers,).

    A product is in an order of 1 + Poisson(m) draws, each of which is that product with probability p, with probability
    1 - (1 - p) exp(-m p).
    """
    rank = np.diff(ndtr(rank_bounds() / LEVEL_NOISE - people.budget[:, np.newaxis]), prepend=0.0, append=1.0, axis=1)
    others = (people.tastes[:, :, np.newaxis] * rank[:, np.newaxis, :]).reshape(len(people), -1)
    drawn = others * (1 - people.loyalty)[:, np.newaxis]
    drawn[np.arange(len(people)), _usual(people)] += people.loyalty
    inside = 1 - (1 - drawn) * np.exp(-people.lines[:, np.newaxis] * drawn)
    cents: Floats = inside @ prices * (1 + FURTHER_PIECES)
    return cents / 100


def _usual(people: Population) -> Ints:
    return pick(people.tastes.argmax(axis=1), people.budget)


def _categories(rng: np.random.Generator, tastes: Floats, customer: Ints) -> Ints:
    bounds = tastes.cumsum(axis=1)[customer, :-1]
    category: Ints = (rng.random((len(customer), 1)) > bounds).sum(axis=1)
    return category


def _without_repeats(order: Ints, product: Ints) -> tuple[Ints, Ints]:
    """Keep one line of each product in an order, so that a refund names one line."""
    apart = 1_000_000
    pairs = np.unique(order * apart + product)
    return pairs // apart, pairs % apart
