"""What lies ahead of customers at a moment: as their hidden state has it, and as the log lets it be known at best."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy.special import exprel

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import DAY, MICROSECONDS, microseconds
from pipeline.shop.textbook.parameters import Parameters
from pipeline.shop.textbook.process import Chunk
from pipeline.shop.textbook.purchases import Histories, expected_orders, no_order_probability
from pipeline.shop.textbook.spend import expected_order_value


@dataclass(frozen=True)
class Known:
    """What the log tells at a moment: who ordered before it, their orders, and the mean worth of these in money.

    `customer` holds positions in the chunk; each of shape (n,).
    """

    customer: Ints
    histories: Histories
    mean_value: Floats


@dataclass(frozen=True)
class Outlook:
    """Probability of no order within a horizon, and expected orders and spend; each of shape (n,)."""

    churn_probability: Floats
    orders: Floats
    spend: Floats


def known_at(chunk: Chunk, moment: datetime) -> Known:
    """Return what is known of a chunk's customers just before `moment`."""
    now = microseconds(moment)
    seen = chunk.at < now
    customer, at = chunk.customer[seen], chunk.at[seen]
    orders = np.bincount(customer, minlength=len(chunk.joined)).astype(np.float64)
    cents = np.bincount(customer, chunk.cents[seen], len(chunk.joined))
    last = chunk.joined.copy()
    last[customer] = at  # orders are in order of time, so that a customer's last one stays
    there = np.flatnonzero(orders)
    joined = chunk.joined[there]
    histories = Histories(orders[there] - 1, (last[there] - joined) / DAY, (now - joined) / DAY)
    return Known(there, histories, cents[there] / (100 * orders[there]))


def alive(chunk: Chunk, known: Known) -> Truths:
    """Tell which of the known customers have not left, of shape (n,)."""
    return known.histories.repeats < chunk.hidden.stays[known.customer]


def true_outlook(chunk: Chunk, known: Known, horizon: timedelta) -> Outlook:
    """Return what the hidden state has in store: the ceiling of those who could look into customers' heads.

    A customer who is there orders at `rate` until leaving, and is still there after a time s with probability
    exp(-rate leaving s), which integrates to (1 - exp(-rate leaving t)) / leaving orders.
    """
    rate, leaving = chunk.hidden.rate[known.customer], chunk.hidden.leaving[known.customer]
    there, mean = alive(chunk, known), rate * _days(horizon)
    orders = there * mean * exprel(-mean * leaving)
    return Outlook(np.where(there, np.exp(-mean), 1.0), orders, orders * chunk.hidden.value[known.customer])


def best_outlook(known: Known, parameters: Parameters, horizon: timedelta) -> Outlook:
    """Return the best prediction from the log: the mean of all hidden states that could have led to it.

    Spend is a product of means since the process draws how often customers order and what they spend independently.
    """
    histories, days = known.histories, _days(horizon)
    orders = expected_orders(histories, parameters.purchases, days)
    value = expected_order_value(histories.repeats + 1, known.mean_value, parameters.spend)
    return Outlook(no_order_probability(histories, parameters.purchases, days), orders, orders * value)


def _days(horizon: timedelta) -> float:
    return horizon // MICROSECONDS / DAY
