"""Bands of churn probability, in words."""

import pyarrow as pa
import pyarrow.compute as pc

BANDS: tuple[tuple[float, str], ...] = ((0.8, "very high"), (0.6, "high"), (0.3, "medium"), (0.0, "low"))
"""The lowest probability of each band, highest band first; a probability on a bound belongs to the higher band."""


def risk_band(probability: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the band of each churn probability, null where there is none."""
    bounds = [pc.greater_equal(probability, bound) for bound, _ in BANDS]
    names = [name for _, name in BANDS]
    return pc.case_when(pc.make_struct(*bounds), *(pa.scalar(name) for name in names))
