"""The hidden side of the shop: what all customers share, and what the customers of one chunk are and do.

Chunks are drawn independently, each from the seed and its own number, so that a shop of any size fits into memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Ints
from pipeline.shop.calendar import Calendar
from pipeline.shop.campaigns import Mailings, Sendings, plan_mailings, send, treated
from pipeline.shop.clock import Clock, Ticks, tick, wind
from pipeline.shop.consent import EMAIL, PROFILING, SMS, Answers, ask
from pipeline.shop.orders import Orders, place_orders
from pipeline.shop.population import Population, draw_population
from pipeline.shop.products import prices

CHUNK_CUSTOMERS = 10_000


@dataclass(frozen=True)
class Market:
    """What all customers share: time, the calendar of mailings, the ticks of clocks and the price of each product."""

    seed: int
    calendar: Calendar
    mailings: Mailings
    ticks: Ticks
    prices: Ints


@dataclass(frozen=True)
class Lives:
    """The hidden side of one chunk of customers; `chatter` is the randomness that is left for what is logged of it."""

    chunk: int
    people: Population
    profiling: Answers
    email: Answers
    sms: Answers
    sendings: Sendings
    clock: Clock
    orders: Orders
    chatter: np.random.SeedSequence


def open_market(calendar: Calendar, seed: int) -> Market:
    """Draw what all customers share."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,)))
    mailings = plan_mailings(calendar)
    return Market(seed, calendar, mailings, tick(calendar, mailings), prices(rng))


def live(market: Market, customers: int) -> Iterator[Lives]:
    """Yield the lives of so many customers, one chunk at a time."""
    for chunk, first in enumerate(range(0, customers, CHUNK_CUSTOMERS)):
        yield _chunk(market, chunk, min(CHUNK_CUSTOMERS, customers - first))


def _chunk(market: Market, chunk: int, size: int) -> Lives:
    of_traits, of_consents, of_mails, of_orders, chatter = np.random.SeedSequence(
        market.seed, spawn_key=(1 + chunk,)
    ).spawn(5)
    people = draw_population(np.random.default_rng(of_traits), market.calendar, size, chunk * CHUNK_CUSTOMERS)
    answers = np.random.default_rng(of_consents)
    profiling, email, sms = (ask(answers, purpose, people.joined) for purpose in (PROFILING, EMAIL, SMS))
    sendings, email = send(np.random.default_rng(of_mails), market.mailings, people, email)
    clock = wind(market.ticks, people, treated(market.mailings, sendings))
    orders = place_orders(np.random.default_rng(of_orders), clock, people, market.calendar.end_days)
    return Lives(chunk, people, profiling, email, sms, sendings, clock, orders, chatter)
