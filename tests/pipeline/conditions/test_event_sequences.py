"""Sequences of events that can be checked by eye."""

import pytest

from tests.pipeline.conditions.event_asking import CART, MICROSECOND, ORDER, VIEW, asked, view
from tests.rows import days_before, event

SEQUENCE = "sequence(product_viewed, cart_added, not order_placed, limit => '3 days')"


def trail(*told):
    return [event("ann", days_before(days), kind) for days, kind in told]


@pytest.mark.parametrize(
    ("text", "told", "came"),
    [
        ("sequence(product_viewed, cart_added)", [(5, VIEW), (4, CART)], True),
        ("sequence(product_viewed, cart_added)", [(5, VIEW), (5, CART)], False),
        ("sequence(product_viewed, cart_added)", [(5, CART), (4, VIEW)], False),
        ("sequence(product_viewed, product_viewed)", [(5, VIEW), (5, VIEW)], False),
        ("sequence(product_viewed, cart_added, limit => '1 day')", [(5, VIEW), (4, CART)], True),
        ("sequence(product_viewed, cart_added, limit => '1 day')", [(5.1, VIEW), (4, CART)], False),
        ("sequence(product_viewed, cart_added, within => '2 days')", [(3, VIEW), (1, CART)], False),
        (SEQUENCE, [(5, VIEW), (4, CART)], True),
        (SEQUENCE, [(5, VIEW), (4, CART), (1, ORDER)], True),
        (SEQUENCE, [(5, VIEW), (4, CART), (3, ORDER)], False),
        (SEQUENCE, [(5, VIEW), (4, CART), (4, ORDER)], False),
        (SEQUENCE, [(5, VIEW), (4.5, ORDER), (4, CART)], True),
        (SEQUENCE, [(2, VIEW), (1, CART)], False),  # an order may still come
        # The first cart is followed by an order, the second is not.
        (SEQUENCE, [(5, VIEW), (4.5, CART), (4, ORDER), (3.5, CART)], True),
        # Only the second view leads to an order without a cart in between, and then on to another view.
        (
            "sequence(product_viewed, not cart_added, order_placed, product_viewed)",
            [(9, VIEW), (8, CART), (7, VIEW), (6, ORDER), (5, VIEW)],
            True,
        ),
        (
            "sequence(product_viewed, not cart_added, order_placed)",
            [(9, VIEW), (8, CART), (7, ORDER)],
            False,
        ),
        ("sequence(product_viewed, not cart_added, order_placed)", [(9, VIEW), (7, ORDER), (7, CART)], True),
    ],
)
def test_steps_come_in_order_or_stay_away(text, told, came):
    assert asked(text, *trail(*told)) is came


@pytest.mark.parametrize(("nudge", "stayed_away"), [(-1, False), (0, False), (1, True)])
def test_what_comes_when_the_limit_is_just_over_has_stayed_away(nudge, stayed_away):
    late = event("ann", days_before(2) + nudge * MICROSECOND)
    assert asked(SEQUENCE, *trail((5, VIEW), (4, CART)), late) is stayed_away


@pytest.mark.parametrize(("nudge", "over"), [(-1, True), (0, False), (1, False)])
def test_a_step_has_stayed_away_once_the_limit_is_over(nudge, over):
    begun = event("ann", days_before(3) + nudge * MICROSECOND, VIEW)
    assert asked(SEQUENCE, begun, *trail((1, CART))) is over


def test_each_step_has_its_own_filter():
    text = "sequence(product_viewed where category = 'boots', product_viewed where category = 'tea')"
    assert asked(text, view(3, category="boots"), view(2, category="tea"))
    assert not asked(text, view(3, category="tea"), view(2, category="boots"))
