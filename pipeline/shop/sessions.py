"""Visits to the shop: to order, to consider an order, to look around, by a link in a mail, and those of strangers.

Nobody looks around because of an order in the future that is not yet considered: visits follow from the hidden state.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.browsing import browse
from pipeline.shop.calendar import SECOND
from pipeline.shop.identity import STRANGER_SLOT, aliases
from pipeline.shop.lives import Lives, Market
from pipeline.shop.mail import Mails
from pipeline.shop.population import SOURCE_SHARES, SOURCES
from pipeline.shop.sales import WEB, Sales, own_channels, own_devices

NEVER = np.iinfo(np.int64).max
NO_ORDER, NO_MAILING = -1, -1
ORDER_MINUTES, VISIT_MINUTES = (4, 30), (1, 20)
TILL = 100 * SECOND  # before the order, at the till, everybody is known
ANONYMOUS_TILL_SHARE, ANONYMOUS_VISIT_SHARE = 0.35, 0.4
CONSIDERED_DAYS = 1 / 24  # from this on, a consideration is a visit of its own
STRANGERS_PER_CUSTOMER, VISITS_OF_STRANGERS, ALL_WITHIN_DAYS = 0.5, 0.4, 3


@dataclass(frozen=True)
class Sessions:
    """Visits, each of shape (sessions,): who, from when for how long (microseconds), on which device, brought by what.

    Until `known_from` the events are logged under `alias`, from then on under the customer; `order` is the position of
    the order that is placed (`placing`) or considered, and `mailing` that of the mail that brought the customer.
    """

    customer: Ints
    at: Ints
    lasting: Ints
    known_from: Ints
    alias: Ints
    device: Ints
    channel: Ints
    source: Ints
    mailing: Ints
    order: Ints
    placing: Truths

    def __len__(self) -> int:
        return len(self.customer)

    def where(self, mask: Truths) -> "Sessions":
        """Return the sessions for which `mask` is true."""
        return Sessions(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def draw_sessions(rng: np.random.Generator, market: Market, lives: Lives, sales: Sales, clicks: Mails) -> Sessions:
    """Draw every visit that begins inside the calendar, or that ends in an order inside it."""
    kinds = [
        _ordering(rng, market, lives, sales),
        _considering(rng, market, lives, sales),
        _visits(rng, market, lives, *browse(rng, market, lives)),
        _visits(rng, market, lives, clicks.customer, clicks.days, mailing=clicks.mailing),
        _strangers(rng, market, lives),
    ]
    return _together(kinds)


def _together(kinds: list[Sessions]) -> Sessions:
    columns = {field.name: np.concatenate([getattr(kind, field.name) for kind in kinds]) for field in fields(Sessions)}
    return Sessions(**columns)


def _ordering(rng: np.random.Generator, market: Market, lives: Lives, sales: Sales) -> Sessions:
    online = np.flatnonzero(~sales.in_store)
    customer, at = sales.orders.customer[online], sales.at[online]
    lasting = rng.integers(ORDER_MINUTES[0] * 60, ORDER_MINUTES[1] * 60, len(online)) * SECOND
    joined = market.calendar.instants(lives.people.joined)[customer]
    hidden = (rng.random(len(online)) < ANONYMOUS_TILL_SHARE) & (sales.channel[online] == WEB)
    return Sessions(
        customer=customer,
        at=at - lasting,
        lasting=lasting,
        known_from=np.maximum(np.where(hidden, at - TILL, at - lasting), joined),
        alias=aliases(lives.people, customer, sales.device[online], sales.orders.days[online]),
        device=sales.device[online],
        channel=sales.channel[online],
        source=_sources(rng, len(online)),
        mailing=np.full(len(online), NO_MAILING),
        order=online,
        placing=np.ones(len(online), bool),
    )


def _considering(rng: np.random.Generator, market: Market, lives: Lives, sales: Sales) -> Sessions:
    """Return the visits in which orders are considered, of which some have not been placed when the log ends."""
    placed = _visits(rng, market, lives, sales.orders.customer, sales.orders.need, order=np.arange(len(sales.at)))
    pending = lives.orders.where(lives.orders.days >= market.calendar.end_days)
    open_ones = _visits(rng, market, lives, pending.customer, pending.need)
    considered = sales.orders.days - sales.orders.need > CONSIDERED_DAYS
    return _together([placed.where(considered[placed.order]), open_ones])


def _strangers(rng: np.random.Generator, market: Market, lives: Lives) -> Sessions:
    """Return the visits of people who never say who they are, with the tastes of those whose numbers they borrow."""
    first, last = market.calendar.days(market.calendar.start), market.calendar.end_days
    strangers = np.flatnonzero(rng.random(len(lives.people)) < STRANGERS_PER_CUSTOMER)
    customer = np.repeat(strangers, 1 + rng.poisson(VISITS_OF_STRANGERS, len(strangers)))
    met = rng.uniform(first, last, len(lives.people))[customer]
    days = met + rng.exponential(ALL_WITHIN_DAYS, len(customer))
    visits = _visits(rng, market, lives, customer, days)
    alias = aliases(lives.people, visits.customer, slot=STRANGER_SLOT)
    return replace(visits, known_from=np.full(len(visits), NEVER), alias=alias)


def _visits(
    rng: np.random.Generator,
    market: Market,
    lives: Lives,
    customer: Ints,
    days: Floats,
    *,
    mailing: Ints | None = None,
    order: Ints | None = None,
) -> Sessions:
    """Return visits without an order, those that begin inside the calendar; some remain anonymous."""
    count, at = len(customer), market.calendar.instants(days)
    device = own_devices(rng, lives.people.device[customer])
    channel = own_channels(rng, lives.people.has_app[customer], device)
    hidden = (rng.random(count) < ANONYMOUS_VISIT_SHARE) & (channel == WEB)
    source = _sources(rng, count) if mailing is None else np.full(count, SOURCES.index("newsletter"))
    joined = market.calendar.instants(lives.people.joined)[customer]
    visits = Sessions(
        customer=customer,
        at=at,
        lasting=rng.integers(VISIT_MINUTES[0] * 60, VISIT_MINUTES[1] * 60, count) * SECOND,
        known_from=np.where(hidden, NEVER, np.maximum(at, joined)),
        alias=aliases(lives.people, customer, device, days),
        device=device,
        channel=channel,
        source=source,
        mailing=np.full(count, NO_MAILING) if mailing is None else mailing,
        order=np.full(count, NO_ORDER) if order is None else order,
        placing=np.zeros(count, bool),
    )
    return visits.where(market.calendar.holds(at))


def _sources(rng: np.random.Generator, count: int) -> Ints:
    return rng.choice(len(SOURCES), count, p=SOURCE_SHARES)
