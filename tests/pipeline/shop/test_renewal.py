import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.shop.renewal import Gaps, expected_orders, order_within


def gaps(shape: float = 1.0, mean: float = 30.0, considered: float = 0.0, lag: float = 2.0) -> Gaps:
    return Gaps(np.array([shape]), np.array([mean / shape]), considered, np.array([lag]))


def within(law: Gaps, elapsed: float, span: float, *, considering: bool = False) -> float:
    return float(order_within(law, np.array([elapsed]), np.array([considering]), np.array([span]))[0, -1])


def orders(law: Gaps, elapsed: float, span: float, staying: float) -> float:
    one, reach = np.array([elapsed]), np.array([span])
    first = order_within(law, one, np.array([False]), reach)
    return float(expected_orders(law, first, np.array([staying]), reach)[0, -1])


@pytest.mark.parametrize("elapsed", [0.0, 7.0, 400.0])
def test_a_poisson_customer_has_no_memory(elapsed: float) -> None:
    assert within(gaps(), elapsed, 45.0) == pytest.approx(1 - np.exp(-1.5), rel=1e-9)


def test_a_steady_customer_whose_time_has_come_orders_soon() -> None:
    assert within(gaps(shape=9.0), 29.0, 10.0) > 0.55
    assert within(gaps(shape=9.0), 0.0, 10.0) < 0.02


def test_an_order_under_consideration_is_decided_after_an_exponential_time() -> None:
    assert within(gaps(considered=0.3, lag=2.0), 5.0, 3.0, considering=True) == pytest.approx(1 - np.exp(-1.5))


def test_a_poisson_customer_who_never_leaves_orders_at_the_rate() -> None:
    assert orders(gaps(), 3.0, 90.0, staying=1.0) == pytest.approx(3.0, rel=1e-3)


def test_a_poisson_customer_who_may_leave_orders_as_often_as_the_closed_form_says() -> None:
    assert orders(gaps(), 3.0, 90.0, staying=0.8) == pytest.approx((1 - np.exp(-0.2 * 3)) / 0.2, rel=1e-3)


def test_the_law_agrees_with_gaps_drawn_one_by_one() -> None:
    rng, law, elapsed, span, draws = np.random.default_rng(1), gaps(4.0, 20.0, 0.3, 3.0), 12.0, 70.0, 200_000
    needed = rng.gamma(4.0, 5.0, 4 * draws)
    needed = needed[needed > elapsed][:draws] - elapsed
    at = needed + (rng.random(len(needed)) < 0.3) * rng.exponential(3.0, len(needed))
    counts, alive = np.zeros(len(at)), np.ones(len(at), bool)
    ordered = at < span
    assert within(law, elapsed, span) == pytest.approx(ordered.mean(), abs=0.003)
    while (alive & (at < span)).any():
        counts += alive & (at < span)
        alive &= (at < span) & (rng.random(len(at)) < 0.9)
        at = at + rng.gamma(4.0, 5.0, len(at)) + (rng.random(len(at)) < 0.3) * rng.exponential(3.0, len(at))
    assert orders(law, elapsed, span, staying=0.9) == pytest.approx(counts.mean(), abs=0.01)


@given(
    shape=st.floats(1, 10),
    mean=st.floats(5, 500),
    elapsed=st.floats(0, 300),
    span=st.floats(0, 400),
    staying=st.floats(0, 1),
    considering=st.booleans(),
)
def test_probabilities_stay_within_bounds_and_grow_with_time(
    shape: float,
    mean: float,
    elapsed: float,
    span: float,
    staying: float,
    considering: bool,  # noqa: FBT001  # drawn
) -> None:
    law, reach = gaps(shape, mean, 0.3, 0.06 * mean), np.array([span])
    first = order_within(law, np.array([elapsed]), np.array([considering]), reach)
    mean_orders = expected_orders(law, first, np.array([staying]), reach)
    assert first[0, 0] == 0
    assert (np.diff(first) >= -1e-9).all()
    assert (np.diff(mean_orders) >= -1e-9).all()
    assert first.max() <= 1
    assert mean_orders[0, -1] >= first[0, -1] - 1e-9
