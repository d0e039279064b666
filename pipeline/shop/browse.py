"""What customers look at before they order."""

import numpy as np
import pyarrow as pa

from pipeline.shop.calendar import DAY, SECOND, Calendar
from pipeline.shop.items import Items
from pipeline.shop.orders import Orders
from pipeline.shop.population import Population
from pipeline.shop.products import category_names, product_ids
from pipeline.shop.rows import delays, event_rows

VIEWED_SHARE = 0.7  # of lines, looked at before they are bought
AHEAD_MEDIAN_DAYS, AHEAD_SPREAD, AHEAD_DAYS = 0.08, 2.2, 30  # mostly the same visit, sometimes weeks earlier


def view_rows(
    rng: np.random.Generator, calendar: Calendar, population: Population, orders: Orders, items: Items
) -> pa.Table:
    """Return `product_viewed` events; one that would fall before signing up was never logged."""
    line = np.flatnonzero(rng.random(len(items.order)) < VIEWED_SHARE)
    customer, bought = orders.customer[items.order[line]], orders.at[items.order[line]]
    ahead = np.minimum(AHEAD_MEDIAN_DAYS * rng.lognormal(0, AHEAD_SPREAD, len(line)), AHEAD_DAYS)
    at = bought - (ahead * (DAY // SECOND)).astype(np.int64) * SECOND
    logged = (at >= calendar.instants(population.joined)[customer]) & calendar.holds(at)
    product = items.product[line][logged]
    return event_rows(
        "product_viewed",
        customer[logged],
        at[logged],
        delays(rng, len(product)),
        product_id=product_ids(product),
        category=category_names(product),
    )
