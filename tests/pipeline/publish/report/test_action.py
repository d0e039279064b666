"""What to do about a customer: what the own list decided, or the one that they are left to."""

from dataclasses import replace

import pyarrow as pa
import pytest

from pipeline.publish.edition import Edition
from pipeline.publish.report.action import CONTACT, HELD_OUT, NOT, Action, actions, without_audience
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import SCHEMA, Audiences

ELSEWHERE = "excluded segment vip"
IN_VIP = Action(NOT, "Do not contact", "in “VIP”")


def decided(edition: Edition, *rows: tuple[str, str | None, str | None]) -> Edition:
    """Return the edition with decisions on customer c-1: the audience, why not, and by which rule."""
    told = [
        {"customer_id": "c-1", "audience": name, "included": why is None, "reason": why, "left_out_by": rule}
        for name, why, rule in rows
    ]
    audiences = tuple(Audience(name=name, include=(name,)) for name, _, _ in rows)
    return replace(edition, audiences=Audiences(edition.as_of, pa.Table.from_pylist(told, SCHEMA), audiences))


def action(edition: Edition, *rows: tuple[str, str | None, str | None]) -> Action:
    segment = next(segment for segment in edition.segments if segment.name == "at_risk")
    return actions(decided(edition, *rows), segment, ["c-1"])["c-1"]


@pytest.mark.parametrize(
    ("why", "rule", "expected"),
    [
        (None, None, Action(CONTACT, "Contact")),
        ("held out", "held_out", Action(HELD_OUT, "Send nothing", "held out to measure the effect")),
        ("no consent to e-mail", "no_consent", Action(NOT, "Do not contact", "no consent to e-mail")),
        ("bought 3 days ago", "recent_buyer", Action(NOT, "Do not contact", "bought 3 days ago")),
        (ELSEWHERE, "excluded", IN_VIP),
    ],
)
def test_the_own_list_decides(today: Edition, why: str | None, rule: str | None, expected: Action) -> None:
    assert action(today, ("at_risk", why, rule)) == expected


@pytest.mark.parametrize(
    ("why", "rule", "expected"),
    [
        (None, None, Action(CONTACT, "Contact", "as one of “VIP”")),
        ("held out", "held_out", Action(HELD_OUT, "Send nothing", "held out to measure the effect")),
        ("no consent to e-mail", "no_consent", Action(NOT, "Do not contact", "no consent to e-mail")),
        ("excluded segment one_time", "excluded", IN_VIP),
    ],
)
def test_who_is_left_to_another_list_is_told_by_that_one(
    today: Edition, why: str | None, rule: str | None, expected: Action
) -> None:
    assert action(today, ("at_risk", ELSEWHERE, "excluded"), ("vip", why, rule)) == expected


def test_nobody_who_needs_care_is_sent_to_another_campaign(today: Edition) -> None:
    vip, *others = today.segments
    careful = replace(today, segments=(vip.model_copy(update={"tags": ("care",)}), *others))
    assert action(careful, ("at_risk", ELSEWHERE, "excluded"), ("vip", None, None)) == IN_VIP


def test_without_an_audience_the_holdout_counts_all_the_same(today: Edition) -> None:
    segment = today.segments[2]
    assert actions(today, segment, ["c-1"]) == {}
    assert actions(decided(today, ("vip", None, None)), segment, ["c-1"]) == {}
    assert without_audience(held_out=True).tone == HELD_OUT
    assert without_audience(held_out=False) == Action(CONTACT, "Contact", "if they agreed to it")
