import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.money import DEFAULTS, Aim, BestList, Economics, best_list, economics, expected_profit

SHOP = Economics(margin=0.4, contact_cost=0.1, offer_cost=2.0, save_rate=0.25)
PROBABILITIES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0])
CUSTOMERS = st.lists(st.tuples(PROBABILITIES, st.floats(0, 500)), max_size=12)
ECONOMICS = st.builds(
    Economics,
    margin=st.floats(0, 1),
    contact_cost=st.floats(0, 5),
    offer_cost=st.floats(0, 20),
    save_rate=st.floats(0, 1),
)


def test_keeping_a_customer_is_worth_the_margin_of_what_would_be_lost_less_contact_and_offer() -> None:
    told = expected_profit(np.array([0.8]), np.array([100.0]), SHOP)
    assert told.tolist() == pytest.approx([0.8 * 0.25 * 100 * 0.4 - 0.1 - (0.2 + 0.8 * 0.25) * 2])


def test_winning_an_order_supposes_that_a_contact_raises_the_chance_by_a_share_of_itself() -> None:
    told = expected_profit(np.array([0.5, 1.0]), np.array([100.0, 100.0]), SHOP, Aim.WIN)
    assert told.tolist() == pytest.approx([0.125 * 100 * 0.4 - 0.1 - 0.625 * 2, 0.25 * 100 * 0.4 - 0.1 - 2])


def test_a_customer_of_unknown_value_brings_nothing_and_costs_the_contact() -> None:
    told = expected_profit(np.array([1.0]), np.array([np.nan]), Economics(0.4, 0.1, 0.0, 0.25))
    assert told.tolist() == pytest.approx([-0.1])


def test_the_best_list_of_four_customers_is_reckoned_by_hand() -> None:
    """Without an offer, each contact brings probability * 10 and costs 3: the first two pay, the third does not."""
    shop = Economics(margin=0.5, contact_cost=3.0, offer_cost=0.0, save_rate=0.2)
    told = best_list(np.array([0.2, 0.9, 0.4, 0.1]), np.full(4, 100.0), shop)
    assert told == BestList(0.4, 2, pytest.approx(9 - 3 + 4 - 3), pytest.approx(1.3), pytest.approx(0.7))


def test_nobody_is_contacted_where_nothing_is_left_of_a_sale() -> None:
    told = best_list(np.array([0.9, 0.2]), np.array([100.0, 100.0]), Economics(0.0, 0.1, 1.0, 0.5))
    assert told == BestList(None, 0, 0.0, 0.0, 0.0)


def test_whom_a_task_does_not_speak_of_is_left_out() -> None:
    told = best_list(np.array([np.nan, 0.9]), np.array([100.0, 100.0]), SHOP)
    assert (told.size, told.threshold) == (1, 0.9)


def test_a_shop_that_states_nothing_is_told_what_was_assumed() -> None:
    assert economics().assumed == ("margin", "contact_cost", "offer_cost", "save_rate")
    assert economics(margin=0.5, save_rate=0.1).assumed == ("contact_cost", "offer_cost")
    assert economics(margin=0.5).margin == 0.5
    assert economics(margin=0.0).margin == 0.0
    assert economics().offer_cost == DEFAULTS.offer_cost
    assert economics(0.5, 1, 2, 0.1) == Economics(0.5, 1, 2, 0.1)


@given(CUSTOMERS, ECONOMICS, st.sampled_from(Aim))
def test_no_threshold_has_more_expected_profit_than_the_best_one(
    customers: list[tuple[float, float]], shop: Economics, aim: Aim
) -> None:
    probability, value = np.array(customers, dtype=float).reshape(-1, 2).T
    told = best_list(probability, value, shop, aim)
    profits = {None: 0.0}
    for threshold in set(probability.tolist()):
        profits[threshold] = sum(
            float(expected_profit(np.array([p]), np.array([v]), shop, aim)[0]) for p, v in customers if p >= threshold
        )
    assert told.expected_profit == pytest.approx(max(profits.values()), abs=1e-6)
    assert told.expected_profit == pytest.approx(profits[told.threshold], abs=1e-6)
    listed = [p for p, _ in customers if told.threshold is not None and p >= told.threshold]
    assert told.size == len(listed)
    assert told.true_positives == pytest.approx(sum(listed))
    assert told.true_positives + told.false_positives == pytest.approx(told.size)


@given(CUSTOMERS)
def test_a_dearer_contact_never_makes_the_list_longer(customers: list[tuple[float, float]]) -> None:
    probability, value = np.array(customers, dtype=float).reshape(-1, 2).T
    cheap, dear = (best_list(probability, value, Economics(0.4, cost, 1.0, 0.3)) for cost in (0.1, 5.0))
    assert dear.size <= cheap.size
    assert dear.expected_profit <= cheap.expected_profit
