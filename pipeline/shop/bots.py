"""Bots: a handful of ids that read the whole shop faster than any person, and buy nothing."""

import numpy as np
import pyarrow as pa

from pipeline.shop.calendar import SECOND, microseconds
from pipeline.shop.identity import BOT_SLOT, SLOTS, alias_ids
from pipeline.shop.lives import Lives, Market
from pipeline.shop.products import ASSORTMENT, PRODUCTS_PER_CATEGORY, category_names, product_ids
from pipeline.shop.rows import event_rows, joined_text, whole

CUSTOMERS_PER_BOT = 2_500
CRAWLS, VIEWS_PER_CRAWL = 4, 450  # means
PACE_SECONDS = 3  # at most, between two pages


def bot_rows(rng: np.random.Generator, market: Market, lives: Lives) -> pa.Table:
    """Return the views of bots, one bot for every 2,500 customers."""
    bots = len(lives.people) // CUSTOMERS_PER_BOT
    crawl_bot = np.repeat(np.arange(bots), 1 + rng.poisson(CRAWLS - 1, bots))
    crawl = np.repeat(np.arange(len(crawl_bot)), 1 + rng.poisson(VIEWS_PER_CRAWL, len(crawl_bot)))
    first, last = microseconds(market.calendar.start) // SECOND, microseconds(market.calendar.end) // SECOND
    start = rng.integers(first, last, len(crawl_bot))[crawl]
    wait = np.cumsum(rng.integers(1, PACE_SECONDS + 1, len(crawl)))
    begun = wait[np.flatnonzero(np.diff(crawl, prepend=-1))]
    at = (start + wait - begun[crawl]) * SECOND
    inside = market.calendar.holds(at)
    at, bot = at[inside], crawl_bot[crawl[inside]]
    product = rng.integers(len(ASSORTMENT) * PRODUCTS_PER_CATEGORY, size=len(at))
    return event_rows(
        "product_viewed",
        bot,
        at,
        np.zeros(len(at), np.int64),
        customer_id=alias_ids(lives.people.number[bot * CUSTOMERS_PER_BOT] * SLOTS + BOT_SLOT),
        product_id=product_ids(product),
        category=category_names(product),
        page=joined_text(pa.repeat("/product/", len(at)), product_ids(product)),
        device=pa.repeat("desktop", len(at)),
        channel=pa.repeat("web", len(at)),
        source=pa.repeat("direct", len(at)),
        duration_seconds=whole(rng.integers(0, 2, len(at))),
    )
