"""The newsletter: delivered to those who allow it, opened and clicked by some, less by those who have left."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import Calendar
from pipeline.shop.consent import Answers
from pipeline.shop.population import Population
from pipeline.shop.rows import delays, event_rows, texts

EVERY_DAYS = 21
FIRST_AFTER_DAYS = 9.4
DELIVERY_DAYS, OPEN_DELAY_DAYS, CLICK_DELAY_DAYS = 0.02, 0.4, 0.003  # means
CLICKED_SHARE = 0.2
OPENNESS_AFTER_LEAVING = 0.3


@dataclass(frozen=True)
class Mails:
    """Mails, or what became of them: campaign, customer and day, each of shape (mails,)."""

    campaign: Ints
    customer: Ints
    days: Floats

    def __len__(self) -> int:
        return len(self.customer)

    def later(self, rng: np.random.Generator, mean_days: float) -> "Mails":
        """Return what came of the mails an exponential time after."""
        return Mails(self.campaign, self.customer, self.days + rng.exponential(mean_days, len(self)))

    def where(self, mask: Truths) -> "Mails":
        """Return the mails for which `mask` is true."""
        return Mails(self.campaign[mask], self.customer[mask], self.days[mask])


def mail_rows(
    rng: np.random.Generator, calendar: Calendar, population: Population, left: Floats, email: Answers
) -> pa.Table:
    """Return the e-mail events, those of withdrawal (`email_unsubscribed`) among them; `left` as in Orders."""
    sent = _sent(calendar, email)
    delivered = sent.later(rng, DELIVERY_DAYS)
    interest = np.where(left[sent.customer] < sent.days, OPENNESS_AFTER_LEAVING, 1)
    opens = rng.random(len(sent)) < population.openness[sent.customer] * interest
    opened = delivered.where(opens).later(rng, OPEN_DELAY_DAYS)
    clicked = opened.where(rng.random(len(opened)) < CLICKED_SHARE).later(rng, CLICK_DELAY_DAYS)
    return pa.concat_tables(
        [
            _rows(rng, calendar, "email_delivered", delivered),
            _rows(rng, calendar, "email_opened", opened),
            _rows(rng, calendar, "email_clicked", clicked),
            _unsubscribed_rows(rng, calendar, email),
        ]
    )


def _campaign_days(calendar: Calendar) -> Floats:
    return np.arange(calendar.days(calendar.start) + FIRST_AFTER_DAYS, calendar.end_days, EVERY_DAYS)


def _sent(calendar: Calendar, email: Answers) -> Mails:
    """Return every mail sent: to those whose consent stands on that day."""
    days = _campaign_days(calendar)
    campaign, customer = np.nonzero(email.holds(days[:, np.newaxis]))
    return Mails(campaign, customer, days[campaign])


def _rows(rng: np.random.Generator, calendar: Calendar, event_type: str, mails: Mails) -> pa.Table:
    """Return the mails of one event type as rows, those before the end of the calendar."""
    inside = mails.where(calendar.holds(calendar.instants(mails.days)))
    dates = [(calendar.origin + timedelta(days=day)).date() for day in _campaign_days(calendar).tolist()]
    return event_rows(
        event_type,
        inside.customer,
        calendar.instants(inside.days),
        delays(rng, len(inside)),
        channel=pa.repeat("email", len(inside)),
        campaign_id=texts([f"newsletter-{date}" for date in dates], inside.campaign),
    )


def _unsubscribed_rows(rng: np.random.Generator, calendar: Calendar, email: Answers) -> pa.Table:
    at = calendar.instants(email.withdrawn)
    gone = np.flatnonzero(email.granted & calendar.holds(at))
    channel = pa.repeat("email", len(gone))
    return event_rows("email_unsubscribed", gone, at[gone], delays(rng, len(gone)), channel=channel)
