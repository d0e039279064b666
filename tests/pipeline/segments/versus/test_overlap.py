from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from pipeline.segments.versus.overlap import LISTS, at_equal_size, overlap
from pipeline.segments.versus.shares import LEAST_CUSTOMERS, Counted, Share, shares

MAY, JUNE = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
COLUMNS = ("customer_id", "as_of", "predicted", "rule", "score", "happened")
#    who    when  model  rule   score happened
ROWS = (
    ("ann", MAY, True, True, 0.9, True),
    ("ben", MAY, True, False, 0.7, True),
    ("cleo", MAY, True, False, 0.6, False),
    ("dan", MAY, False, True, 0.2, False),
    ("eve", MAY, False, True, None, True),
    ("fay", MAY, False, False, 0.1, False),
    ("ann", JUNE, True, True, 0.8, False),
)


def lists(*rows):
    return pa.Table.from_pylist([dict(zip(COLUMNS, row, strict=True)) for row in rows], schema=LISTS)


def as_they_are(customer_id, figures):
    """Intervals without a width: what is tested here is arithmetic, not chance."""
    once = figures(np.ones(len(customer_id)))
    return once, once


def listed(table):
    rows = zip(
        table["as_of"].to_pylist(), table["customer_id"].to_pylist(), table["predicted"].to_pylist(), strict=True
    )
    return [(moment.month, customer) for moment, customer, predicted in rows if predicted]


def test_each_group_is_counted_at_every_moment_and_once_a_customer() -> None:
    found = overlap(lists(*ROWS), as_they_are)
    assert found.moments == 2
    told = {name: (group.rows, group.customers, group.happened.value) for name, group in found.groups.items()}
    assert told == {
        "both": (2, 1, 1 / 2),
        "only_predicted": (2, 2, 1 / 2),
        "only_rule": (2, 2, 1 / 2),
        "predicted": (4, 3, 1 / 2),
        "rule": (4, 3, 1 / 2),
        "rule_scored": (3, 2, 1 / 3),
        "scored": (6, 5, 2 / 6),
    }
    assert found.alike.value == 2 / 6


def test_the_model_is_better_by_what_happened_to_those_it_named_less_what_did_to_the_rules() -> None:
    found = overlap(lists(ROWS[1], ROWS[3], ROWS[0]), as_they_are)
    assert {name: gap.value for name, gap in found.differences.items()} == {"lists": 1 / 2, "alone": 1}


def test_lists_that_share_everybody_leave_no_share_of_those_on_one_alone() -> None:
    found = overlap(lists(ROWS[0]), as_they_are)
    alone = found.groups["only_rule"]
    assert (alone.rows, alone.customers, alone.happened.to_json()) == (0, 0, {"value": None, "low": None, "high": None})
    assert found.differences["alone"].value is None
    assert found.alike.value == 1


def test_lists_without_anybody_are_no_error() -> None:
    found = overlap(lists(), as_they_are)
    assert (found.moments, found.groups["both"].rows, found.alike.value) == (0, 0, None)


def test_the_predicted_list_is_cut_to_the_rules_length_at_each_moment_by_score() -> None:
    longer = [
        ("ann", MAY, True, False, 0.7, True),
        ("ben", MAY, True, True, 0.9, True),
        ("cleo", MAY, True, True, 0.8, True),
        ("dan", JUNE, True, True, 0.6, True),
        ("eve", JUNE, True, False, 0.95, True),
    ]
    assert listed(at_equal_size(lists(*longer))) == [(5, "ben"), (5, "cleo"), (6, "eve")]


def test_who_is_on_the_list_goes_before_a_higher_score_that_is_not() -> None:
    stayed = [("ann", MAY, True, True, 0.5, True), ("ben", MAY, False, False, 0.9, True)]
    assert listed(at_equal_size(lists(*stayed))) == [(5, "ann")]


def test_a_shorter_predicted_list_is_filled_by_the_next_scores_and_by_nobody_without_one() -> None:
    shorter = [
        ("ann", MAY, True, False, 0.9, True),
        ("ben", MAY, False, True, 0.2, True),
        ("cleo", MAY, False, True, 0.4, True),
        ("dan", MAY, False, True, None, True),
        ("eve", MAY, False, True, None, True),
    ]
    assert listed(at_equal_size(lists(*shorter))) == [(5, "ann"), (5, "ben"), (5, "cleo")]
    assert listed(at_equal_size(lists(*shorter[:3]))) == [(5, "ann"), (5, "cleo")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_equal_scores_the_id_decides_whatever_the_order_of_rows(order) -> None:
    rows = [("ann", MAY, True, True, 0.5, True), ("ben", MAY, True, False, 0.5, True)]
    assert listed(at_equal_size(lists(*(rows[place] for place in order)))) == [(5, "ann")]


def test_a_list_may_be_drawn_from_some_customers_only_and_still_be_as_long_as_the_rules() -> None:
    rows = [
        ("ann", MAY, True, True, 0.9, True),
        ("ben", MAY, True, True, 0.8, True),
        ("cleo", MAY, False, False, 0.7, True),
        ("dan", MAY, True, False, 0.6, True),
        ("eve", MAY, False, False, 0.5, True),
    ]
    not_the_rules = np.array([not rule for _, _, _, rule, *_ in rows])
    assert listed(at_equal_size(lists(*rows), not_the_rules)) == [(5, "cleo"), (5, "dan")]


def test_cutting_a_list_leaves_all_else_as_it_was() -> None:
    before = lists(*ROWS)
    after = at_equal_size(before)
    assert after.schema == before.schema
    assert after.drop_columns("predicted").equals(before.drop_columns("predicted"))


def half_and_half(count):
    """So many customers, to every other one of whom it happened; and intervals that count one half of them."""
    happened = np.arange(count) % 2 == 0

    def ends(_, figures):
        return figures((~happened).astype(float)), figures(happened.astype(float))

    return np.array([f"C{number}" for number in range(count)], object), happened, ends


def test_ends_of_intervals_belong_to_their_shares() -> None:
    ids, happened, ends = half_and_half(40)
    everybody = np.ones(40, bool)
    counted = {"all": Counted(everybody, happened), "none": Counted(everybody, ~everybody)}
    found = shares(ids, counted, ends, {"gap": ("none", "all")})
    assert found["all"] == Share(0.5, 0, 1)
    assert found["gap"] == Share(-0.5, 0, -1)


@pytest.mark.parametrize(("count", "told"), [(LEAST_CUSTOMERS, True), (LEAST_CUSTOMERS - 1, False)])
def test_of_few_customers_no_interval_is_told(count, told) -> None:
    ids, happened, ends = half_and_half(count)
    everybody = np.ones(count, bool)
    found = shares(ids, {"all": Counted(everybody, happened)}, ends, {"gap": ("all", "all")})
    assert [(share.low is not None, share.high is not None) for share in found.values()] == [(told, told)] * 2
    assert found["all"].value == happened.mean()
