import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UserError
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENT_TYPES, EVENTS, IDENTITIES, Contract
from pipeline.shop.promotions import on_promotion
from pipeline.shop.simulate import SimulatedShop, simulate

START = datetime(2023, 3, 1, 8, 30, tzinfo=UTC)
END = datetime(2025, 3, 1, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop() -> SimulatedShop:
    return simulate(600, START, END, seed=7)


def rows_of(shop: SimulatedShop, event_type: str) -> list[dict[str, Any]]:
    """The events of a type, each once, as it was delivered first."""
    rows = shop.events.filter(pc.equal(shop.events["event_type"], event_type)).to_pylist()
    return list({row["event_id"]: row for row in reversed(rows)}.values())[::-1]


def test_the_same_seed_gives_the_same_shop(shop: SimulatedShop) -> None:
    assert simulate(600, START, END, seed=7) == shop


def test_another_seed_gives_another_shop(shop: SimulatedShop) -> None:
    other = simulate(600, START, END, seed=8)
    assert not other.events.equals(shop.events)
    assert not other.customers.equals(shop.customers)
    assert not other.consents.equals(shop.consents)
    assert not other.identities.equals(shop.identities)


def test_simulating_leaves_the_global_random_state_alone() -> None:
    before = np.random.get_state(legacy=False)["state"]["key"].tolist()  # noqa: NPY002  # the state that must not move
    simulate(20, START, END, seed=1)
    assert np.random.get_state(legacy=False)["state"]["key"].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize("contract", [EVENTS, CUSTOMERS, CONSENTS, IDENTITIES], ids=lambda contract: contract.name)
def test_each_table_keeps_its_contract(shop: SimulatedShop, contract: Contract) -> None:
    table: pa.Table = getattr(shop, contract.name)
    assert table.schema.equals(contract.schema)
    assert {name: table[name].null_count for name in contract.required} == dict.fromkeys(contract.required, 0)
    if contract is not EVENTS:  # of which some are delivered twice
        assert table.group_by(list(contract.key)).aggregate([]).num_rows == table.num_rows


def test_every_event_type_is_one_of_ours(shop: SimulatedShop) -> None:
    assert set(shop.events["event_type"].unique().to_pylist()) <= EVENT_TYPES.keys()


def test_a_few_events_are_delivered_twice_the_second_time_the_same_but_for_its_arrival(shop: SimulatedShop) -> None:
    first: dict[str, dict[str, Any]] = {}
    again = [row for row in shop.events.to_pylist() if first.setdefault(row["event_id"], row) is not row]
    assert 0.003 < len(again) / len(first) < 0.008
    for row in again:
        told = first[row["event_id"]]
        assert row == {**told, "received_at": row["received_at"]}
        assert timedelta() <= row["received_at"] - told["received_at"] < timedelta(hours=1)
    assert {row["received_at"] == first[row["event_id"]]["received_at"] for row in again} == {True, False}


def test_every_order_is_worth_the_sum_of_its_items(shop: SimulatedShop) -> None:
    items: dict[str, Decimal] = {}
    for item in rows_of(shop, "item_purchased"):
        items[item["order_id"]] = items.get(item["order_id"], Decimal(0)) + item["amount"]
    assert items == {order["order_id"]: order["amount"] for order in rows_of(shop, "order_placed")}


def test_money_is_whole_cents_and_above_zero(shop: SimulatedShop) -> None:
    amounts = shop.events["amount"].drop_null()
    assert pc.all(pc.equal(amounts, pc.round(amounts, 2))).as_py()
    assert pc.min(amounts).as_py() > 0


def test_an_order_and_its_items_share_customer_and_moments(shop: SimulatedShop) -> None:
    shared = ("customer_id", "occurred_at", "received_at", "currency", "channel")
    orders = {order["order_id"]: order for order in rows_of(shop, "order_placed")}
    for item in rows_of(shop, "item_purchased"):
        order = orders[item["order_id"]]
        assert [item[name] for name in shared] == [order[name] for name in shared]


def test_no_product_stands_twice_in_an_order(shop: SimulatedShop) -> None:
    lines = [(item["order_id"], item["product_id"]) for item in rows_of(shop, "item_purchased")]
    assert len(lines) == len(set(lines))


def test_a_refund_follows_its_item_and_gives_back_no_more(shop: SimulatedShop) -> None:
    items = {(item["order_id"], item["product_id"]): item for item in rows_of(shop, "item_purchased")}
    refunds = rows_of(shop, "order_refunded")
    assert len(refunds) > 20
    for refund in refunds:
        item = items.pop((refund["order_id"], refund["product_id"]))  # popped: no line comes back twice
        assert item["occurred_at"] < refund["occurred_at"]
        assert refund["customer_id"] == item["customer_id"]
        assert 0 < refund["amount"] <= item["amount"]


def test_nothing_happens_outside_the_span(shop: SimulatedShop) -> None:
    assert pc.min(shop.events["occurred_at"]).as_py() >= START
    assert pc.max(shop.events["occurred_at"]).as_py() < END


def test_nothing_happens_under_a_customers_id_before_signing_up(shop: SimulatedShop) -> None:
    signed_up = dict(
        zip(shop.customers["customer_id"].to_pylist(), shop.customers["received_at"].to_pylist(), strict=True)
    )
    firsts = shop.events.group_by("customer_id").aggregate([("occurred_at", "min")]).to_pylist()
    known = [first for first in firsts if first["customer_id"] in signed_up]
    assert len(known) > 500
    assert all(first["occurred_at_min"] >= signed_up[first["customer_id"]] for first in known)


def test_whoever_is_not_a_customer_is_an_alias(shop: SimulatedShop) -> None:
    customers = set(shop.customers["customer_id"].to_pylist())
    others = set(shop.events["customer_id"].to_pylist()) - customers
    assert all(other.startswith("A") for other in others)
    assert set(shop.identities["alias"].to_pylist()) <= others
    assert set(shop.identities["customer_id"].to_pylist()) <= customers


def test_a_few_per_cent_of_events_arrive_hours_to_days_late_and_none_early(shop: SimulatedShop) -> None:
    delays = pc.subtract(shop.events["received_at"], shop.events["occurred_at"]).to_pylist()
    late = [delay for delay in delays if delay]
    assert 0.01 < len(late) / len(delays) < 0.06
    assert timedelta() < min(late)
    assert max(late) <= timedelta(days=14, hours=1)


def test_events_stand_in_order_of_occurrence(shop: SimulatedShop) -> None:
    at = shop.events["occurred_at"].cast(pa.int64()).to_numpy()
    assert (at[1:] >= at[:-1]).all()


def test_december_has_far_more_orders_than_an_average_month() -> None:
    year = simulate(1500, datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), seed=3)
    months = [order["occurred_at"].month for order in rows_of(year, "order_placed")]
    assert months.count(12) > 1.5 * len(months) / 12


def test_mail_goes_only_to_those_who_allow_it_at_that_moment(shop: SimulatedShop) -> None:
    answers = [row for row in shop.consents.to_pylist() if row["purpose"] == "email"]
    for mail in rows_of(shop, "email_delivered"):
        mine = [row for row in answers if row["customer_id"] == mail["customer_id"]]
        stood = [row for row in mine if row["occurred_at"] < mail["occurred_at"] - timedelta(hours=1)]
        assert max(stood, key=lambda row: row["occurred_at"])["granted"]


def test_some_refuse_and_some_withdraw_each_purpose_later(shop: SimulatedShop) -> None:
    for purpose in ("profiling", "email", "sms"):
        rows = shop.consents.filter(pc.equal(shop.consents["purpose"], purpose)).sort_by("occurred_at").to_pylist()
        told: dict[str, list[bool]] = {}
        for row in rows:
            told.setdefault(row["customer_id"], []).append(row["granted"])
        assert len(told) == 600
        assert {tuple(answers) for answers in told.values()} == {(True,), (False,), (True, False)}


def test_personal_data_lives_in_customers_only(shop: SimulatedShop) -> None:
    emails = shop.customers["email"].to_pylist()
    assert len(set(emails)) == 600
    assert all(email.endswith(("@example.com", "@example.org")) for email in emails)
    for table in (shop.events, shop.consents, shop.identities):
        texts = [table[field.name] for field in table.schema if field.type == pa.string()]
        assert not any(pc.any(pc.match_substring(text, "@")).as_py() for text in texts)


def test_telephones_are_invented_and_some_things_about_people_are_unknown(shop: SimulatedShop) -> None:
    assert pc.all(pc.starts_with(shop.customers["phone"].drop_null(), "+33 6 39 98 ")).as_py()
    assert set(shop.customers["birth_month"].drop_null().to_pylist()) == set(range(1, 13))
    assert all(isinstance(json.loads(traits), dict) for traits in shop.customers["traits"].drop_null().to_pylist())
    for name in ("phone", "birth_month", "traits"):
        assert 0 < shop.customers[name].null_count < 600


def test_customers_whom_only_the_run_up_saw_are_known_without_events(shop: SimulatedShop) -> None:
    assert shop.customers.num_rows == 600
    assert set(shop.customers["customer_id"].to_pylist()) - set(shop.events["customer_id"].to_pylist())


def test_a_code_of_a_campaign_is_used_only_by_those_who_were_sent_it_and_while_it_stands(shop: SimulatedShop) -> None:
    sent = {(row["customer_id"], row["campaign_id"]): row["occurred_at"] for row in rows_of(shop, "email_delivered")}
    used = [row for row in rows_of(shop, "order_placed") if row["campaign_id"]]
    assert len(used) > 50
    for order in used:
        assert order["campaign_id"].startswith("offer-")
        assert order["discount"] > 0
        if at := sent.get((order["customer_id"], order["campaign_id"])):  # absent: sent before the log, or bounced
            assert abs(order["occurred_at"] - at) < timedelta(days=15)


def test_prices_fall_in_sales(shop: SimulatedShop) -> None:
    for order in rows_of(shop, "order_placed"):
        date = np.array([order["occurred_at"].replace(tzinfo=None)], "datetime64[D]")
        if on_promotion(date)[0]:
            assert float(order["discount"]) >= 0.19 * float(order["discount"] + order["amount"])


@pytest.mark.parametrize(
    ("customers", "start", "end", "message"),
    [
        (0, START, END, "at least one customer, got 0"),
        (5, END, START, "must start before it ends"),
        (5, START.replace(tzinfo=None), END, "moments with a time zone"),
    ],
)
def test_an_impossible_shop_is_refused_in_one_sentence(
    customers: int, start: datetime, end: datetime, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        simulate(customers, start, end, seed=1)


@settings(max_examples=40, deadline=None)
@given(
    customers=st.integers(1, 30),
    start=st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # Hypothesis adds it
    span=st.timedeltas(timedelta(seconds=1), timedelta(days=500)),
    seed=st.integers(0, 2**32),
)
def test_any_shop_keeps_its_promises(customers: int, start: datetime, span: timedelta, seed: int) -> None:
    shop = simulate(customers, start, start + span, seed)
    events = shop.events.to_pylist()
    signed_up = {row["customer_id"]: row["received_at"] for row in shop.customers.to_pylist()}
    assert len(signed_up) == customers
    assert shop.events.schema.equals(EVENTS.schema)
    assert all(start <= row["occurred_at"] < start + span for row in events)
    assert all(row["occurred_at"] <= row["received_at"] for row in events)
    known = [row for row in events if not row["customer_id"].startswith("A")]
    assert all(signed_up[row["customer_id"]] <= row["occurred_at"] for row in known)
    assert sum(amounts_of(events, "order_placed")) == sum(amounts_of(events, "item_purchased"))


def amounts_of(events: list[dict[str, Any]], event_type: str) -> list[Decimal]:
    """The amounts of the events of a type, each event once."""
    return list({row["event_id"]: row["amount"] for row in events if row["event_type"] == event_type}.values())
