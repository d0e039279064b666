"""The true effect of every campaign on every customer who could have been sent it."""

import numpy as np
import pyarrow as pa

from pipeline.events.tables import INSTANT
from pipeline.shop.arrays import Floats, Ints
from pipeline.shop.campaigns import OFFER_DAYS
from pipeline.shop.hidden import look_into
from pipeline.shop.lives import Lives, Market
from pipeline.shop.rows import customer_ids, instants

CAMPAIGN_TRUTH = pa.schema(
    {
        "campaign_id": pa.string(),
        "customer_id": pa.string(),
        "sent_at": INSTANT,
        "treated": pa.bool_(),
        "treated_order_probability": pa.float64(),
        "held_out_order_probability": pa.float64(),
        "effect": pa.float64(),
    }
)


def campaign_truth(market: Market, lives: Lives) -> pa.Table:
    """Return one row for every campaign and customer who was sent it or held out from it.

    The probabilities are those of an order in the 14 days after sending, given the hidden state at sending, if the
    customer is sent the campaign and if not; `effect` is the first less the second. Campaigns before the log or within
    14 days of its end are left out.
    """
    calendar, mailings = market.calendar, market.mailings
    at = calendar.instants(mailings.days)
    inside = (mailings.campaign > 0) & calendar.holds(at) & (mailings.days + OFFER_DAYS <= calendar.end_days)
    rows = [_of_mailing(market, lives, row) for row in np.flatnonzero(inside).tolist()]
    return pa.concat_tables([CAMPAIGN_TRUTH.empty_table(), *rows])


def _of_mailing(market: Market, lives: Lives, row: int) -> pa.Table:
    sent = lives.sendings.sent[row]
    who = np.flatnonzero(sent | lives.sendings.held_out[row])
    held_out, treated = _probabilities(lives, who, market.mailings.days[row], int(market.mailings.campaign[row]))
    sent_at = market.calendar.instants(np.full(len(who), market.mailings.days[row]))
    columns = [
        pa.repeat(market.mailings.names(market.calendar)[row], len(who)),
        customer_ids(lives.people.number[who]),
        instants(sent_at),
        *(pa.array(column) for column in (sent[who], treated, held_out, treated - held_out)),
    ]
    return pa.Table.from_arrays(columns, schema=CAMPAIGN_TRUTH)


def _probabilities(lives: Lives, who: Ints, day: float, campaign: int) -> tuple[Floats, Floats]:
    """Return the probability of an order while the offer stands, of those held out and of those treated."""
    hidden = look_into(lives, who, day)
    span = lives.clock.own(who, np.full(len(who), day + OFFER_DAYS)) - hidden.now
    gain = lives.clock.offer_gain(who, campaign)
    without = span - gain * lives.clock.treated[who, campaign]
    return hidden.order_within(without)[:, -1], hidden.order_within(without + gain)[:, -1]
