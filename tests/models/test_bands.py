import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bands import FIXED, Bands, bands
from models.money import BestList

RANKS = {"low": 0, "medium": 1, "high": 2}


@pytest.mark.parametrize(
    ("probability", "band"),
    [
        (1.0, "high"), (0.6, "high"), (0.5999, "medium"), (0.3, "medium"), (0.2999, "low"), (0.0, "low"),
        (np.nan, None),
    ],
)  # fmt: skip
def test_a_bound_belongs_to_the_higher_band(probability: float, band: str | None) -> None:
    assert FIXED.of(np.array([probability])).to_pylist() == [band]


def test_where_money_is_known_high_begins_where_a_contact_pays() -> None:
    drawn = bands(BestList(0.4, 10, 100.0, 6.0, 4.0))
    assert drawn.of(np.array([0.4, 0.39, 0.2, 0.19])).to_pylist() == ["high", "medium", "medium", "low"]


def test_where_nobody_is_worth_a_contact_everybody_is_low() -> None:
    assert bands(BestList(None, 0, 0.0, 0.0, 0.0)).of(np.array([1.0, 0.0])).to_pylist() == ["low", "low"]


def test_without_money_the_bounds_are_fixed() -> None:
    assert bands(None) == FIXED


@given(st.lists(st.floats(0, 1), min_size=2), st.floats(0, 1))
def test_a_higher_probability_is_never_in_a_lower_band(probabilities: list[float], threshold: float) -> None:
    for drawn in (FIXED, bands(BestList(threshold, 1, 1.0, 1.0, 0.0)), Bands(2.0, 2.0)):
        told = drawn.of(np.sort(np.array(probabilities))).to_pylist()
        ranks = [RANKS[band] for band in told]
        assert ranks == sorted(ranks)
