"""What is taken off an order: a sale's price cut, and a code, the campaign's for those who were sent it."""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import Calendar
from pipeline.shop.campaigns import OFFER_DAYS, Mailings
from pipeline.shop.lives import Lives, Market
from pipeline.shop.orders import Orders
from pipeline.shop.promotions import PROMOTION_PER_CENT, on_promotion

CODE_PER_CENT = 10
CODE_SHARE, CODE_BY_SENSITIVITY = 0.02, 0.25  # of orders, with a code from elsewhere
OFFERED_CODE_SHARE, OFFERED_CODE_BY_SENSITIVITY = 0.2, 0.7  # of orders while an own offer stands


@dataclass(frozen=True)
class Deals:
    """What is taken off each of the orders, of shape (orders,); `campaign` is that of the code, zero for none."""

    per_cent: Ints
    code: Truths
    campaign: Ints


def draw_deals(rng: np.random.Generator, market: Market, lives: Lives, orders: Orders) -> Deals:
    """Draw which orders use a code, and add the sales' price cut."""
    campaign = standing_offer(market.mailings, orders.days)
    offered = lives.clock.treated[orders.customer, campaign]
    code = rng.random(len(orders)) < code_probability(lives.people.sensitivity[orders.customer], offered)
    sale = on_sale(market.calendar, orders.days)
    per_cent = PROMOTION_PER_CENT * sale.astype(np.int64) + CODE_PER_CENT * code
    return Deals(per_cent, code, np.where(code & offered, campaign, 0))


def standing_offer(mailings: Mailings, days: Floats) -> Ints:
    """Return the number of the campaign whose offer stands on each day, zero where none does."""
    latest = np.searchsorted(mailings.starts, days, side="right")
    age = days - np.concatenate([[-np.inf], mailings.starts])[latest]
    return np.where(age < OFFER_DAYS, latest, 0)


def on_sale(calendar: Calendar, days: Floats) -> Truths:
    """Tell which days, since the origin, lie in a sales period."""
    return on_promotion(calendar.dates)[days.astype(np.int64)]


def code_probability(sensitivity: Floats, offered: Truths) -> Floats:
    """Return how probable it is that an order uses a code."""
    offer = OFFERED_CODE_SHARE + OFFERED_CODE_BY_SENSITIVITY * sensitivity
    return np.where(offered, offer, CODE_SHARE + CODE_BY_SENSITIVITY * sensitivity)


def expected_share_off(sensitivity: Floats, offered: Truths, sale: Truths) -> Floats:
    """Return the expected share taken off an order."""
    off: Floats = PROMOTION_PER_CENT * sale + CODE_PER_CENT * code_probability(sensitivity, offered)
    return off / 100
