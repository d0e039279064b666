"""What customers tell the shop after an order: questions to support, and answers to a survey."""

import numpy as np
import pyarrow as pa

from pipeline.shop.arrays import Column, Floats, Ints
from pipeline.shop.calendar import seconds
from pipeline.shop.items import Refunds
from pipeline.shop.lives import Lives, Market
from pipeline.shop.rows import delays, event_rows, texts
from pipeline.shop.sales import Sales, order_ids

QUESTIONS_SHARE, QUESTIONS_AFTER_RETURN_SHARE = 0.02, 0.25
ANSWERED_SHARE = 0.03
SCORES, CONTENT, LEAVING = tuple(range(11)), 8.4, 6.0  # mean score of those who stay, and of those who leave
TOPICS = ('{"topic": "delivery"}', '{"topic": "product"}', '{"topic": "return"}')


def care_rows(rng: np.random.Generator, market: Market, lives: Lives, sales: Sales, refunds: Refunds) -> pa.Table:
    """Return `support_contacted` and `survey_answered` events, those inside the calendar."""
    returned = np.flatnonzero(rng.random(len(refunds.item)) < QUESTIONS_AFTER_RETURN_SHARE)
    asked = np.flatnonzero(rng.random(len(sales.at)) < QUESTIONS_SHARE)
    order = np.concatenate([asked, sales.items.order[refunds.item[returned]]])
    topic = np.concatenate([rng.integers(2, size=len(asked)), np.full(len(returned), 2)])
    at = np.concatenate([sales.at[asked], refunds.at[returned]]) + seconds(rng.uniform(0.05, 5, len(order)))
    answered = np.flatnonzero(rng.random(len(sales.at)) < ANSWERED_SHARE)
    answered_at = sales.at[answered] + seconds(rng.uniform(2, 9, len(answered)))
    said = pa.array(f'{{"score": {score}}}' for score in SCORES).take(pa.array(_scores(rng, lives, sales)[answered]))
    log = (rng, market, lives, sales)
    return pa.concat_tables(
        [
            _rows(*log, event_type="support_contacted", order=order, at=at, properties=texts(TOPICS, topic)),
            _rows(*log, event_type="survey_answered", order=answered, at=answered_at, properties=said),
        ]
    )


def _scores(rng: np.random.Generator, lives: Lives, sales: Sales) -> Ints:
    """Draw a score for each order: lower when it was the customer's last."""
    gone = lives.orders.left[sales.orders.customer] <= sales.orders.days
    scores: Floats = np.where(gone, LEAVING, CONTENT) + 1.8 * rng.standard_normal(len(gone))
    return np.clip(np.round(scores), SCORES[0], SCORES[-1]).astype(np.int64)


def _rows(
    rng: np.random.Generator,
    market: Market,
    lives: Lives,
    sales: Sales,
    *,
    event_type: str,
    order: Ints,
    at: Ints,
    properties: Column,
) -> pa.Table:
    """Return one event about each of the orders, named by position, those inside the calendar."""
    inside = np.flatnonzero(market.calendar.holds(at))
    customer = lives.people.number[sales.orders.customer[order[inside]]]
    return event_rows(
        event_type,
        customer,
        at[inside],
        delays(rng, len(inside)),
        order_id=order_ids(sales.number[order[inside]]),
        properties=properties.take(pa.array(inside)),
    )
