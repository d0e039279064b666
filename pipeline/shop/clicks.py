"""What a tracker logs of visits, as rows of the events table."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.shop.arrays import Column, Ints
from pipeline.shop.calendar import SECOND
from pipeline.shop.identity import alias_ids
from pipeline.shop.items import liked_products
from pipeline.shop.lives import Lives, Market
from pipeline.shop.looks import Looks
from pipeline.shop.population import DEVICES, SOURCES
from pipeline.shop.products import CATEGORIES, category_names, category_of, product_ids
from pipeline.shop.rows import customer_ids, delays, durations, event_rows, joined_text, null_where, texts
from pipeline.shop.sales import CHANNELS
from pipeline.shop.sessions import NEVER, NO_MAILING, TILL, Sessions

HOME, SEARCH, CART, CHECKOUT = "/", "/search", "/cart", "/checkout"
PAGES = (HOME, *(f"/category/{name.replace(' ', '-')}" for name in CATEGORIES))
HOME_SHARE = 0.5  # of visits begin there, the others in a category
SEARCHED_SHARE, LOGGED_IN_SHARE, AD_SHARE, TILL_WITHOUT_ORDER_SHARE = 0.2, 0.15, 0.7, 0.15
WORDS = ("", " sale", " gift", " best", " cheap")
PAGE_SECONDS, PRODUCT_SECONDS = 14, 35


def click_rows(rng: np.random.Generator, market: Market, lives: Lives, sessions: Sessions, looks: Looks) -> pa.Table:
    """Return the events of visits but for the orders themselves, those inside the calendar."""
    log = _Log(rng, market, lives, sessions)
    return pa.concat_tables([*_arrivals(log), *_products(log, looks), _till(log, looks)])


@dataclass(frozen=True)
class _Log:
    """Writes events of sessions with all that a tracker knows about the session."""

    rng: np.random.Generator
    market: Market
    lives: Lives
    sessions: Sessions

    def rows(self, event_type: str, session: Ints, at: Ints, **columns: Column) -> pa.Table:
        """Return one event for each of the sessions, named by position."""
        inside = np.flatnonzero(self.market.calendar.holds(at))
        session, at, kept = session[inside], at[inside], pa.array(inside)
        told = self.sessions
        return event_rows(
            event_type,
            told.customer[session],
            at,
            delays(self.rng, len(at)),
            customer_id=self._who(session, at),
            device=texts(DEVICES, told.device[session]),
            channel=texts(CHANNELS, told.channel[session]),
            source=texts(SOURCES, told.source[session]),
            campaign_id=self._campaigns(session),
            **{name: column.take(kept) for name, column in columns.items()},
        )

    def _who(self, session: Ints, at: Ints) -> Column:
        known = pa.array(at >= self.sessions.known_from[session])
        customer = customer_ids(self.lives.people.number[self.sessions.customer[session]])
        return pc.if_else(known, customer, alias_ids(self.sessions.alias[session]))

    def _campaigns(self, session: Ints) -> Column:
        mailing = self.sessions.mailing[session]
        return null_where(
            mailing == NO_MAILING, texts(["", *self.market.mailings.names(self.market.calendar)], mailing + 1)
        )


def _arrivals(log: _Log) -> list[pa.Table]:
    """Return the page on which visits begin, searches, logins and the advertisements that brought people."""
    rng, sessions = log.rng, log.sessions
    every, at = np.arange(len(sessions)), sessions.at
    wish = category_of(liked_products(rng, log.lives.people, sessions.customer))
    page = np.where(rng.random(len(sessions)) < HOME_SHARE, 0, 1 + wish)
    searched = np.flatnonzero(rng.random(len(sessions)) < SEARCHED_SHARE)
    query = joined_text(texts(CATEGORIES, wish[searched]), texts(WORDS, rng.integers(len(WORDS), size=len(searched))))
    late = (sessions.known_from > at) & (sessions.known_from < NEVER)
    enters = late | ((sessions.known_from == at) & (rng.random(len(sessions)) < LOGGED_IN_SHARE))
    login = np.flatnonzero(enters)
    ad = np.flatnonzero((sessions.source == SOURCES.index("ads")) & (rng.random(len(sessions)) < AD_SHARE))
    return [
        log.rows(
            "page_viewed", every, at, page=texts(PAGES, page), duration_seconds=durations(rng, len(at), PAGE_SECONDS)
        ),
        log.rows("searched", searched, at[searched] + 5 * SECOND, query=query, page=pa.repeat(SEARCH, len(searched))),
        log.rows("logged_in", login, sessions.known_from[login]),
        log.rows("ad_clicked", ad, at[ad]),
    ]


def _products(log: _Log, looks: Looks) -> list[pa.Table]:
    viewed, added, removed = (np.flatnonzero(mask) for mask in (looks.viewed, looks.added, looks.removed))
    duration = durations(log.rng, len(viewed), PRODUCT_SECONDS)
    page = joined_text(pa.repeat("/product/", len(viewed)), product_ids(looks.product[viewed]))
    return [
        log.rows(
            "product_viewed",
            looks.session[viewed],
            looks.viewed_at[viewed],
            page=page,
            duration_seconds=duration,
            **_product(looks, viewed),
        ),
        log.rows("cart_added", looks.session[added], looks.added_at[added], **_product(looks, added)),
        log.rows("cart_removed", looks.session[removed], looks.removed_at[removed], **_product(looks, removed)),
    ]


def _till(log: _Log, looks: Looks) -> pa.Table:
    """Return the ways to the till: in every visit with an order, and in a few with a full cart."""
    sessions = log.sessions
    full = np.unique(looks.session[looks.added & ~looks.removed])
    full = full[~sessions.placing[full] & (log.rng.random(len(full)) < TILL_WITHOUT_ORDER_SHARE)]
    session = np.concatenate([np.flatnonzero(sessions.placing), full])
    at = sessions.at[session] + sessions.lasting[session] - TILL * sessions.placing[session]
    return log.rows("checkout_started", session, at, page=pa.repeat(CHECKOUT, len(session)))


def _product(looks: Looks, which: Ints) -> dict[str, Column]:
    product = looks.product[which]
    return {"product_id": product_ids(product), "category": category_names(product)}
