"""One question in words about a few events of one customer."""

from datetime import timedelta

from pipeline.conditions.figures import figures
from pipeline.conditions.parse import parse
from pipeline.events.history import history_of
from tests.rows import AS_OF, days_before, event, table

MICROSECOND = timedelta(microseconds=1)
VIEW, CART, ORDER = "product_viewed", "cart_added", "order_placed"


def asked(text, *rows, as_of=AS_OF, zone="UTC", who="ann"):
    """The answer to one question about one customer."""
    found = figures(history_of(table([*rows]), as_of, zone), [parse(text)])
    return found.beside([who])["figure_0"][0].as_py()


def order(days, nudge=0, **fields):
    return event("ann", days_before(days) + nudge * MICROSECOND, **fields)


def view(days, **fields):
    return event("ann", days_before(days), VIEW, **fields)
