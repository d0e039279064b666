import numpy as np
import pytest

from models.monitoring.psi import by_chance, psi


def counts(*customers: int) -> np.ndarray:
    return np.array(customers, dtype=np.float64)


def test_shares_that_stay_the_same_have_not_moved() -> None:
    assert psi(counts(100, 300), counts(1000, 3000)) == pytest.approx(0, abs=1e-4)


def test_the_index_is_that_of_the_textbook() -> None:
    """Half and half to a quarter and three: (.25 - .5) ln(.25/.5) + (.75 - .5) ln(.75/.5) = .2747."""
    assert psi(counts(50_000, 50_000), counts(25_000, 75_000)) == pytest.approx(0.2747, abs=1e-4)


def test_it_is_the_same_both_ways() -> None:
    assert psi(counts(50, 50), counts(20, 80)) == pytest.approx(psi(counts(20, 80), counts(50, 50)))


def test_an_empty_bin_has_an_index_all_the_same() -> None:
    assert 1 < psi(counts(100, 100), counts(200, 0)) < 10


def test_nobody_cannot_have_moved() -> None:
    assert psi(counts(0, 0), counts(10, 10)) == psi(counts(10, 10), counts(0, 0)) == 0
    assert by_chance(counts(0, 0), counts(10, 10), once_in=100) == 0


@pytest.mark.parametrize("customers", [200, 5_000])
def test_chance_alone_exceeds_its_bound_as_often_as_said(customers: int) -> None:
    """Twice drawn from the same ten shares, two thousand times."""
    random = np.random.default_rng(3)
    shares = random.dirichlet(np.full(10, 5.0))
    pairs = random.multinomial(customers, shares, (2000, 2)).astype(np.float64)
    beyond = [psi(before, now) > by_chance(before, now, once_in=20) for before, now in pairs]
    assert np.mean(beyond) == pytest.approx(1 / 20, abs=0.02)
