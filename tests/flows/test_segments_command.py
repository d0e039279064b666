"""Segments are checked, shown, tried out and looked up from a shell."""

import json

import pytest

from tests.flows.conftest import Said

NOON = "2026-03-01"


@pytest.fixture
def corner(segcast, corner_shop):
    """The corner shop after its orders were read: ann ordered twice, bob and eve once."""
    assert segcast("ingest", "--project", corner_shop).code == 0

    def run(*words: object) -> Said:
        return segcast("segments", *words, "--project", corner_shop)

    return run


def test_a_condition_is_tried_out_on_everybody_known_at_a_moment(corner):
    said = corner("preview", "count(order_placed, within => '365 days') >= 2", "--as-of", NOON, "--json")
    found = json.loads(said.out)
    assert (found["members"], found["customers"]) == (1, 3)
    assert [row["customer_id"] for row in found["examples"]] == ["ann"]


def test_the_members_of_a_preview_are_shown_with_what_decided(corner):
    said = corner("preview", "days_since_last_order between 5 and 60", "--as-of", NOON)
    assert "2 of 3 customers (66.7%)." in said.out
    assert "bob" in said.out
    assert "9.000" in said.out  # days from 20 February to 1 March


def test_a_mistake_in_a_condition_is_pointed_at(corner):
    said = corner("preview", "days_since_last_oder > 5")
    assert said.code == 2
    assert "line 1, column 1" in said.err
    assert 'Did you mean "days_since_last_order"?' in said.err


def test_a_segment_that_this_shop_cannot_decide_says_why(corner):
    said = corner("preview", "cart_abandoner", "--as-of", NOON)
    assert "Nothing to decide: there is no days_since_last_cart_addition: this shop logs no cart_added." in said.out


def test_an_unknown_segment_is_answered_with_the_nearest_one(corner):
    said = corner("show", "laspsed")
    assert said.code == 2
    assert 'There is no segment "laspsed". Did you mean "lapsed"?' in said.err


def test_check_tells_what_is_decided_otherwise_and_what_is_left_out(corner):
    rows = {row["segment"]: row for row in json.loads(corner("check", "--as-of", NOON, "--json").out)}
    assert rows["lapsed"] == {"segment": "lapsed", "variant": None, "left_out": None}
    assert rows["at_risk"]["variant"].startswith("order_days_lifetime >= 2")
    assert "email" not in rows["at_risk"]["variant"]
    assert rows["cart_abandoner"]["left_out"].endswith(": this shop logs no cart_added")
    assert "No churn model was trained yet" in rows["predicted_at_risk"]["left_out"]


def test_a_circle_of_segments_is_refused_by_name(segcast, corner_shop):
    (corner_shop / "segments.yaml").write_text(
        "- name: one\n  when: in_segment(two)\n- name: two\n  when: not in_segment(one)\n", encoding="utf-8"
    )
    said = segcast("segments", "check", "--project", corner_shop)
    assert said.code == 2
    assert "one → two → one" in said.err


def test_a_segment_is_shown_with_what_to_send_and_what_not(segcast, demo):
    found = json.loads(segcast("segments", "show", "lapsed", "--project", demo, "--json").out)
    assert found["kind"] == "rule"
    assert found["members"] > 0
    assert found["send"]
    assert found["do_not_send"]


def test_the_sql_of_a_condition_reads_profiles(segcast, demo):
    said = segcast("segments", "sql", "days_since_last_order > 60", "--project", demo)
    assert said.code == 0
    assert "FROM" in said.out
    assert '"days_since_last_order"' in said.out


def test_members_are_as_they_were_published(segcast, demo):
    rows = json.loads(segcast("segments", "members", "lapsed", "--project", demo, "--json").out)
    assert rows
    assert all(row["segment"] == "lapsed" for row in rows)
