"""Whether two engines found the same: a number a column that depends on every customer's value, and on no order."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

Digest = dict[str, int]

_WHOLE = 2**64
_MIXERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))  # of SplitMix64, by Steele, Lea and Flood
_SHIFT = np.uint64(31)


def digest(
    customer_id: npt.NDArray[np.object_],
    moment_us: npt.NDArray[np.int64],
    columns: Mapping[str, npt.NDArray[np.float64]],
) -> Digest:
    """Return each column's digest; rows are told apart by customer and moment. A value must be equal to the last bit.

    Only NaN counts as equal to NaN, and 0 to -0.
    """
    keys = _mixed(pd.util.hash_array(customer_id) + moment_us.astype(np.uint64))
    return {name: int(_mixed(keys + _bits(values)).sum(dtype=np.uint64)) for name, values in columns.items()}


def together(parts: Iterable[Digest]) -> Digest:
    """Return the digest of all rows from those of some rows each."""
    total: Digest = {}
    for part in parts:
        total = {name: (total.get(name, 0) + value) % _WHOLE for name, value in part.items()}
    return total


def _bits(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint64]:
    return np.where(np.isnan(values), np.nan, values + 0.0).view(np.uint64)


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    for mixer in _MIXERS:
        numbers = (numbers ^ (numbers >> _SHIFT)) * mixer
    return numbers ^ (numbers >> _SHIFT)
