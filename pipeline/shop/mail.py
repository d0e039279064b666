"""Mails as events: delivered or bounced, opened and clicked by some, less by the weary and by those who have left."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.lives import Lives, Market
from pipeline.shop.rows import delays, event_rows, texts

DELIVERY_DAYS, OPEN_DELAY_DAYS, CLICK_DELAY_DAYS = 0.01, 0.4, 0.003  # means but the first, a maximum
SOFT_BOUNCE_SHARE = 0.003
CLICKED_SHARE, OFFER_CLICKED_SHARE, FORWARDED_SHARE = 0.15, 0.28, 0.01
OPENNESS_AFTER_LEAVING = 0.3
WEARINESS = 0.25  # how steeply opening falls with the mails of late


@dataclass(frozen=True)
class Mails:
    """Mails, or what became of them: position of the mailing, customer and day, each of shape (mails,)."""

    mailing: Ints
    customer: Ints
    days: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def later(self, wait: Floats) -> "Mails":
        """Return what came of the mails after a wait in days."""
        return Mails(self.mailing, self.customer, self.days + wait)

    def where(self, mask: Truths) -> "Mails":
        """Return the mails for which `mask` is true."""
        return Mails(self.mailing[mask], self.customer[mask], self.days[mask])


@dataclass(frozen=True)
class Post:
    """All mails of the log by what became of them."""

    delivered: Mails
    bounced: Mails
    opened: Mails
    clicked: Mails
    forwarded: Mails


def deliver(rng: np.random.Generator, market: Market, lives: Lives) -> Post:
    """Draw what becomes of the mails that were sent while the log was kept."""
    logged = market.mailings.days >= market.calendar.days(market.calendar.start)
    mailing, customer = np.nonzero(lives.sendings.sent & logged[:, np.newaxis])
    sent = Mails(mailing, customer, market.mailings.days[mailing])
    arrived = sent.later(rng.random(len(sent)) * DELIVERY_DAYS)
    arrives = lives.people.reachable[customer] & (rng.random(len(sent)) >= SOFT_BOUNCE_SHARE)
    delivered = arrived.where(arrives)
    opened = delivered.where(rng.random(len(delivered)) < _openness(lives, delivered))
    opened = opened.later(rng.exponential(OPEN_DELAY_DAYS, len(opened)))
    offer = market.mailings.campaign[opened.mailing] > 0
    clicked = opened.where(rng.random(len(opened)) < np.where(offer, OFFER_CLICKED_SHARE, CLICKED_SHARE))
    clicked = clicked.later(rng.exponential(CLICK_DELAY_DAYS, len(clicked)))
    forwarded = opened.where(rng.random(len(opened)) < FORWARDED_SHARE)
    forwarded = forwarded.later(rng.exponential(CLICK_DELAY_DAYS, len(forwarded)))
    return Post(delivered, arrived.where(~arrives), opened, clicked, forwarded)


def mail_rows(rng: np.random.Generator, market: Market, lives: Lives, post: Post) -> pa.Table:
    """Return the e-mail events, those of withdrawal among them."""
    return pa.concat_tables(
        [
            _rows(rng, market, lives, "email_delivered", post.delivered),
            _rows(rng, market, lives, "email_bounced", post.bounced),
            _rows(rng, market, lives, "email_opened", post.opened),
            _rows(rng, market, lives, "email_clicked", post.clicked),
            _rows(rng, market, lives, "email_forwarded", post.forwarded),
            *_withdrawn_rows(rng, market, lives),
        ]
    )


def _openness(lives: Lives, mails: Mails) -> Floats:
    """Return how probable it is that each mail is opened."""
    gone = lives.orders.left[mails.customer] < mails.days
    weary = np.exp(WEARINESS * (1 - lives.sendings.fatigue[mails.mailing, mails.customer]))
    openness: Floats = lives.people.appetite[mails.customer] * weary * np.where(gone, OPENNESS_AFTER_LEAVING, 1)
    return openness


def _rows(rng: np.random.Generator, market: Market, lives: Lives, event_type: str, mails: Mails) -> pa.Table:
    """Return the mails of one event type as rows, those before the end of the calendar."""
    inside = mails.where(market.calendar.holds(market.calendar.instants(mails.days)))
    return event_rows(
        event_type,
        lives.people.number[inside.customer],
        market.calendar.instants(inside.days),
        delays(rng, len(inside)),
        channel=pa.repeat("email", len(inside)),
        campaign_id=texts(market.mailings.names(market.calendar), inside.mailing),
    )


def _withdrawn_rows(rng: np.random.Generator, market: Market, lives: Lives) -> list[pa.Table]:
    """Return the withdrawals of consent to e-mail: most unsubscribe, some complain."""
    at = market.calendar.instants(np.minimum(lives.email.withdrawn, market.calendar.end_days + 1))
    gone = lives.email.granted & market.calendar.holds(at)
    complained = lives.sendings.complained & (lives.email.withdrawn == lives.sendings.annoyed)
    rows = []
    for event_type, who in (
        ("email_unsubscribed", np.flatnonzero(gone & ~complained)),
        ("email_complained", np.flatnonzero(gone & complained)),
    ):
        channel = pa.repeat("email", len(who))
        rows.append(event_rows(event_type, lives.people.number[who], at[who], delays(rng, len(who)), channel=channel))
    return rows
