"""What came of past lists, as a marketer reads it."""

from pipeline.publish.record import HeldOutCameOut, ListCameOut, Observed
from pipeline.publish.report.lists_came_out import list_outcomes
from pipeline.publish.report.wording import percent
from tests.pipeline.publish.report.test_came_out import CHURN, WORDS, replace

TITLES = {"predicted_at_risk": "Predicted at risk", "vip": "VIPs"}
SMALL = ListCameOut("gone_since", 0.5, Observed(0.4, 5), None)
AT_RISK = ListCameOut("predicted_at_risk", 0.74, Observed(0.73, 600, 0.7, 0.77), Observed(0.22, 2500, 0.2, 0.24))
VIP = ListCameOut("vip", 0.2, Observed(0.19, 21, 0.08, 0.4), Observed(0.27, 3079, 0.25, 0.29), decided=False)


def held_out(difference: tuple[float, float, float], *, at_random: bool = True) -> HeldOutCameOut:
    return HeldOutCameOut("predicted_at_risk", Observed(0.78, 60), Observed(0.72, 1400), difference, at_random)


def test_a_list_says_what_was_said_of_it_what_came_and_what_came_of_everybody_else() -> None:
    at_risk, small = list_outcomes(replace(CHURN, lists=(SMALL, AT_RISK, VIP)), TITLES, percent).lists
    assert (at_risk.title, at_risk.customers, at_risk.said) == ("Predicted at risk", "600 customers", "74%")
    assert (at_risk.came, at_risk.between, at_risk.others) == ("73%", "70% to 77%", "22%")
    assert (small.title, small.between, small.others) == ("Gone since", "", "\N{EN DASH}")


def test_lists_that_something_else_decided_are_told_apart() -> None:
    found = list_outcomes(replace(CHURN, lists=(AT_RISK, VIP)), TITLES, percent)
    assert [row.title for row in found.lists] == ["Predicted at risk"]
    assert [row.title for row in found.other_lists] == ["VIPs"]


def test_a_difference_has_its_sign_and_its_interval() -> None:
    (row,) = list_outcomes(
        replace(CHURN, lists=(AT_RISK,), held_out=(held_out((-0.06, -0.16, 0.05)),)), TITLES, percent
    ).held_out
    assert (row.contacted, row.contacted_count, row.held_out, row.held_out_count) == ("72%", "of 1,400", "78%", "of 60")
    assert (row.difference, row.between) == ("\N{MINUS SIGN}6.0", "\N{MINUS SIGN}16.0 to +5.0")


def test_what_was_not_held_out_at_random_is_not_called_what_contacting_brought() -> None:
    unfair = held_out((-0.06, -0.16, 0.05), at_random=False)
    found = list_outcomes(replace(CHURN, lists=(AT_RISK,), held_out=(unfair,)), TITLES, percent)
    assert found.held_out == found.other_held_out == ()


def test_holdouts_of_lists_that_something_else_decided_are_told_apart() -> None:
    found = list_outcomes(replace(CHURN, held_out=(held_out((0, -0.1, 0.1)),)), TITLES, percent)
    assert found.held_out == ()
    assert [row.difference for row in found.other_held_out] == ["+0.0"]


def test_differences_of_money_are_money() -> None:
    spend = replace(CHURN, kind="money", lists=(AT_RISK,), held_out=(held_out((-6.5, -160.0, 0.0)),))
    found = list_outcomes(spend, TITLES, WORDS.money)
    assert [(row.difference, row.between) for row in found.held_out] == [
        ("\N{MINUS SIGN}£6.50", "\N{MINUS SIGN}£160 to £0")
    ]
    assert found.unit == ""
