"""Each customer's own clock, on which orders follow evenly: it runs fast in the season, in sales and after an offer.

Own time is a sum of three tabulated parts, so that it has a closed form at every moment: an ordinary part, one that
waits for sales, weighted by the customer's dependence on them, and what the offers add that the customer was sent.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import Calendar, day_of_year, rhythm, season
from pipeline.shop.campaigns import OFFER_DAYS, Mailings
from pipeline.shop.population import GROUPS, Group, Population, trait
from pipeline.shop.promotions import PATIENCE, on_promotion


@dataclass(frozen=True)
class Ticks:
    """Own time at each full hour, negative until the end, by group: `plain` and `waiting` are (groups, hours + 1).

    `offered` is what the offer of the hour has added so far to a customer of response one; `campaign`, of shape
    (hours + 1,), the number of the latest campaign, zero before the first; `whole`, of shape (groups, campaigns + 1),
    what a campaign adds in all.
    """

    plain: Floats
    waiting: Floats
    offered: Floats
    campaign: Ints
    whole: Floats


@dataclass(frozen=True)
class Clock:
    """The clocks of n customers; `treated` and `earned`, what earlier offers added, are (n, campaigns + 1)."""

    ticks: Ticks
    group: Ints
    scale: Floats
    dependence: Floats
    response: Floats
    treated: Truths
    earned: Floats

    def own(self, who: Ints, days: Floats) -> Floats:
        """Return days since the origin as own days."""
        hours = np.clip(np.asarray(days) * 24, 0, self._last)
        hour = np.minimum(hours.astype(np.int64), self._last - 1)
        low, high = self._at(who, hour), self._at(who, hour + 1)
        own: Floats = low + (hours - hour) * (high - low)
        return own

    def calendar(self, who: Ints, own: Floats) -> Floats:
        """Return own days as days since the origin, infinite beyond the end; halves the hours until one is left."""
        low, high = np.zeros(len(who), np.int64), np.full(len(who), self._last)
        while (high - low > 1).any():
            middle = (low + high) // 2
            before = self._at(who, middle) <= own
            low, high = np.where(before, middle, low), np.where(before, high, middle)
        start, stop = self._at(who, low), self._at(who, high)
        days = (low + (own - start) / (stop - start)) / 24
        return np.where(own < self._at(who, np.full(len(who), self._last)), days, np.inf)

    def offer_gain(self, who: Ints, campaign: int) -> Floats:
        """Return the own days that a campaign adds to those who are sent it."""
        gain: Floats = (self.scale * self.response)[who] * self.ticks.whole[self.group[who], campaign]
        return gain

    @property
    def _last(self) -> int:
        return len(self.ticks.campaign) - 1

    def _at(self, who: Ints, hour: Ints) -> Floats:
        group, campaign, waits = self.group[who], self.ticks.campaign[hour], self.dependence[who]
        everyday = (1 - waits) * self.ticks.plain[group, hour] + waits * self.ticks.waiting[group, hour]
        offers = self.earned[who, campaign] + self.treated[who, campaign] * self.ticks.offered[group, hour]
        own: Floats = self.scale[who] * (everyday + self.response[who] * offers)
        return own


def wind(ticks: Ticks, people: Population, treated: Truths) -> Clock:
    """Return the clocks of people who were sent these campaigns."""
    whole = np.where(treated, ticks.whole[people.group], 0.0)
    earned = np.cumsum(whole, axis=1) - whole
    scale = np.exp(people.joined / trait("fade_days", people.group))
    return Clock(ticks, people.group, scale, people.dependence, people.response, treated, earned)


def tick(calendar: Calendar, mailings: Mailings) -> Ticks:
    """Tabulate own time for every group."""
    hours = np.arange(len(calendar.dates) * 24 + 1)
    campaign = np.searchsorted(mailings.starts * 24, hours, side="right")
    begins = np.concatenate([[0], np.ceil(mailings.starts * 24).astype(np.int64)])
    hourly = np.stack([_hourly(calendar, group) for group in GROUPS])
    eager = np.stack([_eagerness(calendar, group) for group in GROUPS])
    added = _elapsed(hourly * _offer(mailings, campaign[:-1], hours[:-1]))
    ends = np.append(begins[1:], hours[-1])
    return Ticks(
        plain=_elapsed(hourly),
        waiting=_elapsed(hourly * eager),
        offered=added - added[:, begins][:, campaign],
        campaign=campaign,
        whole=added[:, ends] - added[:, begins],
    )


def _elapsed(hourly: Floats) -> Floats:
    """Add up hours, from the end backwards: of a fading interest the small steps at the end must not be rounded off."""
    ahead = np.cumsum(hourly[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([-ahead, np.zeros((len(hourly), 1))], axis=1)


def _hourly(calendar: Calendar, group: Group) -> Floats:
    pace = rhythm(calendar, group.christmas)
    hourly: Floats = np.diff(pace.elapsed) * np.exp(-pace.edges[:-1] / group.fade_days)
    return hourly


def _eagerness(calendar: Calendar, group: Group) -> Floats:
    """Return by how much a wholly dependent customer's clock outruns an ordinary one's, each hour; one over a year."""
    year = np.arange(np.datetime64("2024-01-01"), np.datetime64("2025-01-01"))
    weight, sale = season(group.christmas)[day_of_year(year)], on_promotion(year)
    rush = (weight.sum() - PATIENCE * weight[~sale].sum()) / weight[sale].sum()
    return np.repeat(np.where(on_promotion(calendar.dates), rush, PATIENCE), 24)


def _offer(mailings: Mailings, campaign: Ints, hours: Ints) -> Floats:
    """Return the weight of the offer at each hour: twice the mean at its start, falling to none at its end."""
    starts = np.concatenate([[-np.inf], mailings.starts])
    age = (hours / 24 - starts[campaign]) / OFFER_DAYS
    return np.where(age < 1, 2 * (1 - np.clip(age, 0, 1)), 0.0)
