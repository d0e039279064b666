from collections.abc import Mapping
from string import Formatter

import numpy as np
import pytest

from features.catalogue import describe
from models.reasons.candidates import TOLD_WITH
from models.reasons.phrase import Peers
from models.reasons.phrases import PHRASES, READ_BY_PHRASES
from models.reasons.wording import in_words
from tests.models.shop import matrix_of

CATALOGUE = {column.name: column for column in describe()}
FAITHFUL = {
    "days_since_last_order": 74, "days_since_first_order": 400, "orders_365d": 12, "orders_lifetime": 14,
    "order_gap_mean_days": 21, "order_gap_last_days": 51, "order_gap_widening": 51 / 21, "overdue_ratio": 74 / 21,
    "revenue_180d": 138, "revenue_365d": 1200, "revenue_trend_90d": 0.38, "products_365d": 1,
}  # fmt: skip
LAPSED = {"revenue_180d": 214, "revenue_365d": 1200, "revenue_trend_90d": 0}
ONCE = {"days_since_last_order": 58, "days_since_first_order": 58, "orders_365d": 1, "orders_lifetime": 1}
USUAL = {
    "days_since_last_order": 40, "days_since_first_order": 200, "orders_365d": 4, "revenue_365d": 300,
    "days_since_last_visit": 20, "visits_90d": 4, "days_since_last_cart_addition": 30, "days_since_last_search": 30,
    "active_days_90d": 4, "days_since_last_email_open": 20, "days_since_last_email_click": 40,
    "days_since_last_full_price_order": 40,
}  # fmt: skip


def said(row: Mapping[str, float], topic: str, *, leaving: bool) -> str | None:
    """The first phrase that holds for a customer beside two ordinary ones."""
    columns = [CATALOGUE[name] for name in READ_BY_PHRASES]
    peers = Peers(matrix_of([row, USUAL, USUAL], columns=columns))
    for phrase in PHRASES:
        if phrase.topic == topic and phrase.leaving is leaving and phrase.holds(peers)[0]:
            return str(in_words(phrase.words, {name: np.array([row[name]], float) for name in phrase.reads}, "£")[0])
    return None


def test_every_phrase_reads_features_that_there_are_and_speaks_of_a_topic_that_there_is() -> None:
    assert set(READ_BY_PHRASES) <= set(CATALOGUE)
    assert {phrase.topic for phrase in PHRASES} <= {column.topic for column in CATALOGUE.values()}


@pytest.mark.parametrize(
    ("row", "topic", "leaving", "words"),
    [
        (FAITHFUL, "recency", True, "No order for 74 days, usually every 21"),
        (ONCE, "recency", True, "No order for 58 days"),
        (ONCE, "frequency", True, "Only one order so far"),
        (FAITHFUL, "cadence", True, "Gap between orders growing: last 51 days, usually 21"),
        (FAITHFUL, "trend", True, "Spend down 62 % on the 90 days before"),
        (LAPSED, "trend", True, "Nothing spent in the last 90 days, £214 in the 90 before"),
        (FAITHFUL, "value", False, "Spent £1,200 in the last year, more than most"),
        (FAITHFUL, "frequency", False, "12 orders in the last year"),
        (FAITHFUL, "breadth", True, "Only 1 different product in the last year"),
        (FAITHFUL, "frequency", True, None),
        (ONCE, "cadence", True, None),
        (ONCE, "tenure", True, "New: first order 58 days ago"),
        ({**ONCE, "days_since_first_order": 61}, "tenure", True, None),
    ],
)
def test_a_phrase_carries_the_customers_own_numbers(
    row: Mapping[str, float],
    topic: str,
    leaving: bool,  # noqa: FBT001 - a column of the table above
    words: str | None,
) -> None:
    assert said(row, topic, leaving=leaving) == words


@pytest.mark.parametrize(
    ("row", "topic", "leaving", "words"),
    [
        ({"visits_365d": 0}, "browsing", True, "No visit in the last year"),
        (
            {"days_since_last_visit": 14, "active_gap_mean_days": 3, "inactivity_ratio": 14 / 3}, "browsing", True,
            "No visit for 14 days, usually every 3",
        ),
        ({"visits_trend_30d": 0}, "browsing", True, "No visit in the last 30 days, unlike the 30 before"),
        ({"visits_trend_30d": 0.25}, "browsing", True, "Visits down 75 % on the 30 days before"),
        ({"days_since_last_visit": 45}, "browsing", True, "No visit for 45 days"),
        ({"visits_90d": 1, "days_since_last_visit": 5}, "browsing", True, "Only 1 visit in the last 90 days"),
        ({"products_viewed_again_30d": 2}, "browsing", False, "Came back to look at 2 products in the last 30 days"),
        ({"visits_trend_30d": 1.5}, "browsing", False, "Visits up 50 % on the 30 days before"),
        ({"days_since_last_visit": 0.4}, "browsing", False, "Last visit less than a day ago"),
        ({"visits_90d": 12}, "browsing", False, "12 visits in the last 90 days"),
        ({"abandoned_carts_30d": 1}, "carts", True, "1 cart left behind in the last 30 days"),
        ({"cart_additions_365d": 0}, "carts", True, "Nothing put into the cart in the last year"),
        ({"days_since_last_cart_addition": 40}, "carts", True, "Nothing put into the cart for 40 days"),
        ({"open_cart_products_30d": 3}, "carts", False, "3 products waiting in the cart"),
        (
            {"cart_additions_30d": 1, "days_since_last_cart_addition": 2}, "carts", False,
            "Something put into the cart 2 days ago",
        ),
        ({"searches_365d": 0}, "search", True, "Searched for nothing in the last year"),
        ({"days_since_last_search": 60}, "search", True, "Searched for nothing for 60 days"),
        ({"searches_30d": 4}, "search", False, "Searched 4 times in the last 30 days"),
        ({"days_since_last_search": 29}, "search", False, "Last search 29 days ago"),
        ({"active_days_trend_30d": 0.5}, "browsing", True, "Active days down 50 % on the 30 days before"),
        ({"active_days_90d": 0}, "browsing", True, "Not active in the last 90 days"),
        ({"active_days_90d": 2}, "browsing", True, "Active on only 2 days of the last 90"),
        ({"current_active_streak_days": 5}, "browsing", False, "Active 5 days in a row"),
        ({"active_days_trend_30d": 2}, "browsing", False, "Active days up 100 % on the 30 days before"),
        ({"active_days_90d": 40}, "browsing", False, "Active on 40 days of the last 90"),
        ({"days_since_last_email_unsubscribe": 30}, "email", True, "Unsubscribed from e-mails 30 days ago"),
        ({"days_since_last_email_unsubscribe": 91}, "email", True, None),
        (
            {"emails_delivered_365d": 12, "email_opens_365d": 0, "emails_since_last_open": 12}, "email", True,
            "None of the last year's 12 e-mails opened",
        ),
        (
            {"emails_since_last_open": 5, "days_since_last_email_open": 19}, "email", True,
            "5 e-mails unopened since the last one opened, 19 days ago",
        ),
        ({"days_since_last_email_open": 60}, "email", True, "No e-mail opened for 60 days"),
        ({"days_since_last_email_click": 3}, "email", False, "Clicked in an e-mail 3 days ago"),
        ({"days_since_last_email_open": 1}, "email", False, "Opened an e-mail 1 day ago"),
        (
            {"only_on_discount": 1, "orders_lifetime": 4}, "discount", True,
            "Never paid the full price: all 4 orders on discount",
        ),
        (
            {"only_on_discount": 1, "orders_lifetime": 1, "last_order_discounted": 1}, "discount", True,
            "Last order on discount",
        ),
        ({"discounted_order_share_lifetime": 0}, "discount", False, "Always paid the full price"),
        ({"days_since_last_full_price_order": 12}, "discount", False, "Paid the full price 12 days ago"),
        ({"support_contacts_since_last_order": 1}, "support", True, "Asked for help 1 time since the last order"),
        ({"support_contacts_90d": 2}, "support", True, "Asked for help 2 times in the last 90 days"),
        ({"support_contacts_365d": 0}, "support", False, "Never had to ask for help in the last year"),
        (
            {"is_subscribed": 0, "days_since_subscription_cancellation": 12}, "subscription", True,
            "Ended the subscription 12 days ago",
        ),
        ({"is_subscribed": 1, "days_since_subscription_cancellation": 12}, "subscription", True, None),
        (
            {"subscription_term_mean_days": 30, "subscription_overdue_ratio": 1.5}, "subscription", True,
            "Subscription not renewed for 1.5 times its usual 30 days",
        ),
        ({"is_subscribed": 1, "subscription_age_days": 200}, "subscription", False, "Subscribed for 200 days"),
        ({"is_subscribed": 0}, "subscription", False, None),
        ({}, "email", True, None),
        ({}, "discount", False, None),
    ],
)  # fmt: skip
def test_what_is_said_beyond_orders(
    row: Mapping[str, float],
    topic: str,
    leaving: bool,  # noqa: FBT001 - a column of the table above
    words: str | None,
) -> None:
    assert said(row, topic, leaving=leaving) == words


def test_the_numbers_of_a_phrase_are_among_the_features_that_it_reads() -> None:
    for phrase in PHRASES:
        assert {name for _, name, _, _ in Formatter().parse(phrase.words) if name} <= set(phrase.reads)


def test_some_customers_are_set_beside_what_is_usual_among_all() -> None:
    everybody = Peers(matrix_of([{"orders_365d": 1}, {"orders_365d": 4}, {"orders_365d": 5}]))
    few = everybody.of(slice(0, 2))
    assert few.high("orders_365d").tolist() == [False, True]
    assert few.low("orders_365d").tolist() == [True, True]
    assert few["orders_365d"].tolist() == [1, 4]


def test_nothing_is_said_of_whom_nothing_is_known() -> None:
    nobody = Peers(matrix_of([{}, {}], columns=[CATALOGUE[name] for name in READ_BY_PHRASES]))
    assert not np.any([phrase.holds(nobody) for phrase in PHRASES])


def test_a_topic_that_is_told_with_another_has_no_words_apart() -> None:
    topics = {column.topic for column in CATALOGUE.values()}
    assert TOLD_WITH.keys() | set(TOLD_WITH.values()) <= topics
    assert not TOLD_WITH.keys() & {phrase.topic for phrase in PHRASES}
