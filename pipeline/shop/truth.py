"""The truth about each customer at a moment, given the hidden state then: what the best of all models would say.

The hidden state is who has left, how long on the own clock the last order is ago, and whether an order is being
considered, beside the traits and the calendar of seasons, sales and offers, those to come included. Nothing is read
from what the simulation did afterwards: probabilities are those of the process itself.
"""

from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from pipeline.errors import UserError
from pipeline.events.tables import INSTANT
from pipeline.shop.arrays import Floats
from pipeline.shop.calendar import Calendar
from pipeline.shop.campaigns import OFFER_DAYS
from pipeline.shop.deals import expected_share_off, on_sale, standing_offer
from pipeline.shop.hidden import Hidden, look_into
from pipeline.shop.items import expected_value
from pipeline.shop.lives import Lives, Market, live
from pipeline.shop.promotions import on_promotion
from pipeline.shop.rows import customer_ids
from pipeline.shop.simulate import open_shop

CUSTOMER_TRUTH = pa.schema(
    {
        "customer_id": pa.string(),
        "moment": INSTANT,
        "horizon_days": pa.float64(),
        "alive": pa.bool_(),
        "churn_probability": pa.float64(),
        "purchase_probability": pa.float64(),
        "expected_orders": pa.float64(),
        "expected_spend": pa.float64(),
    }
)


def truth(
    customers: int, start: datetime, end: datetime, seed: int, *, moment: datetime, horizon: timedelta
) -> pa.Table:
    """Return the truth at a moment about every customer of `simulate(customers, start, end, seed)` known by then.

    The columns are those of `customer_truth`. Raises UserError as both do.
    """
    market = open_shop(customers, start, end, seed)
    return pa.concat_tables(customer_truth(market, lives, moment, horizon) for lives in live(market, customers))


def customer_truth(market: Market, lives: Lives, moment: datetime, horizon: timedelta) -> pa.Table:
    """Return one row a customer who signed up before the moment, about [moment, moment + horizon).

    `alive` is false for those who have left for good; `churn_probability` is that of no order, `purchase_probability`
    that of at least one; `expected_spend` is the mean net value of the orders, after sales and codes and before
    returns, in euros. Raises UserError where the simulation does not reach so far.
    """
    check_truth(market.calendar, moment, horizon)
    day = market.calendar.days(moment)
    who = np.flatnonzero(lives.people.joined < day)
    hidden = look_into(lives, who, day)
    cuts = _cuts(market, day, day + horizon / timedelta(days=1))
    reached = lives.clock.own(who[:, np.newaxis], cuts[np.newaxis, :]) - hidden.now[:, np.newaxis]
    purchase = hidden.order_within(reached[:, -1])[:, -1]
    orders = np.diff(_at(hidden.expected_orders(reached[:, -1]), reached), axis=1)
    spend = orders * _order_values(market, lives, hidden, (cuts[1:] + cuts[:-1]) / 2)
    columns = [
        customer_ids(lives.people.number[who]),
        pa.repeat(pa.scalar(moment, INSTANT), len(who)),
        pa.repeat(horizon / timedelta(days=1), len(who)),
        *(hidden.alive, 1 - purchase, purchase, orders.sum(axis=1), spend.sum(axis=1)),
    ]
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=CUSTOMER_TRUTH)


def check_truth(calendar: Calendar, moment: datetime, horizon: timedelta) -> None:
    """Raise UserError unless [moment, moment + horizon) lies in the simulated span."""
    if moment.tzinfo is None or horizon <= timedelta() or not calendar.start <= moment <= calendar.end - horizon:
        raise UserError(
            f"The truth is known from {calendar.start} to {calendar.end}, got {horizon.days} days "
            f"from {moment}. Try an earlier moment or a later end."
        )


def _cuts(market: Market, first: float, last: float) -> Floats:
    """Return the days, from first to last, between which prices and offers stay the same."""
    changes = np.flatnonzero(np.diff(on_promotion(market.calendar.dates))) + 1
    starts = market.mailings.starts
    days = np.concatenate([changes, starts, starts + OFFER_DAYS])
    return np.unique(np.concatenate([[first], days[(days > first) & (days < last)], [last]]))


def _at(mean: Floats, reached: Floats) -> Floats:
    """Read the mean number of orders, given at even steps of the last of `reached`, at each of them."""
    steps = mean.shape[1] - 1
    position = np.clip(reached / np.maximum(reached[:, -1:], 1e-300) * steps, 0, steps)
    below = np.minimum(position.astype(np.int64), steps - 1)
    low, high = (np.take_along_axis(mean, below + one, axis=1) for one in (0, 1))
    read: Floats = low + (position - below) * (high - low)
    return read


def _order_values(market: Market, lives: Lives, hidden: Hidden, days: Floats) -> Floats:
    """Return the mean net value of an order of each customer on each day, of shape (customers, days)."""
    offered = lives.clock.treated[hidden.who][:, standing_offer(market.mailings, days)]
    sensitivity = lives.people.sensitivity[hidden.who][:, np.newaxis]
    off = expected_share_off(sensitivity, offered, on_sale(market.calendar, days))
    values: Floats = expected_value(lives.people, market.prices)[hidden.who][:, np.newaxis] * (1 - off)
    return values
