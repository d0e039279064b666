"""`segcast features`: the catalogue and its worked examples, on the command line and without a project."""

import json

import pytest

from features.example import outlines
from features.families.kinds import ON_SITE
from features.feature import FeatureColumn
from flows.cli.feature_words import needs_in_words, value_in_words
from pipeline.events.event_types import EVENT_TYPES, ORDER_PLACED


def test_the_list_has_every_feature_with_unit_and_definition(segcast):
    found = json.loads(segcast("features", "list", "--json").out)
    assert [one["name"] for one in found] == [outline.name for outline, _ in outlines()]
    assert {"name", "unit", "definition", "null", "topic", "family", "events", "needs"} <= found[0].keys()


def test_the_list_of_a_family_has_no_other(segcast):
    said = segcast("features", "list", "--family", "orders")
    assert "orders_90d" in said.out
    assert "revenue_90d" not in said.out
    assert {one["family"] for one in json.loads(segcast("features", "list", "--family", "orders", "--json").out)} == {
        "orders"
    }


def test_an_unknown_family_is_refused_with_the_nearest(segcast):
    said = segcast("features", "list", "--family", "ordres")
    assert said.code == 2
    assert 'got "ordres". Did you mean "orders"?' in said.err


def test_a_feature_is_shown_with_the_events_that_its_example_is_worked_out_from(segcast):
    said = segcast("features", "show", "orders_90d").out
    assert "Orders placed in the last 90 days." in said
    assert "2026-02-09 20:24" in said
    assert said.endswith("orders_90d = 2 (orders)\n")


def test_the_worked_example_is_there_for_programs_too(segcast):
    found = json.loads(segcast("features", "show", "orders_90d", "--json").out)
    example = found["example"]
    assert found["definition"] == "Orders placed in the last 90 days."
    assert (example["value"], example["left_out"]) == (2, 0)
    assert {entry["what"] for entry in example["entries"]} == {"order_placed"}


def test_an_unknown_feature_is_refused_with_the_nearest(segcast):
    said = segcast("features", "show", "order_90d")
    assert said.code == 2
    assert 'Did you mean "orders_90d"?' in said.err


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "\N{EN DASH}"), (0, "0"), (2.0, "2"), (1 / 3, "0.333"), (827.159, "827.159"), (1200.5, "1,200.5")],
)
def test_a_value_is_written_without_zeros_that_say_nothing(value, words):
    assert value_in_words(value) == words


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ((), "no event"),
        (((ORDER_PLACED,),), "order_placed"),
        (
            (ON_SITE, (ORDER_PLACED, "item_purchased")),
            "anything done in shop or app and (order_placed or item_purchased)",
        ),
        (((*ON_SITE, ORDER_PLACED),), "anything done in shop or app or order_placed"),
        ((tuple(EVENT_TYPES),), "any event"),
    ],
)
def test_what_a_feature_needs_is_said_in_few_words(needs, words):
    assert needs_in_words(FeatureColumn("", "", "", "", "", needs=needs)) == words
