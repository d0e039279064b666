"""What a shop's features speak of: learned once, kept with the model, the same columns ever after."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builder import build_features, planned
from features.families import carts, devices, traits
from features.feature import feature
from features.learning import learn_vocabulary
from features.vocabulary import KEY_PAGES, Vocabulary, slug
from pipeline.errors import FeatureError
from pipeline.events.event_types import ITEM_PURCHASED, PAGE_VIEWED
from pipeline.events.history import history_of
from pipeline.windows.requests import LIFETIME
from tests.features.logs import SHOP
from tests.features.oracle.agreement import told
from tests.rows import AS_OF, days_before, event, table


@feature("views", "traffic", values="source")
def views_from(customer, source):
    """Pages viewed, brought by the value."""
    return customer.events(PAGE_VIEWED).told_apart("source", source, customer.vocabulary).count(LIFETIME)


COLUMNS = (views_from, *traits.FEATURES)


def history(*rows, about=()):
    return history_of(table(list(rows)), AS_OF, people=told(about))


def viewed(age, customer="ann", **fields):
    return event(customer, days_before(age), PAGE_VIEWED, **fields)


def person(customer, said, age=10):
    return {"customer_id": customer, "received_at": days_before(age), "traits": json.dumps(said)}


def test_the_most_frequent_values_come_first_and_no_value_none():
    rows = [viewed(1, source=source) for source in ("ads", "google", "google", None)]
    found = learn_vocabulary(history(*rows))
    assert found.event_types == (PAGE_VIEWED,)
    assert found.of("source") == ("google", "ads")
    assert found.of("device") == ()


def test_the_eight_most_frequent_sources_are_told_apart():
    rows = [viewed(1, source=f"source {number}") for number in range(9) for _ in range(number + 1)]
    assert learn_vocabulary(history(*rows)).of("source") == tuple(f"source {number}" for number in range(8, 0, -1))


def test_two_spellings_of_one_column_are_one_value_and_other_is_no_value_of_its_own():
    rows = [viewed(1, source=source) for source in ("Google Ads", "Google Ads", "google-ads", "Other", "other")]
    assert learn_vocabulary(history(*rows)).of("source") == ("Google Ads",)


def test_what_arrived_too_late_was_not_learned():
    late = viewed(1, source="ads", received_at=AS_OF)
    assert learn_vocabulary(history(late, viewed(1, source="google"))).of("source") == ("google",)


def test_prices_a_piece_are_parted_into_thirds():
    rows = [event("ann", days_before(1), ITEM_PURCHASED, amount=2 * price, quantity=2) for price in (10, 20, 30, 40)]
    assert learn_vocabulary(history(*rows)).price_bands == (20, 30)
    assert learn_vocabulary(history(viewed(1))).price_bands == ()


def test_key_pages_are_the_usual_ones_unless_a_shop_names_its_own_or_none():
    seen = history(viewed(1))
    assert learn_vocabulary(seen).key_pages == KEY_PAGES
    assert learn_vocabulary(seen, key_pages=["demo"]).key_pages == ("demo",)
    assert learn_vocabulary(seen, key_pages=[]).key_pages == ()


def test_no_trait_is_looked_at_that_the_shop_did_not_name():
    assert learn_vocabulary(history(viewed(1), about=[person("ann", {"email": "ann@example.com"})])).traits == {}


def test_a_trait_in_words_has_its_usual_words_and_a_number_or_a_yes_has_none():
    about = [
        person("ann", {"plan": "gold", "score": 3, "member": True, "city": "Bath"}),
        person("bob", {"plan": "free", "score": 4.5, "member": False}),
        person("eve", {"plan": "free", "score": "unknown", "member": None}),
    ]
    found = learn_vocabulary(history(viewed(1), about=about), traits=["plan", "score", "member"])
    assert found.traits == {"plan": ("free", "gold"), "score": (), "member": ()}


def test_only_the_eight_usual_words_of_a_trait_are_told_apart():
    about = [person(f"c{number}", {"city": f"city {number}"}, age=10 + number) for number in range(9)]
    about += [person(f"d{number}", {"city": f"city {number}"}) for number in range(1, 9)]
    found = learn_vocabulary(history(viewed(1), about=about), traits=["city"])
    assert found.traits == {"city": tuple(f"city {number}" for number in range(1, 9))}


def test_a_trait_of_which_nothing_is_known_is_left_out():
    about = [person("ann", {"plan": ["gold"]})]
    assert learn_vocabulary(history(viewed(1), about=about), traits=["plan", "tier"]).traits == {}
    assert learn_vocabulary(history_of(table([viewed(1)]), AS_OF), traits=["plan"]).traits == {}


def test_what_is_new_since_the_vocabulary_was_learned_falls_in_other():
    learned = learn_vocabulary(
        history(viewed(9, source="google"), about=[person("ann", {"plan": "gold"})]), traits=["plan"]
    )
    later = history(viewed(2, source="google"), viewed(1, source="bing"), about=[person("ann", {"plan": "platinum"})])
    kept = Vocabulary.from_dict(json.loads(json.dumps(learned.as_dict())))
    matrix = build_features(later, (), kept, COLUMNS)
    assert dict(zip(matrix.names, matrix.values[0].tolist(), strict=True)) == {
        "views_from_google": 1,
        "views_from_other": 1,
        "trait_plan_gold": 0,
        "trait_plan_other": 1,
    }


def test_a_value_that_is_gone_keeps_its_column():
    learned = learn_vocabulary(history(viewed(9, source="google")))
    matrix = build_features(history(viewed(1)), (), learned, COLUMNS)
    assert matrix.names == ("views_from_google", "views_from_other")
    assert matrix.values.tolist() == [[0, 0]]


def test_nobody_who_said_nothing_is_taken_for_a_no():
    learned = Vocabulary(event_types=(PAGE_VIEWED,), terms={"source": ("google",)}, traits={"plan": ("gold",)})
    matrix = build_features(history(viewed(1)), (), learned, COLUMNS)
    assert math.isnan(matrix.column("trait_plan_gold")[0])
    assert math.isnan(matrix.column("trait_plan_other")[0])


def test_two_traits_that_would_share_a_column_have_it_once():
    shared = Vocabulary(traits={"plan": ("gold",), "plan_gold": ()})
    assert [each.name for each in shared.told_apart("trait")] == ["plan_gold", "plan_other"]
    assert shared.told_apart("trait")[0].given == ("plan", "gold")


@settings(max_examples=50)
@given(
    st.builds(
        Vocabulary,
        event_types=st.lists(st.text(), max_size=4).map(tuple),
        terms=st.dictionaries(st.text(), st.lists(st.text(), max_size=4).map(tuple), max_size=4),
        price_bands=st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)),
        key_pages=st.lists(st.text(), max_size=4).map(tuple),
        traits=st.dictionaries(st.text(), st.lists(st.text(), max_size=4).map(tuple), max_size=4),
    )
)
def test_a_vocabulary_comes_back_from_json_as_it_was(vocabulary):
    told_again = json.loads(json.dumps(vocabulary.as_dict()))
    assert told_again == vocabulary.as_dict()
    assert Vocabulary.from_dict(told_again) == vocabulary


def test_a_vocabulary_from_json_plans_the_same_columns():
    again = Vocabulary.from_dict(json.loads(json.dumps(SHOP.as_dict())))
    assert planned(again, COLUMNS) == planned(SHOP, COLUMNS)


@pytest.mark.parametrize("change", [{"terms": None}, {"colours": ["red"]}])
def test_something_else_is_no_vocabulary(change):
    told_wrong = {name: value for name, value in {**SHOP.as_dict(), **change}.items() if value is not None}
    with pytest.raises(FeatureError, match=r"Expected a vocabulary with event_types, .*Train the model again"):
        Vocabulary.from_dict(told_wrong)


@pytest.mark.parametrize(
    ("text", "part"), [("Pots & pans", "pots_pans"), ("Tee/Kaffee ", "tee_kaffee"), ("茶", "unnamed"), ("A-1", "a_1")]
)
def test_a_value_becomes_part_of_a_columns_name(text, part):
    assert slug(text) == part


def test_a_shop_without_the_events_of_a_feature_does_not_have_it():
    orders_only = Vocabulary(event_types=("order_placed",), terms=SHOP.terms)
    assert planned(orders_only, (*carts.FEATURES, *devices.FEATURES)).described == ()
