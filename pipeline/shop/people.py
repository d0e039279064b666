"""The simulated customers' contact fields: invented people at domains and numbers that are reserved for examples."""

import numpy as np
import pyarrow as pa

from pipeline.events.tables import CUSTOMERS
from pipeline.shop.arrays import Column, Ints
from pipeline.shop.calendar import Calendar
from pipeline.shop.population import COUNTRIES, Population
from pipeline.shop.rows import customer_ids, identifiers, instants, joined_text, null_where, texts

FIRST_NAMES = ("ada", "ben", "cleo", "dario", "elif", "finn", "greta", "hugo", "ines", "jonas", "kira", "luca", "mara")
LAST_NAMES = ("adler", "brandt", "conti", "dubois", "ek", "fischer", "groot", "haas", "ito", "jansen", "kaya", "lund")
DOMAINS = ("example.com", "example.org")
PHONE_PREFIX, PHONE_NUMBERS = "+33 6 39 98 ", 10_000  # kept free for fiction by the French regulator
LANGUAGES, SIZES = ("de", "nl", "fr", "it", "en"), ("S", "M", "L", "XL")
PHONE_SHARE, BIRTH_MONTH_SHARE, TRAITS_SHARE = 0.45, 0.6, 0.5
TRAITS = tuple(
    f'{{"language": "{language}", "size": "{size}", "card": {card}}}'
    for language in LANGUAGES
    for size in SIZES
    for card in ("true", "false")
)


def customer_rows(rng: np.random.Generator, calendar: Calendar, people: Population) -> pa.Table:
    """Return the customers table, each known from signing up on."""
    count = len(people)
    phone = identifiers(PHONE_PREFIX, rng.integers(PHONE_NUMBERS, size=count) - 1, 4)
    month = pa.array(rng.integers(1, 13, count), pa.int64())
    traits = texts(TRAITS, rng.integers(len(TRAITS), size=count))
    return pa.Table.from_arrays(
        [
            customer_ids(people.number),
            instants(calendar.instants(people.joined)),
            _emails(rng, people.number),
            null_where(rng.random(count) >= PHONE_SHARE, phone),
            texts(COUNTRIES, people.country),
            null_where(rng.random(count) >= BIRTH_MONTH_SHARE, month),
            null_where(rng.random(count) >= TRAITS_SHARE, traits),
        ],
        schema=CUSTOMERS.schema,
    )


def _emails(rng: np.random.Generator, number: Ints) -> Column:
    """Draw addresses, told apart by a number."""
    names = (texts(values, rng.integers(len(values), size=len(number))) for values in (FIRST_NAMES, LAST_NAMES))
    host = texts(DOMAINS, rng.integers(len(DOMAINS), size=len(number)))
    return joined_text(*names, joined_text(identifiers("", number, 1), host, between="@"), between=".")
