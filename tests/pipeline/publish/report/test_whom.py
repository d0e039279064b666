"""Whom to contact of each audience."""

from dataclasses import replace

import pyarrow as pa

from pipeline.publish.edition import Edition
from pipeline.publish.report.whom import WHY_NOT, audiences, left_out_audiences
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import SCHEMA, Audiences
from pipeline.segments.audiences.rules import RULES


def of(edition: Edition, **members: tuple[str | None, ...]) -> Edition:
    """Return the edition with audiences of which each member is left out by a rule, or by none."""
    rows = [
        {"customer_id": f"c-{place}", "audience": name, "included": rule is None, "reason": rule, "left_out_by": rule}
        for name, rules in members.items()
        for place, rule in enumerate(rules)
    ]
    decided = tuple(Audience(name=name, include=("vip",)) for name in members)
    table = pa.Table.from_pylist(rows, SCHEMA)
    told = Audiences(edition.as_of, table, decided, {"vip": ("push is not logged",)}, {"gone": "none was decided"})
    return replace(edition, audiences=told)


def test_the_first_is_the_one_asked_for_then_the_shops_own_then_the_largest(today: Edition) -> None:
    edition = of(today, vip=(None, None), one_time=(None,), newsletter=(None,), at_risk=(None, None, None), empty=())
    assert [one.name for one in audiences(edition, "one_time")] == ["one_time", "newsletter", "at_risk", "vip"]


def test_each_says_how_many_and_why_not_the_others(today: Edition) -> None:
    (vip,) = audiences(of(today, vip=(None, "no_consent", "held_out", "no_consent")), None)
    assert (vip.contact, vip.members, vip.others) == ("1", "4", "2 without consent · 1 held out")
    assert [(one.tone, one.width) for one in vip.slices] == [("contact", 25.0), ("not", 50.0), ("held", 25.0)]
    assert vip.notes == ("push is not logged",)


def test_every_rule_has_words() -> None:
    assert list(WHY_NOT) == list(RULES)


def test_what_was_not_decided_is_named_with_its_reason(today: Edition) -> None:
    assert left_out_audiences(of(today)) == (("gone", "none was decided"),)
    assert (audiences(today, None), left_out_audiences(today)) == ((), ())
