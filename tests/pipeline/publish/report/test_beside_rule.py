"""A prediction beside its rule: the parts, the days, and what came true."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from pipeline.publish.edition import Edition
from pipeline.publish.record import AgainstRule, Record
from pipeline.publish.report.beside_rule import WIDTH, BesideRule, beside_rules
from pipeline.publish.report.wording import Wording

WORDS = Wording("GBP", ZoneInfo("UTC"))
PAIR = AgainstRule("predicted_at_risk", "at_risk", both=20, only_predicted=70, only_rule=10)


def told(edition: Edition, pair: AgainstRule) -> tuple[BesideRule, ...]:
    return beside_rules(replace(edition, record=Record(against_rules=(pair,))), WORDS)


def test_the_parts_are_shares_of_all_who_were_found(today: Edition) -> None:
    (found,) = told(today, PAIR)
    assert [(part.key, part.count, part.width) for part in found.parts] == [
        ("only_predicted", "70", 70.0),
        ("both", "20", 20.0),
        ("only_rule", "10", 10.0),
    ]
    assert (found.lead, found.verdict) == (None, "")
    assert found.known == "Which of them are right about how many is known once a horizon is over."


def test_a_pair_of_which_one_was_not_decided_is_not_shown(today: Edition) -> None:
    assert told(today, replace(PAIR, rule="no_such_rule")) == ()


def test_a_list_without_members_is_compared_with_nothing(today: Edition) -> None:
    assert told(today, replace(PAIR, both=0, only_rule=0)) == ()
    assert told(today, replace(PAIR, both=0, only_predicted=0)) == ()


@pytest.mark.parametrize(
    ("days", "columns", "median", "last"),
    [
        ((0, 1, 2), 3, "1 day", "3 days"),
        ((5, 5, 9, 30), 3, "7 days", "32 days"),
        ((7, 70), 2, "38.5 days", "75 days"),
    ],
)
def test_days_share_columns_so_that_there_are_never_many(
    today: Edition, days: tuple[int, ...], columns: int, median: str, last: str
) -> None:
    lead = told(today, replace(PAIR, lead_days=days))[0].lead
    assert lead is not None
    assert (len(lead.columns), lead.median, lead.last) == (columns, median, last)
    assert all(0 <= column.x <= WIDTH for column in lead.columns)


def test_only_who_is_known_to_have_been_right_is_told_as_right(today: Edition) -> None:
    one_sided = told(today, replace(PAIR, came_true={"both": (0.9, 10), "only_rule": (0.0, 0)}))[0]
    assert [part.came_true for part in one_sided.parts] == ["", "right about 90% of 10", ""]
    assert one_sided.verdict == ""


@pytest.mark.parametrize(
    ("apart", "told"),
    [
        (None, ": of too few to say which of them is right more often."),
        ((0.5, 0.12, 0.7), ". The difference is +50.0 in 100 (+12.0 to +70.0)."),
        (
            (-0.05, -0.2, 0.1),
            ". The difference is \N{MINUS SIGN}5.0 in 100 (\N{MINUS SIGN}20.0 to +10.0) and may be chance.",
        ),
    ],
)
def test_who_was_right_more_often_is_told_with_how_sure_that_is(
    today: Edition, apart: tuple[float, float, float] | None, told: str
) -> None:
    pair = replace(PAIR, came_true={"only_predicted": (0.75, 44), "only_rule": (0.25, 8)}, apart=apart)
    words = "Where they disagree, the prediction was right about 75% and the rule about 25%"
    (found,) = beside_rules(replace(today, record=Record(against_rules=(pair,))), WORDS)
    assert found.verdict == words + told
