"""The simulated customers' contact fields: invented people at domains that are reserved for examples."""

import numpy as np
import pyarrow as pa

from pipeline.events.tables import CUSTOMERS
from pipeline.shop.arrays import Column
from pipeline.shop.calendar import Calendar
from pipeline.shop.population import Population
from pipeline.shop.rows import customer_ids, instants, texts

FIRST_NAMES = ("ada", "ben", "cleo", "dario", "elif", "finn", "greta", "hugo", "ines", "jonas", "kira", "luca", "mara")
LAST_NAMES = ("adler", "brandt", "conti", "dubois", "ek", "fischer", "groot", "haas", "ito", "jansen", "kaya", "lund")
DOMAINS = ("example.com", "example.org")
COUNTRIES, COUNTRY_SHARES = ("DE", "AT", "NL", "FR", "IT"), (0.5, 0.15, 0.15, 0.12, 0.08)


def customer_rows(rng: np.random.Generator, calendar: Calendar, population: Population) -> pa.Table:
    """Return the customers table, each known from signing up on."""
    count = len(population)
    joined = instants(calendar.instants(population.joined))
    country = texts(COUNTRIES, rng.choice(len(COUNTRIES), count, p=COUNTRY_SHARES))
    return pa.Table.from_arrays(
        [customer_ids(np.arange(count)), joined, _emails(rng, count), country], schema=CUSTOMERS.schema
    )


def _emails(rng: np.random.Generator, count: int) -> Column:
    """Draw addresses, told apart by a number."""
    first, last, domain = (rng.choice(values, count) for values in (FIRST_NAMES, LAST_NAMES, DOMAINS))
    people = zip(first, last, range(1, count + 1), domain, strict=True)
    return pa.array([f"{given}.{family}.{number}@{host}" for given, family, number, host in people], pa.string())
