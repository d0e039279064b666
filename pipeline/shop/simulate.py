"""The simulated shop: a log, its customers, their consents and their aliases, the same for the same seed."""

from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
import pyarrow as pa

from pipeline.errors import UserError
from pipeline.shop.calendar import Calendar
from pipeline.shop.consent import consent_rows
from pipeline.shop.lives import Lives, Market, live, open_market
from pipeline.shop.log import write_down
from pipeline.shop.people import customer_rows


@dataclass(frozen=True)
class SimulatedShop:
    """Four tables of the contracts' columns and types.

    `events` are in order of occurrence, all in [start, end); a few arrive late, some of them after the end, and a few
    are there twice, as deliveries go. `customers` are known from signing up on, for some before the start. `consents`
    holds answers and withdrawals, `identities` the aliases of customers who were known later.
    """

    events: pa.Table
    customers: pa.Table
    consents: pa.Table
    identities: pa.Table


def simulate(customers: int, start: datetime, end: datetime, seed: int) -> SimulatedShop:
    """Simulate a shop whose log covers [start, end), two moments with a time zone, in memory.

    Some customers never order inside it. Raises UserError for no customers, no span or a moment without a time zone.
    """
    market = open_shop(customers, start, end, seed)
    parts = [log_of(market, lives) for lives in live(market, customers)]
    tables = {
        field.name: pa.concat_tables([getattr(part, field.name) for part in parts]) for field in fields(SimulatedShop)
    }
    shop = SimulatedShop(**tables)
    return shop if len(parts) == 1 else SimulatedShop(**{**tables, "events": _by_time(shop.events)})


def open_shop(customers: int, start: datetime, end: datetime, seed: int) -> Market:
    """Return what all customers share, or raise UserError for an impossible shop."""
    if customers < 1:
        raise UserError(f"A simulated shop needs at least one customer, got {customers}. Try 2000.")
    if start.tzinfo is None or end.tzinfo is None:
        raise UserError(f"A simulated shop needs moments with a time zone, got {start} and {end}. Try tzinfo=UTC.")
    if start >= end:
        raise UserError(f"A simulated shop must start before it ends, got {start} to {end}. Try two years.")
    return open_market(Calendar(start, end), seed)


def log_of(market: Market, lives: Lives) -> SimulatedShop:
    """Return the tables of one chunk of customers."""
    of_people, of_events = (np.random.default_rng(one) for one in lives.chatter.spawn(2))
    log = write_down(market, lives, of_events)
    answers = (lives.profiling, lives.email, lives.sms)
    return SimulatedShop(
        events=log.events,
        customers=customer_rows(of_people, market.calendar, lives.people),
        consents=pa.concat_tables(consent_rows(market.calendar, each, lives.people.number) for each in answers),
        identities=log.identities,
    )


def _by_time(events: pa.Table) -> pa.Table:
    at = events["occurred_at"].cast(pa.int64()).to_numpy()
    return events.take(pa.array(np.argsort(at, kind="stable"))).combine_chunks()
