"""Customers who order as the textbook process has it: rates of their own, and a chance of leaving after each repeat."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.feature import FeatureColumn
from features.matrix import FeatureMatrix
from models.orders.btyd import READ, Btyd
from models.orders.btyd_fit import Histories
from pipeline.shop.textbook.parameters import Parameters as Textbook
from pipeline.shop.textbook.parameters import PurchaseParameters, SpendParameters
from pipeline.shop.textbook.process import draw_hidden, repeat_orders
from tests.models.shop import AS_OF, Floats, matrix_of

COLUMNS = tuple(FeatureColumn(name, "days", "", "", "cadence") for name in READ)
LIVELY = Btyd(r=0.8, alpha_days=45.0, a=0.6, b=3.0)


def matrix(repeats, last, age) -> FeatureMatrix:
    """Customers with so many repeat orders, days from the first order to the last, and days since the first."""
    rows = [
        dict(zip(READ, (x + 1, days, days - ordered), strict=True))
        for x, ordered, days in zip(repeats, last, age, strict=True)
    ]
    return matrix_of(rows, AS_OF, COLUMNS)


@dataclass(frozen=True)
class Lives:
    """Customers of a first order `age` days ago, and their repeat orders: whose, and how many days after the first."""

    age: Floats
    customer: npt.NDArray[np.int64]
    at: Floats

    def history(self, ago: float = 0.0) -> Histories:
        """Return what was known of everybody so many days ago; ages below zero were not there yet."""
        seen = self.at < self.age[self.customer] - ago
        repeats = np.bincount(self.customer[seen], minlength=len(self.age)).astype(np.float64)
        last = np.zeros(len(self.age))
        np.maximum.at(last, self.customer[seen], self.at[seen])
        return Histories(repeats, last, self.age - ago)

    def orders_since(self, ago: float, days: float) -> Floats:
        """Return the orders in so many days from that moment on."""
        when = self.at - (self.age[self.customer] - ago)
        return np.bincount(self.customer[(when >= 0) & (when < days)], minlength=len(self.age)).astype(np.float64)

    def wait_since(self, ago: float) -> Floats:
        """Return the days from that moment to the next order; NaN where none came."""
        when = self.at - (self.age[self.customer] - ago)
        wait = np.full(len(self.age), np.inf)
        np.minimum.at(wait, self.customer[when >= 0], when[when >= 0])
        return np.where(np.isfinite(wait), wait, np.nan)


def lives(
    customers: int, *, parameters: Btyd = LIVELY, youngest: float = 0, oldest: float = 540, seed: int = 0
) -> Lives:
    random = np.random.default_rng(seed)
    purchases = PurchaseParameters(*(parameters.as_dict().values()))
    hidden = draw_hidden(random, Textbook(purchases, SpendParameters(6.25, 3.74, 15.44)), customers)
    age = random.uniform(youngest, oldest, customers)
    return Lives(age, *repeat_orders(random, hidden, age))
