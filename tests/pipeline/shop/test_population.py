from datetime import UTC, datetime

import numpy as np
import pytest

from pipeline.shop.calendar import Calendar
from pipeline.shop.deals import on_sale
from pipeline.shop.lives import CHUNK_CUSTOMERS, live, open_market
from pipeline.shop.population import GROUPS, draw_population

CALENDAR = Calendar(datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
MARKET = open_market(CALENDAR, seed=1)
GROUP_NAMES = tuple(group.name for group in GROUPS)


@pytest.fixture(scope="module")
def gaps_and_months() -> dict[str, tuple[list[float], list[int], float]]:
    """Return for each group: relative spreads of gaps, months of orders, share of customers with a second order."""
    lives = next(live(MARKET, 3000))
    orders = lives.orders.where(lives.orders.days < CALENDAR.end_days)
    at, found = CALENDAR.instants(orders.days), {}
    for code, name in enumerate(GROUP_NAMES):
        mine = [at[orders.customer == who] for who in np.flatnonzero(lives.people.group == code)]
        gaps = [np.diff(at) for at in mine if len(at) >= 5]
        months = np.concatenate(mine).astype("datetime64[us]").astype("datetime64[M]").astype(int) % 12 + 1
        again = sum(len(at) > 1 for at in mine) / sum(len(at) > 0 for at in mine)
        found[name] = ([float(gap.std() / gap.mean()) for gap in gaps], months.tolist(), again)
    return found


def test_shares_of_the_groups_add_up_to_one() -> None:
    assert sum(group.share for group in GROUPS) == pytest.approx(1)


def test_tastes_are_shares() -> None:
    population = draw_population(np.random.default_rng(1), CALENDAR, 50)
    np.testing.assert_allclose(population.tastes.sum(axis=1), 1)


def test_replenishing_customers_keep_a_steadier_cadence_than_occasional_ones(
    gaps_and_months: dict[str, tuple[list[float], list[int], float]],
) -> None:
    steady, erratic = (np.median(gaps_and_months[name][0]) for name in ("replenishing", "occasional"))
    assert steady < 0.5 * erratic


def test_gift_givers_order_before_christmas(
    gaps_and_months: dict[str, tuple[list[float], list[int], float]],
) -> None:
    months = gaps_and_months["gift giving"][1]
    assert (months.count(11) + months.count(12)) / len(months) > 0.7


def test_one_time_customers_hardly_ever_come_again(
    gaps_and_months: dict[str, tuple[list[float], list[int], float]],
) -> None:
    assert gaps_and_months["one-time"][2] < 0.1 < gaps_and_months["occasional"][2]


def test_customers_place_no_order_after_they_left() -> None:
    orders = next(live(MARKET, 500)).orders
    gone = orders.left[orders.customer]
    assert np.isfinite(orders.left).any()
    assert (orders.days <= gone).all()


def test_customers_place_orders_in_the_order_of_their_needs() -> None:
    lives = next(live(MARKET, 500))
    assert (lives.orders.need <= lives.orders.days).all()
    same = np.diff(lives.orders.customer) == 0
    assert (lives.orders.days[:-1][same] <= lives.orders.need[1:][same]).all()


def test_discount_dependent_customers_order_mostly_in_sales() -> None:
    lives = next(live(MARKET, 5000))
    at_once = lives.orders.need == lives.people.joined[lives.orders.customer]
    inside = lives.orders.where(~at_once & (lives.orders.days < CALENDAR.end_days))
    sale, waits = on_sale(CALENDAR, inside.days), lives.people.dependence[inside.customer]
    assert sale[waits > 0.7].mean() > 0.5
    assert sale[waits < 0.05].mean() < 0.2


def test_the_chunks_of_a_shop_do_not_depend_on_its_size() -> None:
    one, *_ = live(MARKET, CHUNK_CUSTOMERS + 5)
    (other,) = live(MARKET, CHUNK_CUSTOMERS)
    np.testing.assert_array_equal(one.orders.days, other.orders.days)
