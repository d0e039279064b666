"""How sure the figures of each tenth are, were the customers drawn again."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from models.judging.bootstrap import RESAMPLES_OF_FIGURES, CustomerIds, Interval, draws, interval_of
from models.judging.deciles import tenths_of
from models.judging.slices import LEAST_CUSTOMERS
from models.link import Floats

Intervals = Mapping[str, Interval]


def decile_intervals(
    predicted: Floats,
    actual: Floats,
    customer_id: CustomerIds,
    *,
    seed: int,
    resamples: int = RESAMPLES_OF_FIGURES,
) -> tuple[Intervals, ...]:
    """Return for each tenth the intervals of `observed`, `lift` and `captured_share_so_far`, by name.

    Empty for a tenth with fewer than 200 customers. Who is in which tenth is not drawn again.
    """
    groups = tenths_of(predicted)
    enough = [len(set(customer_id[group])) >= LEAST_CUSTOMERS for group in groups]
    if not any(enough):
        return tuple({} for _ in groups)
    tenth = np.empty(len(predicted), dtype=np.int_)
    for place, group in enumerate(groups):
        tenth[group] = place
    drawn = _figures(tenth, len(groups), actual, customer_id, seed=seed, resamples=resamples)
    return tuple(
        {name: interval_of(values[:, place]) for name, values in drawn.items()} if told else {}
        for place, told in enumerate(enough)
    )


def _figures(
    tenth: npt.NDArray[np.int_], tenths: int, actual: Floats, customer_id: CustomerIds, *, seed: int, resamples: int
) -> Mapping[str, Floats]:
    """Return each figure in every draw, of shape (resamples, tenths); NaN where nobody or nothing was drawn."""
    weights = draws(customer_id, seed=seed, resamples=resamples)
    both = np.array(
        [(np.bincount(tenth, drawn * actual, tenths), np.bincount(tenth, drawn, tenths)) for drawn in weights]
    )
    came, rows = both[:, 0], both[:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        observed, total = came / rows, came.sum(axis=1, keepdims=True)
        mean = total / rows.sum(axis=1, keepdims=True)
        return {
            "observed": observed,
            "lift": observed / mean,
            "captured_share_so_far": came.cumsum(axis=1) / total,
        }
