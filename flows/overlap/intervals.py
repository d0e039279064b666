"""Intervals of shares, by drawing customers again."""

import numpy as np

from models.judging.bootstrap import INTERVAL, RESAMPLES_OF_FIGURES, draws
from models.link import Floats
from pipeline.segments.versus.shares import CustomerIds, Figures, Intervals


def by_customer(seed: int) -> Intervals:
    """Return 95 % intervals of figures by drawing customers again."""

    def intervals(customer_id: CustomerIds, figures: Figures) -> tuple[Floats, Floats]:
        if not len(customer_id):
            return (nothing := figures(np.ones(0))), nothing
        drawn = np.array([figures(often) for often in draws(customer_id, seed=seed, resamples=RESAMPLES_OF_FIGURES)])
        low, high = np.array([_middle(values) for values in drawn.T]).T
        return low, high

    return intervals


def _middle(values: Floats) -> tuple[float, float]:
    told = values[~np.isnan(values)]
    low, high = np.percentile(told, INTERVAL) if len(told) else (np.nan, np.nan)
    return float(low), float(high)
