"""What happens in a visit: which products are looked at, put into the cart and taken out again."""

from dataclasses import dataclass

import numpy as np

from pipeline.shop.arrays import Floats, Ints, Truths
from pipeline.shop.calendar import SECOND
from pipeline.shop.items import liked_products
from pipeline.shop.lives import Lives
from pipeline.shop.sales import Sales
from pipeline.shop.sessions import NO_ORDER, TILL, Sessions

LINES_VIEWED_SHARE, LINES_ADDED_SHARE = 0.45, 0.5  # of lines ordered: the rest is ordered again from a list
LOOKED_AT, LOOKED_AT_CONSIDERING = 0.8, 1.6  # mean number of products in a visit
ADDED_SHARE, ADDED_CONSIDERING_SHARE, REMOVED_SHARE = 0.12, 0.4, 0.25
BOUGHT_LATER_SHARE = 0.7  # of looks while considering, at the first line of the order to come


@dataclass(frozen=True)
class Looks:
    """Products met in visits: the position of the session, the product, and when (microseconds) what was done with it.

    `added` is after `viewed`, `removed` after `added`; the masks say what was done at all.
    """

    session: Ints
    product: Ints
    viewed_at: Ints
    added_at: Ints
    removed_at: Ints
    viewed: Truths
    added: Truths
    removed: Truths


def look(rng: np.random.Generator, lives: Lives, sales: Sales, sessions: Sessions) -> Looks:
    """Draw what is met in every visit: in one with an order the lines of the order, else what the customer likes."""
    lines, line_session = _lines(sales, sessions)
    visit = _visiting(rng, sessions)
    session = np.concatenate([line_session, visit])
    product = np.concatenate([sales.items.product[lines], _visited(rng, lives, sales, sessions, visit)])
    ordered = np.arange(len(session)) < len(lines)
    considering = sessions.order[session] != NO_ORDER
    add = np.where(ordered, LINES_ADDED_SHARE, np.where(considering, ADDED_CONSIDERING_SHARE, ADDED_SHARE))
    added = rng.random(len(session)) < add
    viewed = ~ordered | (rng.random(len(session)) < LINES_VIEWED_SHARE)
    room = sessions.lasting[session] - ordered * (TILL + SECOND)
    viewed_at, added_at, removed_at = _moments(rng, sessions.at[session], room)
    return Looks(
        session=session,
        product=product,
        viewed_at=viewed_at,
        added_at=added_at,
        removed_at=removed_at,
        viewed=viewed,
        added=added,
        removed=added & ~ordered & (rng.random(len(session)) < REMOVED_SHARE),
    )


def _moments(rng: np.random.Generator, start: Ints, room: Ints) -> tuple[Ints, Ints, Ints]:
    """Draw three moments, one after the other, within some room after a start; all in microseconds."""
    steps = np.sort(rng.random((3, len(start))), axis=0)
    first, second, third = start + (steps * room / SECOND).astype(np.int64) * SECOND
    return first, second, third


def _lines(sales: Sales, sessions: Sessions) -> tuple[Ints, Ints]:
    """Return the positions of the lines that were ordered in a visit, and of that visit."""
    placing = np.flatnonzero(sessions.placing)
    session = np.full(len(sales.at), -1)
    session[sessions.order[placing]] = placing
    of_line = session[sales.items.order]
    lines = np.flatnonzero(of_line >= 0)
    return lines, of_line[lines]


def _visiting(rng: np.random.Generator, sessions: Sessions) -> Ints:
    """Return the position of the session for every product looked at in a visit without an order."""
    mean: Floats = np.where(sessions.order == NO_ORDER, LOOKED_AT, LOOKED_AT_CONSIDERING)
    return np.repeat(np.arange(len(sessions)), rng.poisson(np.where(sessions.placing, 0, mean)))


def _visited(rng: np.random.Generator, lives: Lives, sales: Sales, sessions: Sessions, visit: Ints) -> Ints:
    """Draw the products of visits without an order: what is bought later, or what the customer likes."""
    liked = liked_products(rng, lives.people, sessions.customer[visit])
    later = (sessions.order[visit] != NO_ORDER) & (rng.random(len(visit)) < BOUGHT_LATER_SHARE)
    first_line = np.flatnonzero(np.diff(sales.items.order, prepend=-1))
    liked[later] = sales.items.product[first_line[sessions.order[visit[later]]]]
    return liked
