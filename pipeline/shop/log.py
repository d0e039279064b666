"""The log of one chunk of customers: all that they did, as the shop's systems wrote it down, twice at times."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.events.tables import EVENTS
from pipeline.shop.arrays import Ints
from pipeline.shop.bots import bot_rows
from pipeline.shop.care import care_rows
from pipeline.shop.clicks import click_rows
from pipeline.shop.identity import identity_rows
from pipeline.shop.items import return_items
from pipeline.shop.lives import Lives, Market
from pipeline.shop.looks import look
from pipeline.shop.mail import deliver, mail_rows
from pipeline.shop.orders import Orders
from pipeline.shop.population import COUNTRIES, SOURCES
from pipeline.shop.rows import delays, event_rows, identifiers, instants, texts
from pipeline.shop.sales import refund_rows, sale_rows, sell
from pipeline.shop.sessions import NEVER, Sessions, draw_sessions

EVENTS_PER_CHUNK = 10**8  # more than a chunk can have, so that numbers of events never meet
TWICE_SHARE, TWICE_LATER_SHARE = 0.005, 0.5


@dataclass(frozen=True)
class Log:
    """The events of a chunk in order of occurrence, some of them twice, and the aliases that turned out to be known."""

    events: pa.Table
    identities: pa.Table


def write_down(market: Market, lives: Lives, rng: np.random.Generator) -> Log:
    """Return what was logged of these lives."""
    sales = sell(rng, market, lives, _seen(market, lives.orders))
    refunds = return_items(rng, lives.people, sales.orders, sales.at, sales.items)
    post = deliver(rng, market, lives)
    sessions = draw_sessions(rng, market, lives, sales, post.clicked)
    events = pa.concat_tables(
        [
            _sign_up_rows(rng, market, lives),
            click_rows(rng, market, lives, sessions, look(rng, lives, sales, sessions)),
            sale_rows(rng, market, lives, sales),
            refund_rows(rng, market, lives, sales, refunds),
            care_rows(rng, market, lives, sales, refunds),
            mail_rows(rng, market, lives, post),
            bot_rows(rng, market, lives),
        ]
    )
    return Log(_delivered(rng, events, lives.chunk * EVENTS_PER_CHUNK), _identities(market, lives, sessions))


def _seen(market: Market, orders: Orders) -> Orders:
    """Return the orders inside the calendar, earliest first."""
    placed = orders.where(orders.days < market.calendar.end_days)
    seen = placed.where(market.calendar.holds(market.calendar.instants(placed.days)))
    order = np.lexsort((seen.customer, seen.days))
    return Orders(seen.customer[order], seen.need[order], seen.days[order], seen.left)


def _sign_up_rows(rng: np.random.Generator, market: Market, lives: Lives) -> pa.Table:
    at = market.calendar.instants(lives.people.joined)
    inside = np.flatnonzero(market.calendar.holds(at))
    return event_rows(
        "signed_up",
        lives.people.number[inside],
        at[inside],
        delays(rng, len(inside)),
        source=texts(SOURCES, lives.people.source[inside]),
        country=texts(COUNTRIES, lives.people.country[inside]),
    )


def _identities(market: Market, lives: Lives, sessions: Sessions) -> pa.Table:
    """Return who turned out to be behind those aliases that were logged."""
    anonymous = np.unique(sessions.alias[sessions.at < sessions.known_from])
    known = (sessions.known_from < NEVER) & market.calendar.holds(sessions.known_from)
    joins = sessions.where(known & np.isin(sessions.alias, anonymous))
    return identity_rows(lives.people, joins.alias, joins.customer, joins.known_from)


def _delivered(rng: np.random.Generator, events: pa.Table, first: int) -> pa.Table:
    """Return the events by time, equal ones as they came, numbered; a few a second time, half of those later."""
    at = events["occurred_at"].cast(pa.int64()).to_numpy()
    order = np.argsort(at, kind="stable")
    number = np.arange(len(order))
    twice = np.flatnonzero(rng.random(len(order)) < TWICE_SHARE)
    row = np.insert(number, twice + 1, twice)
    again = np.zeros(len(row), bool)
    again[twice + 1 + np.arange(len(twice))] = True
    wait = np.where(again & (rng.random(len(row)) < TWICE_LATER_SHARE), _redelivery(rng, len(row)), 0)
    told = events.take(pa.array(order[row]))
    received = told["received_at"].cast(pa.int64()).to_numpy() + wait
    told = told.set_column(told.schema.get_field_index("received_at"), "received_at", instants(received))
    named = told.add_column(0, "event_id", identifiers("E", first + row, 10))
    return named.select(EVENTS.columns).cast(EVENTS.schema).combine_chunks()


def _redelivery(rng: np.random.Generator, count: int) -> Ints:
    """Draw how much later, in microseconds, the second delivery comes: within an hour."""
    return rng.integers(1, 3600, count) * 1_000_000
