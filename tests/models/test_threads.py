"""How many threads linear algebra works with while models are fitted."""

import numpy as np
from threadpoolctl import threadpool_info

from models.threads import alone


def threads() -> list[int]:
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


def test_linear_algebra_works_alone_for_as_long_as_models_are_fitted() -> None:
    assert np.ones((2, 2)).sum() == 4  # its library is loaded
    before = threads()
    assert before
    with alone():
        assert set(threads()) == {1}
    assert threads() == before
