"""Which definition of a segment a shop can decide, or why none."""

from dataclasses import replace

import pytest

from pipeline.conditions.known import Kind, Known
from pipeline.segments.segment import Segment, Variant
from pipeline.segments.settle import LeftOut, settle

SHOP = Known(
    columns={"orders_365d": Kind.NUMBER, "visits_30d": Kind.NUMBER},
    event_types=frozenset({"order_placed", "product_viewed"}),
    segments=frozenset({"vip"}),
    purposes=frozenset({"email"}),
)


def test_a_segment_that_names_only_what_there_is_stays_as_it_is() -> None:
    segment = Segment(
        name="s",
        when="orders_365d > 1 and in_segment(vip) and consented('email') and never(order_placed, within => '7 days')",
        variants=(Variant(when="true"),),
    )
    assert settle(segment, SHOP) is segment


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("churn_probability > 0.5", "there is no churn_probability yet"),
        ("happened(cart_added)", "this shop logs no cart_added"),
        ("sequence(product_viewed, not cart_added, limit => '1 day')", "this shop logs no cart_added"),
        ("in_segment(ghost)", "it depends on ghost, which could not be decided"),
        ("consented('sms')", "no consent to sms is recorded"),
        ("orders_365d > 1 and emails > 1 and refunds > 1", "there is no emails yet"),
    ],
)
def test_the_reason_names_what_is_lacking(when: str, reason: str) -> None:
    assert settle(Segment(name="s", when=when), SHOP) == LeftOut("s", reason)


def test_the_reason_says_why_a_column_is_not_there() -> None:
    segment = Segment(name="s", when="orders_365d > 1", score="churn_probability")
    why = {"churn_probability": "300 customers are too few to learn from."}
    assert settle(segment, SHOP, why) == LeftOut(
        "s", "there is no churn_probability: 300 customers are too few to learn from."
    )


def test_what_keeps_members_is_needed_as_well() -> None:
    segment = Segment(name="s", when="orders_365d > 1", stay_while="happened(cart_added)")
    assert settle(segment, SHOP) == LeftOut("s", "this shop logs no cart_added")


VARIED = Segment(
    name="s",
    when="email_opens_90d = 0",
    variants=(Variant(when="visits_90d = 0"), Variant(when="visits_30d = 0"), Variant(when="orders_365d = 0")),
)


def test_the_first_variant_that_can_be_decided_is_taken() -> None:
    assert settle(VARIED, SHOP) == VARIED.definitions[2]


def test_where_no_variant_can_be_decided_the_reason_is_that_of_the_segment_itself() -> None:
    assert settle(VARIED, SHOP.over({})) == LeftOut("s", "there is no email_opens_90d yet")


def test_any_event_and_purpose_will_do_where_none_are_said() -> None:
    segment = Segment(name="s", when="happened(cart_added) and consented('sms')")
    assert settle(segment, replace(SHOP, event_types=None, purposes=None)) is segment
