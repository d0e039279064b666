from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from pipeline.conditions.parse import parse
from pipeline.segments.versus.lead_time import lead_time, silence_of
from pipeline.segments.versus.silences import NAMINGS
from tests.rows import AS_OF

MONTHS = (0, 30, 60, 90)
END = 200
A_RULE = 60


def as_they_are(customer_id, figures):
    once = figures(np.ones(len(customer_id)))
    return once, once


def watched(customer, ordered, came, named=(), *, end=END):
    """Rows of a customer who ordered on one day and next on another (None: never), at the months in between.

    Days are counted from the first month; `named` are those at which the list named the customer.
    """
    return [
        {
            "customer_id": customer,
            "as_of": AS_OF + timedelta(days=day),
            "named": day in named,
            "silent_days": float(day - ordered),
            "wait_days": None if came is None else float(came - day),
            "followed_days": float(end - day),
        }
        for day in MONTHS
        if ordered <= day and (came is None or day < came)
    ]


def found(*customers, rule=A_RULE):
    rows = [row for customer in customers for row in customer]
    return lead_time(pa.Table.from_pylist(rows, schema=NAMINGS), rule, as_they_are)


def counts(lead):
    return lead.named_before, lead.named_after, lead.reached, lead.came_back, lead.still_open


def test_the_lead_is_from_the_first_naming_to_the_day_on_which_the_rule_is_reached() -> None:
    lead = found(watched("ann", -10, None, named=(30, 60)))
    assert counts(lead) == (1, 0, 1, 0, 0)
    assert lead.lead_days is not None
    assert lead.lead_days.median == 50 - 30
    assert lead.never_reached.value == 0


def test_who_orders_before_the_rule_never_reached_it() -> None:
    lead = found(watched("ann", -10, None, named=(0,)), watched("ben", -20, 39.9, named=(0, 30)))
    assert counts(lead) == (2, 0, 1, 1, 0)
    assert lead.never_reached.value == 1 / 2


def test_an_order_at_the_instant_of_the_rule_comes_after_it() -> None:
    lead = found(watched("ann", -10, 50, named=(0,)))
    assert counts(lead) == (1, 0, 1, 0, 0)


def test_whom_the_list_names_only_after_the_rule_has_a_lead_below_zero() -> None:
    lead = found(watched("ann", -10, None, named=(60,)), watched("ben", -10, None, named=(0,)))
    assert counts(lead) == (1, 1, 1, 0, 0)
    assert (lead.lead_days.median, lead.lead_days_of_all.median) == (50, (50 - 10) / 2)


def test_a_silence_that_had_reached_the_rule_when_the_watch_began_is_left_out() -> None:
    lead = found(watched("ann", -60, None, named=(0,)), watched("ben", -59, None, named=(0,)))
    assert counts(lead) == (1, 0, 1, 0, 0)
    assert lead.lead_days.median == 1


def test_a_silence_that_the_log_does_not_follow_to_the_rule_is_open_and_in_no_share() -> None:
    lead = found(watched("ann", 80, None, named=(90,), end=130), watched("ben", -10, 20, named=(0,), end=130))
    assert counts(lead) == (2, 0, 0, 1, 1)
    assert lead.never_reached.value == 1


def test_every_order_begins_a_silence_of_its_own() -> None:
    once, again = watched("ann", -10, 35, named=(0, 30)), watched("ann", 35, None, named=(60, 90))
    lead = found(once, again)
    assert counts(lead) == (2, 0, 1, 1, 0)
    assert lead.lead_days.median == 35 + 60 - 60


def test_the_share_found_is_of_all_silences_that_came_to_the_rule_in_the_watch() -> None:
    lead = found(
        watched("found", -10, None, named=(30,)),
        watched("late", -10, None, named=(60,)),
        watched("missed", -10, None),
        watched("back", -10, 40),
        watched("after the watch", 40, None, named=(60,)),
    )
    assert lead.reached_in_watch == 3
    assert lead.found_before.value == 1 / 3


def test_a_list_that_names_nobody_has_no_lead_and_no_shares() -> None:
    lead = found(watched("ann", -10, None))
    assert counts(lead) == (0, 0, 0, 0, 0)
    assert (lead.lead_days, lead.lead_days_of_all, lead.never_reached.value) == (None, None, None)
    assert (lead.shorter_rule_days, lead.shorter_rule_named, lead.shorter_rule_never_reached.value) == (None, 0, None)
    assert lead.found_before.value == 0


def test_nobody_to_watch_is_no_error() -> None:
    assert counts(found()) == (0, 0, 0, 0, 0)


def test_the_shorter_rule_is_the_longest_that_is_as_early_and_names_at_the_same_months() -> None:
    lead = found(watched("ann", -10, None, named=(30,)), watched("ben", -10, 35))
    assert lead.lead_days.median == 20
    assert (lead.shorter_rule_days, lead.shorter_rule_named) == (40, 2)
    assert lead.shorter_rule_never_reached.value == 1 / 2


def test_quartiles_lie_where_half_of_the_leads_do() -> None:
    leads = [watched(f"C{days}", -days, None, named=(0,)) for days in (10, 20, 30, 40, 50)]
    told = found(*leads).lead_days
    assert (told.lower, told.median, told.upper) == (20, 30, 40)


def test_who_never_ordered_is_in_no_silence() -> None:
    (row, *_) = watched("ann", -10, None, named=(0,))
    assert counts(found([{**row, "silent_days": None}])) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        ("days_since_last_order between 60 and 120", 60),
        ("orders_lifetime >= 2 and days_since_last_order > 120", 120),
        ("days_since_last_order >= 45 or days_since_last_order > 30", 30),
        ("never(order_placed, within => '90 days')", 90),
        ("never(product_viewed, within => '90 days')", None),
        ("days_since_last_order <= 30", None),
        ("orders_lifetime >= 2", None),
    ],
)
def test_a_rule_of_silence_says_after_how_many_days(condition: str, days: float | None) -> None:
    assert silence_of(parse(condition, "a rule")) == days
