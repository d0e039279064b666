"""The whole library through the real store, features, figures and assignment, against plain Python over the events."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from features.builder import build_features
from features.vocabulary import Vocabulary
from pipeline.events.event_types import EVENT_TYPES
from pipeline.events.history import History
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, EVENTS
from pipeline.segments.asking import ask
from pipeline.segments.library import library
from pipeline.segments.membership import SCHEMA, Memberships, assign
from pipeline.segments.profiles import PREDICTIONS, Profiles
from tests.features.oracle.past import NAN
from tests.pipeline.segments.library_oracle import RULES
from tests.pipeline.segments.library_oracle.edges import edges, ladder
from tests.pipeline.segments.library_oracle.log import shop_log
from tests.pipeline.segments.library_oracle.predicted import CATEGORY, CHURN, NEXT, PURCHASE, SPEND, YEAR
from tests.pipeline.segments.library_oracle.shop import ORDER, SITE, Remembered, Shop
from tests.rows import Row, arrow

ZONE = "Europe/Berlin"
AS_OF = datetime(2026, 11, 30, tzinfo=UTC)
NUMBERS = {
    CHURN: (0.34, 0.35, 0.39, 0.4, 0.49, 0.5, 0.55, 0.6, 0.9, NAN),
    PURCHASE: (0.1, 0.2, 0.2, 0.5, 0.55, 0.6, 0.61, 0.9, NAN),
    SPEND: (0.0, 0.0, *range(20), NAN),
    YEAR: (0.0, 0.0, *range(20), NAN),
    CATEGORY: (0.2, 0.3, 0.4, 0.41, 0.5, NAN),
}
DAYS_AHEAD = (-1.0, 0.0, 3.0, 7.0, 7.5, 40.0, NAN)
MAIL = {"email_delivered", "email_opened", "email_clicked", "email_complained"}
EVERYTHING = set(EVENT_TYPES)
USUAL = (CHURN, PURCHASE, SPEND)
SHOPS: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "no e-mail": (EVERYTHING - MAIL, USUAL),
    "no clicks": (EVERYTHING - {"email_clicked"}, ()),
    "no visits": (EVERYTHING - set(SITE), USUAL),
    "neither clicks nor visits": (EVERYTHING - {"email_clicked", *SITE}, ()),
    "no carts, no accounts, no complaints": (EVERYTHING - {"cart_added", "signed_up", "email_complained"}, ()),
    "orders alone": ({ORDER}, ()),
    "visits alone": (set(SITE), ()),
}


def one_night(store: Store, shop: Shop, before: Memberships | None) -> Memberships:
    """Decide as the product does, and have the oracle fill the members of the shop."""
    (as_of,) = {past.as_of for past in shop.pasts.values()}
    history = store.history(as_of)
    answers = ask(library(), history, store.read(CONSENTS))
    decided = assign(library(), profiles(history, shop), before, answers=answers)
    decide(shop, {name: set(before.of(name)["customer_id"].to_pylist()) if before else set() for name in RULES})
    return decided


def as_seen(rows: list[Row], as_of: datetime) -> Shop:
    """Everybody of whom anything is known."""
    by_customer: dict[str, list[Row]] = {}
    for row in rows:
        by_customer.setdefault(str(row["customer_id"]), []).append(row)
    pasts = {who: Remembered(told, as_of, Vocabulary(), ZONE) for who, told in sorted(by_customer.items())}
    return Shop({who: past for who, past in pasts.items() if past.of(*EVENT_TYPES)})


def foreseen(shop: Shop, seed: int, columns: Collection[str]) -> Shop:
    """The shop with predictions drawn for everybody."""
    random = Random(seed)  # noqa: S311 - chosen at random, not kept secret
    drawn = {**NUMBERS, NEXT: DAYS_AHEAD}
    return replace(shop, predicted={who: {name: random.choice(drawn[name]) for name in columns} for who in shop.pasts})


def profiles(history: History, shop: Shop) -> Profiles:
    """The features, and beside them what was predicted; a number of days ahead as the moment that it means."""
    table = build_features(history).table()
    assert table["customer_id"].to_pylist() == list(shop.pasts)
    for name in shop.columns:
        told = [shop.told(who, name) for who in shop.pasts]
        if name == NEXT:
            moments = [None if days != days else history.as_of + timedelta(days=days) for days in told]  # noqa: PLR0124
            table = table.append_column(name, pa.array(moments, pa.timestamp("us", "UTC")))
        else:
            table = table.append_column(name, pa.array(told, pa.float64(), from_pandas=True))
    return Profiles(history.as_of, table, frozenset(PREDICTIONS) | shop.columns)


def decide(shop: Shop, before: dict[str, set[str]]) -> None:
    """Fill the members of every segment that this shop can decide, each by the first rule that it can."""
    logged = {str(row["event_type"]) for past in shop.pasts.values() for row in past.of(*EVENT_TYPES)} | shop.columns
    for name, rules in RULES.items():
        rule = next((rule for rule in rules if rule.can_be_decided(logged)), None)
        if rule is not None:
            was = before[name] if rule.stays else set()
            stays = rule.stays or rule.enters
            shop.members[name] = {
                who for who in shop.pasts if rule.enters(who, shop) or (who in was and stays(who, shop))
            }


def agree(decided: Memberships, shop: Shop) -> None:
    assert {one.segment for one in decided.left_out} == RULES.keys() - shop.members.keys()
    for name, members in shop.members.items():
        assert set(decided.of(name)["customer_id"].to_pylist()) == members, name


def filled(folder: Path, rows: list[Row]) -> Store:
    store = Store(folder, ZONE)
    store.append(EVENTS, arrow(rows))
    return store


def everybody_everywhere(shop: Shop) -> Memberships:
    """A night before on which everybody was in every segment, so that only those stay who may."""
    pairs = [(name, who) for name in sorted(RULES) for who in shop.pasts]
    row = {"kind": "rule", "since": AS_OF - timedelta(days=1), "score": None, "held_out": False}
    rows = [{"customer_id": who, "segment": name, **row} for name, who in pairs]
    return Memberships(AS_OF - timedelta(days=1), pa.Table.from_pylist(rows, schema=SCHEMA))


def test_the_oracle_knows_every_segment_and_each_of_its_variants() -> None:
    variants = {segment.name: len(segment.variants) for segment in library()}
    more = {"mobile_first": 2}  # the same rule under other names of the device
    assert {name: len(rules) - 1 + more.get(name, 0) for name, rules in RULES.items()} == variants


@pytest.mark.parametrize("seed", range(2))
def test_two_nights_of_the_library_are_as_plain_python_decides(tmp_path: Path, seed: int) -> None:
    rows = shop_log(seed, AS_OF + timedelta(days=1))
    store, decided = filled(tmp_path, rows), None
    for night in range(2):
        shop = foreseen(as_seen(rows, AS_OF + timedelta(days=night)), 2 * seed + night, (*NUMBERS, NEXT))
        decided = one_night(store, shop, decided)
        agree(decided, shop)
        assert [name for name, members in shop.members.items() if not members] == []
        assert not any(members == shop.pasts.keys() for members in shop.members.values())


def test_who_lies_exactly_on_a_bound_is_decided_as_plain_python_does(tmp_path: Path) -> None:
    rows = edges(AS_OF)
    store = filled(tmp_path, rows)
    for before in (None, everybody_everywhere(as_seen(rows, AS_OF))):
        shop = foreseen(as_seen(rows, AS_OF), 1, (CHURN,))
        agree(one_night(store, shop, before), shop)


def test_on_a_ladder_of_percentiles_every_bound_is_as_plain_python_decides(tmp_path: Path) -> None:
    rows = ladder(AS_OF)
    store, seen = filled(tmp_path, rows), as_seen(rows, AS_OF)
    shifts = {CHURN: 46, PURCHASE: 0, SPEND: 10, YEAR: 20, CATEGORY: 30}
    told = {
        who: {name: (step + shift) % len(seen.pasts) / 100 for name, shift in shifts.items()}
        for step, who in enumerate(seen.pasts)
    }
    for before in (None, everybody_everywhere(seen)):
        shop = replace(seen, predicted=told, members={})
        agree(one_night(store, shop, before), shop)
        assert all(shop.members[name] for name in RULES if name.startswith("rfm_"))


@pytest.mark.parametrize(("logged", "columns"), SHOPS.values(), ids=SHOPS.keys())
def test_a_shop_that_logs_less_is_decided_by_variants_or_told_what_is_left_out(
    tmp_path: Path, logged: set[str], columns: tuple[str, ...]
) -> None:
    rows = [row for row in shop_log(7, AS_OF, customers=40) if row["event_type"] in logged]
    shop = foreseen(as_seen(rows, AS_OF), 0, columns)
    agree(one_night(filled(tmp_path, rows), shop, None), shop)


def test_whoever_ordered_is_in_one_group_and_everybody_in_one_stage(tmp_path: Path) -> None:
    rows = shop_log(3, AS_OF, customers=40)
    shop = as_seen(rows, AS_OF)
    decided = one_night(filled(tmp_path, rows), shop, None).table.to_pylist()
    groups, stages = (
        sorted(row["customer_id"] for row in decided if row["segment"].startswith(start))
        for start in ("rfm_", "stage_")
    )
    assert stages == list(shop.pasts)
    assert groups == [who for who, past in shop.pasts.items() if past.of(ORDER)]
