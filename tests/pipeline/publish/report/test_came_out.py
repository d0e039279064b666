"""How past publications came out: one panel each, chances and amounts told apart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.publish.edition import Edition
from pipeline.publish.record import CameOut, Record
from pipeline.publish.report.came_out import newest, outcomes
from pipeline.publish.report.wording import Wording

WORDS = Wording("GBP", ZoneInfo("UTC"))
MAY = datetime(2010, 5, 1, tzinfo=UTC)
CHURN = CameOut("a", MAY, "churn", "5", 90, 3000, "probability", {}, ((0.2, 0.25, 2700), (0.8, 0.7, 300)))
SPEND = CameOut("a", MAY, "spend", "3", 90, 3000, "money", {"total_ratio": 0.5}, ((1.0, 0.0, 50), (100.0, 25.0, 50)))
ORDERS = CameOut("a", MAY, "orders", "3", 90, 3000, "number", {"total_ratio": 0.5}, ((0.1, 0.2, 50), (0.6, 0.8, 50)))


def of(edition: Edition, *came: CameOut) -> Edition:
    return replace(edition, record=Record(came_out=came))


def test_panels_are_grouped_by_question_and_the_newest_comes_first(today: Edition) -> None:
    june = replace(CHURN, as_of=MAY + timedelta(days=31))
    churn, spend = outcomes(of(today, SPEND, CHURN, june), WORDS)
    assert (churn.question, spend.question) == (
        "Who will not order again in 90 days",
        "How much each will spend in 90 days",
    )
    assert [panel.title for panel in churn.panels] == ["1 Jun 2010", "1 May 2010"]


def test_a_panel_says_what_came_of_the_surest_group(today: Edition) -> None:
    panel = outcomes(of(today, CHURN), WORDS)[0].panels[0]
    assert panel.told == "For the 300 with the highest chance: said 80 in 100, came 70."
    assert panel.about == "3,000 customers, model 5"
    assert panel.label.startswith("Published 1 May 2010: said 20%, came 25% of 2,700")


def test_amounts_are_pairs_in_money_highest_first(today: Edition) -> None:
    (spend,) = outcomes(of(today, SPEND), WORDS)
    (panel,) = spend.panels
    assert spend.summary.startswith("As published on 1 May 2010: together it expected 50 for every 100")
    assert panel.told == "Said 50 for every 100 that were spent."
    assert [(pair.said, pair.came) for pair in panel.pairs] == [(100.0, 50.0), (10.0, 0.0)]
    assert (panel.marks, panel.most) == ((), "£100")
    assert panel.groups[0] == ("£1.00", "£0", "50")


def test_numbers_below_one_are_numbers_and_no_chances(today: Edition) -> None:
    (orders,) = outcomes(of(today, ORDERS), WORDS)
    (panel,) = orders.panels
    assert orders.summary == "As published on 1 May 2010: together it expected 50 for every 100 that came."
    assert panel.told == "Said 50 for every 100 that came."
    assert (panel.marks, len(panel.pairs), panel.most) == ((), 2, "0.80")
    assert panel.groups == (("0.10", "0.20", "50"), ("0.60", "0.80", "50"))


def test_large_numbers_are_whole(today: Edition) -> None:
    (orders,) = outcomes(of(today, replace(ORDERS, reliability=((9.5, 1250.4, 5),))), WORDS)
    assert orders.panels[0].groups == (("9.50", "1,250", "5"),)


def test_small_amounts_of_money_stay_money(today: Edition) -> None:
    (spend,) = outcomes(of(today, replace(SPEND, reliability=((0.1, 0.2, 50), (0.5, 0.6, 50)))), WORDS)
    assert spend.panels[0].groups[0] == ("£0.10", "£0.20", "50")


def test_what_has_no_groups_is_not_shown(today: Edition) -> None:
    bare = of(today, replace(CHURN, reliability=()))
    assert outcomes(bare, WORDS) == ()
    assert newest(bare, "churn") is None
    assert newest(of(today, CHURN), "churn") == CHURN
    assert newest(of(today, replace(CHURN, kind="number")), "churn") is None
