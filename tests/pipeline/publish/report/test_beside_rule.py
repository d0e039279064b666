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
