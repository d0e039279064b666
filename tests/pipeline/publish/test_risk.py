"""Bands of churn probability; a probability on a bound belongs to the higher band."""

import pyarrow as pa
import pytest

from pipeline.publish.risk import risk_band


@pytest.mark.parametrize(
    ("probability", "band"),
    [
        (1.0, "very high"),
        (0.8, "very high"),
        (0.7999, "high"),
        (0.6, "high"),
        (0.5999, "medium"),
        (0.3, "medium"),
        (0.2999, "low"),
        (0.0, "low"),
        (None, None),
    ],
)
def test_a_bound_belongs_to_the_higher_band(probability: float | None, band: str | None) -> None:
    assert risk_band(pa.chunked_array([pa.array([probability], pa.float64())])).to_pylist() == [band]
