"""The simulated shop: a log, its customers and their consents, the same for the same seed."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from pipeline.errors import UserError
from pipeline.events.tables import EVENTS
from pipeline.shop.browse import view_rows
from pipeline.shop.calendar import Calendar
from pipeline.shop.consent import EMAIL, PROFILING, Answers, ask, consent_rows
from pipeline.shop.items import fill_baskets, return_items
from pipeline.shop.mail import mail_rows
from pipeline.shop.orders import Orders, place_orders
from pipeline.shop.people import customer_rows
from pipeline.shop.population import Population, draw_population
from pipeline.shop.rows import delays, event_rows, identifiers
from pipeline.shop.sales import refund_rows, sale_rows


@dataclass(frozen=True)
class SimulatedShop:
    """Three tables of the contracts' columns and types.

    `events` are in order of occurrence, all in [start, end); a few arrive late, some of them after the end.
    `customers` are known from signing up on, for some before the start. `consents` holds answers and withdrawals.
    """

    events: pa.Table
    customers: pa.Table
    consents: pa.Table


def simulate(customers: int, start: datetime, end: datetime, seed: int) -> SimulatedShop:
    """Simulate a shop whose log covers [start, end), two moments with a time zone.

    Some customers never order inside it. Raises UserError for no customers, no span or a moment without a time zone.
    """
    _check(customers, start, end)
    calendar = Calendar(start, end)
    of_traits, of_orders, of_consents, of_people, of_events = np.random.default_rng(seed).spawn(5)
    population = draw_population(of_traits, calendar, customers)
    orders = place_orders(of_orders, calendar, population)
    profiling, email = (ask(of_consents, purpose, population.joined) for purpose in (PROFILING, EMAIL))
    return SimulatedShop(
        events=_events(of_events, calendar, population, orders, email),
        customers=customer_rows(of_people, calendar, population),
        consents=pa.concat_tables([consent_rows(calendar, answers) for answers in (profiling, email)]),
    )


def _check(customers: int, start: datetime, end: datetime) -> None:
    if customers < 1:
        raise UserError(f"A simulated shop needs at least one customer, got {customers}. Try 2000.")
    if start.tzinfo is None or end.tzinfo is None:
        raise UserError(f"A simulated shop needs moments with a time zone, got {start} and {end}. Try tzinfo=UTC.")
    if start >= end:
        raise UserError(f"A simulated shop must start before it ends, got {start} to {end}. Try two years.")


def _events(
    rng: np.random.Generator,
    calendar: Calendar,
    population: Population,
    orders: Orders,
    email: Answers,
) -> pa.Table:
    """Return every event, in order of occurrence and numbered."""
    items = fill_baskets(rng, population, orders)
    refunds = return_items(rng, population, orders, items)
    return _numbered(
        pa.concat_tables(
            [
                _sign_up_rows(rng, calendar, population),
                view_rows(rng, calendar, population, orders, items),
                sale_rows(rng, orders, items),
                refund_rows(rng, calendar, orders, items, refunds),
                mail_rows(rng, calendar, population, orders.left, email),
            ]
        )
    )


def _sign_up_rows(rng: np.random.Generator, calendar: Calendar, population: Population) -> pa.Table:
    at = calendar.instants(population.joined)
    inside = np.flatnonzero(calendar.holds(at))
    return event_rows("signed_up", inside, at[inside], delays(rng, len(inside)))


def _numbered(events: pa.Table) -> pa.Table:
    """Return the events by time, equal ones as they came, with `event_id` counting up."""
    at = events["occurred_at"].cast(pa.int64()).to_numpy()
    ordered = events.take(np.argsort(at, kind="stable"))
    named = ordered.add_column(0, "event_id", identifiers("E", np.arange(len(ordered)), 9))
    return named.cast(EVENTS.schema).combine_chunks()
