"""Aliases: the cookies under which people are logged before they say who they are, and what turns up about them."""

import numpy as np
import pyarrow as pa

from pipeline.events.tables import IDENTITIES
from pipeline.shop.arrays import Column, Floats, Ints
from pipeline.shop.population import Population
from pipeline.shop.rows import customer_ids, identifiers, instants

SLOTS = 16  # aliases that belong to a customer's number: four cookies on each of three devices, and others' below
COOKIES, COOKIE_DAYS = 4, 150
STRANGER_SLOT, BOT_SLOT = 12, 15
SPREAD = 0.618  # of the days on which cookies are deleted
SHARED_DEVICE = 0


def aliases(
    people: Population, customer: Ints, device: Ints | None = None, days: Floats | None = None, slot: int = 0
) -> Ints:
    """Return the number of the alias that a customer's device has on a day; without a device, that of a slot.

    A few customers use the desktop of their neighbour.
    """
    number = people.number[customer]
    if device is None or days is None:
        return number * SLOTS + slot
    cookie = (days / COOKIE_DAYS + number * SPREAD).astype(np.int64) % COOKIES
    shared = people.shares_device[customer] & (device == SHARED_DEVICE)
    return np.where(shared, number ^ 1, number) * SLOTS + device * COOKIES + cookie


def alias_ids(alias: Ints) -> Column:
    """Return the identifiers of aliases."""
    return identifiers("A", alias, 8)


def identity_rows(people: Population, alias: Ints, customer: Ints, known_from: Ints) -> pa.Table:
    """Return one row for each alias and customer, dated when they were seen together first."""
    order = np.lexsort((known_from, customer, alias))
    alias, customer, known_from = alias[order], customer[order], known_from[order]
    first = np.ones(len(order), bool)
    first[1:] = (alias[1:] != alias[:-1]) | (customer[1:] != customer[:-1])
    at = instants(known_from[first])
    columns = [alias_ids(alias[first]), customer_ids(people.number[customer[first]]), at, at]
    return pa.Table.from_arrays(columns, schema=IDENTITIES.schema)
