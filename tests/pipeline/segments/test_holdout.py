import hashlib
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import chi2_contingency

from pipeline.segments.holdout import held_out_among

CROWD = pa.array([f"customer {number}" for number in range(20_000)])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_the_held_out_are_the_share_asked_for(share: float) -> None:
    assert held_out_among("a", share, CROWD).mean() == pytest.approx(share, abs=0.01)


def test_whoever_is_held_out_of_a_share_is_held_out_of_a_larger_one() -> None:
    shares = [held_out_among("a", share, CROWD) for share in (0.05, 0.1, 0.2, 0.6)]
    for small, large in pairwise(shares):
        assert not (small & ~large).any()
        assert large.sum() > small.sum()


@pytest.mark.parametrize("others", [("a", "b"), ("vip", "vip2"), ("one_time", "one_tim"), ("new", "lapsed")])
def test_the_held_out_of_one_segment_say_nothing_about_another(others: tuple[str, str]) -> None:
    one, other = (held_out_among(name, 0.3, CROWD) for name in others)
    table = [[int(np.sum((one == first) & (other == second))) for second in (False, True)] for first in (False, True)]
    assert chi2_contingency(table).pvalue > 0.001


def test_the_held_out_are_spread_evenly_over_any_order_of_customers() -> None:
    out = held_out_among("a", 0.2, CROWD).reshape(20, -1).sum(axis=1)
    assert chi2_contingency([out, 1_000 - out]).pvalue > 0.001


def test_the_held_out_are_the_same_on_every_machine_and_in_any_company() -> None:
    some = CROWD.slice(0, 100).to_pylist()[::-1]
    hashes = [int(hashlib.md5(f"a/{one}".encode(), usedforsecurity=False).hexdigest()[:8], 16) for one in some]
    assert held_out_among("a", 0.1, pa.array(some)).tolist() == [number < 0.1 * 2**32 for number in hashes]


def test_nobody_is_held_out_of_nobody() -> None:
    assert held_out_among("a", 0.5, pa.array([], pa.string())).tolist() == []
