from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from pipeline.shop.simulate import SimulatedShop, simulate

START, END = datetime(2024, 7, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop() -> SimulatedShop:
    return simulate(5000, START, END, seed=2)


@pytest.fixture(scope="module")
def events(shop: SimulatedShop) -> pd.DataFrame:
    """The log, each event once."""
    return shop.events.drop_columns(["amount", "discount", "quantity"]).to_pandas().drop_duplicates("event_id")


def of(events: pd.DataFrame, *event_types: str) -> pd.DataFrame:
    return events[events["event_type"].isin(event_types)]


def bots(events: pd.DataFrame) -> pd.Series:
    """Views by bot: an alias with hundreds of them."""
    views = of(events, "product_viewed").groupby("customer_id").size()
    return views[(views > 300) & views.index.str.startswith("A")]


def test_a_visit_has_what_a_tracker_says(events: pd.DataFrame) -> None:
    kinds = {"page_viewed", "product_viewed", "searched", "cart_added", "cart_removed", "checkout_started", "logged_in"}
    assert kinds | {"ad_clicked"} <= set(events["event_type"])
    told = of(events, *kinds)
    assert told[["device", "channel", "source"]].notna().all(axis=None)
    assert set(told["device"]) == {"desktop", "mobile", "tablet"}
    assert set(told["channel"]) == {"web", "app"}
    assert of(events, "searched")["query"].notna().all()
    assert of(events, "page_viewed")[["page", "duration_seconds"]].notna().all(axis=None)
    products = of(events, "product_viewed", "cart_added", "cart_removed")
    assert products[["product_id", "category"]].notna().all(axis=None)


def test_every_order_outside_a_store_comes_from_a_till(events: pd.DataFrame) -> None:
    orders, tills = of(events, "order_placed"), of(events, "checkout_started")
    online = orders[orders["channel"] != "store"]
    expected = set(zip(online["customer_id"], online["occurred_at"] - timedelta(seconds=100), strict=True))
    found = set(zip(tills["customer_id"], tills["occurred_at"], strict=True))
    assert len(expected - found) / len(expected) < 0.02  # but for those who sign up at the till
    assert 0.02 < (orders["channel"] == "store").mean() < 0.1


def test_most_carts_lead_to_an_order_and_some_are_abandoned(events: pd.DataFrame) -> None:
    added, bought = of(events, "cart_added"), of(events, "item_purchased")
    later = added[["customer_id", "product_id", "occurred_at"]].merge(
        bought[["customer_id", "product_id", "occurred_at"]], on=["customer_id", "product_id"], suffixes=("", "_bought")
    )
    soon = later[(later["occurred_at_bought"] - later["occurred_at"]).between(timedelta(), timedelta(days=30))]
    known = added["customer_id"].str.startswith("C")
    assert 0.5 < soon.drop_duplicates(["customer_id", "product_id", "occurred_at"]).shape[0] / known.sum() < 0.95


def test_those_who_have_looked_around_of_late_order_more_often(events: pd.DataFrame) -> None:
    moment = END - timedelta(days=60)
    recent = events["occurred_at"].between(moment - timedelta(days=30), moment, inclusive="left")
    looking = set(of(events[recent], "product_viewed", "searched")["customer_id"])
    before, after = (
        of(events[mask], "order_placed") for mask in (events["occurred_at"] < moment, events["occurred_at"] >= moment)
    )
    quiet = before.groupby("customer_id")["occurred_at"].max() < moment - timedelta(days=30)
    ordered = quiet[quiet].index.isin(after["customer_id"])
    looked = quiet[quiet].index.isin(list(looking))
    assert ordered[looked].mean() > 1.5 * ordered[~looked].mean()


def test_a_part_of_visits_is_anonymous_and_most_of_their_aliases_are_known_later(
    shop: SimulatedShop, events: pd.DataFrame
) -> None:
    people = events[~events["customer_id"].isin(bots(events).index)]
    pages = of(people, "page_viewed")["customer_id"]
    assert 0.25 < pages.str.startswith("A").mean() < 0.55
    aliases = set(people["customer_id"][people["customer_id"].str.startswith("A")])
    joined = set(shop.identities["alias"].to_pylist())
    assert joined <= aliases
    assert 0.4 < len(joined) / len(aliases) < 0.8


def test_a_few_devices_are_shared_by_two_customers(shop: SimulatedShop) -> None:
    owners = shop.identities.to_pandas().groupby("alias").size()
    assert set(owners) == {1, 2}
    assert (owners == 2).mean() < 0.02


def test_bots_are_few_read_fast_and_buy_nothing(shop: SimulatedShop, events: pd.DataFrame) -> None:
    found = bots(events)
    assert len(found) == 2
    assert found.sum() / len(events) < 0.03
    assert set(events[events["customer_id"].isin(found.index)]["event_type"]) == {"product_viewed"}
    pace = events[events["customer_id"] == found.index[0]].sort_values("occurred_at")["occurred_at"].diff()
    assert pace.median() <= timedelta(seconds=3)
    assert not set(found.index) & set(shop.identities["alias"].to_pylist())


def test_the_log_of_a_customer_is_of_a_sensible_length(shop: SimulatedShop) -> None:
    assert 25 < len(shop.events) / 5000 < 45  # in a year


def test_returns_bring_questions_and_those_who_leave_are_less_content(events: pd.DataFrame) -> None:
    asked = set(of(events, "support_contacted")["order_id"])
    returned = set(of(events, "order_refunded")["order_id"])
    orders = set(of(events, "order_placed")["order_id"])
    assert len(asked & returned) / len(returned) > 5 * len(asked - returned) / len(orders - returned)
    answers = of(events, "survey_answered")
    score = answers["properties"].str.extract(r"(\d+)")[0].astype(int)
    last = of(events, "order_placed").groupby("customer_id")["occurred_at"].max()
    gone = answers["customer_id"].map(last) < answers["occurred_at"]
    assert score[gone].mean() < score[~gone].mean()
