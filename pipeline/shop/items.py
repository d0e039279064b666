"""What is in each order, what it costs, and which items come back."""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints
from pipeline.shop.calendar import DAY, SECOND
from pipeline.shop.orders import Orders
from pipeline.shop.population import Population
from pipeline.shop.products import ASSORTMENT, category_of, pick, prices

LEVEL_NOISE = 0.7  # how far, in scores, an item strays from the customer's budget
DISCOUNTS, DISCOUNT_SHARES = (0, 10, 20), (0.86, 0.09, 0.05)  # per cent off an order
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


def fill_baskets(rng: np.random.Generator, population: Population, orders: Orders) -> Items:
    """Draw the lines of every order."""
    order = np.repeat(np.arange(len(orders)), 1 + rng.poisson(population.lines[orders.customer]))
    product = _products(rng, population, orders.customer[order])
    order, product = _without_repeats(order, product)
    quantity = 1 + rng.poisson(0.25, len(order))
    gross = prices(rng)[product] * quantity
    per_cent = rng.choice(DISCOUNTS, len(orders), p=DISCOUNT_SHARES)[order]
    discount = (gross * per_cent + 50) // 100
    return Items(order, product, quantity, gross - discount, discount)


def return_items(rng: np.random.Generator, population: Population, orders: Orders, items: Items) -> Refunds:
    """Draw which lines are given back and when."""
    share = np.array([category.return_share for category in ASSORTMENT])[category_of(items.product)]
    prone = population.returning[orders.customer[items.order]]
    item = np.flatnonzero(rng.random(len(items.order)) < np.minimum(share * prone, 0.8))
    wait = (rng.uniform(*RETURN_WITHIN_DAYS, len(item)) * (DAY // SECOND)).astype(np.int64) * SECOND
    return Refunds(item, orders.at[items.order[item]] + wait)


def _products(rng: np.random.Generator, population: Population, customer: Ints) -> Ints:
    """Draw a product a line: the customer's usual one, or one of a category and price that the customer likes."""
    usual = pick(population.tastes.argmax(axis=1), population.budget)
    level = LEVEL_NOISE * (population.budget[customer] + rng.standard_normal(len(customer)))
    other = pick(_categories(rng, population.tastes, customer), level)
    return np.where(rng.random(len(customer)) < population.loyalty[customer], usual[customer], other)


def _categories(rng: np.random.Generator, tastes: Floats, customer: Ints) -> Ints:
    bounds = tastes.cumsum(axis=1)[customer, :-1]
    category: Ints = (rng.random((len(customer), 1)) > bounds).sum(axis=1)
    return category


def _without_repeats(order: Ints, product: Ints) -> tuple[Ints, Ints]:
    """Keep one line of each product in an order, so that a refund names one line."""
    pairs = np.unique(np.stack([order, product]), axis=1)
    return pairs[0], pairs[1]
