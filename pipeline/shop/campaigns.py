"""The mailings of the shop: newsletters, and campaigns with an offer from which a share is held out at random."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import Calendar
from pipeline.shop.consent import Answers
from pipeline.shop.population import Population

NEWSLETTER_FIRST_DAY, NEWSLETTER_EVERY_DAYS = 20.4, 56
CAMPAIGN_FIRST_DAY, CAMPAIGN_EVERY_DAYS = 9.4, 42
OFFER_DAYS = 14  # how long an offer stands; shorter than the time to the next, so that offers never overlap
HELD_OUT_SHARE = 0.15
KNOWN_DAYS = 0.1  # how long before a mailing its list is made

RECOVERY_DAYS = 30.0
LOST_SHARE, LOST_BY_FATIGUE = 0.0015, 0.7  # of those mailed once, withdraw; and how steeply it grows
COMPLAINED_SHARE = 0.12  # of those who withdraw because of a mail
ANNOYED_DAYS = 0.3


@dataclass(frozen=True)
class Mailings:
    """The calendar of mailings, earliest first: the day of each and its campaign's number from one, zero for none."""

    days: Floats
    campaign: Ints

    @property
    def starts(self) -> Floats:
        """The days on which campaigns start; the campaign with number c at position c - 1."""
        return self.days[self.campaign > 0]

    def names(self, calendar: Calendar) -> list[str]:
        """Return the name under which each mailing is logged."""
        dates = calendar.dates[self.days.astype(np.int64)]
        return [
            f"{'offer' if campaign else 'newsletter'}-{date}"
            for campaign, date in zip(self.campaign, dates, strict=True)
        ]


@dataclass(frozen=True)
class Sendings:
    """What was sent to whom, each of shape (mailings, customers) but the last two, of shape (customers,).

    `fatigue` is the number of mails of late, each counting less as it ages; `held_out` who would have been mailed.
    `annoyed` says when a mail made the customer withdraw, infinite for most, and `complained` who called it spam.
    """

    sent: Truths
    held_out: Truths
    fatigue: Floats
    annoyed: Floats
    complained: Truths


def plan_mailings(calendar: Calendar) -> Mailings:
    """Return the mailings from the origin to the end of a calendar."""
    letters = np.arange(NEWSLETTER_FIRST_DAY, calendar.end_days, NEWSLETTER_EVERY_DAYS)
    offers = np.arange(CAMPAIGN_FIRST_DAY, calendar.end_days, CAMPAIGN_EVERY_DAYS)
    days = np.concatenate([letters, offers])
    campaign = np.concatenate([np.zeros(len(letters), np.int64), 1 + np.arange(len(offers))])
    order = np.argsort(days)
    return Mailings(days[order], campaign[order])


def send(rng: np.random.Generator, mailings: Mailings, people: Population, email: Answers) -> tuple[Sendings, Answers]:
    """Draw who is mailed, whom that annoys so much that consent is withdrawn, and return both."""
    shape = len(mailings.days), len(people)
    sent, held_out, tired = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape)
    fatigue, withdrawn, annoyed = np.zeros(len(people)), email.withdrawn.copy(), np.full(len(people), np.inf)
    before = 0.0
    for row, (day, campaign) in enumerate(zip(mailings.days.tolist(), mailings.campaign.tolist(), strict=True)):
        listed = email.granted & (email.joined < day - KNOWN_DAYS) & (day < withdrawn)
        held_out[row] = listed & (campaign > 0) & (rng.random(len(people)) < HELD_OUT_SHARE)
        sent[row] = listed & ~held_out[row]
        fatigue = fatigue * np.exp((before - day) / RECOVERY_DAYS) + sent[row]
        tired[row], before = fatigue, day
        lost = LOST_SHARE * np.exp(LOST_BY_FATIGUE * (fatigue - 1)) * people.reachable
        gone = sent[row] & (rng.random(len(people)) < lost)
        annoyed[gone] = day + 0.05 + rng.exponential(ANNOYED_DAYS, gone.sum())
        withdrawn = np.minimum(withdrawn, annoyed)
    complained = rng.random(len(people)) < COMPLAINED_SHARE
    sendings = Sendings(sent, held_out, tired, annoyed, complained & np.isfinite(annoyed))
    return sendings, replace(email, withdrawn=withdrawn)


def treated(mailings: Mailings, sendings: Sendings) -> Truths:
    """Tell who was sent each campaign; shape (customers, campaigns + 1), the first column, no campaign, all false."""
    mine = sendings.sent[mailings.campaign > 0].T
    return np.concatenate([np.zeros((len(mine), 1), bool), mine], axis=1)
