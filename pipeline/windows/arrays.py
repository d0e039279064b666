"""Arithmetic on whole columns of numbers: where stretches begin, orders, and sums by stretch."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.signedinteger[Any]]

_Number = TypeVar("_Number", np.int64, np.float64)
_FEW = 16


def begins(*keys: Ints) -> Mask:
    """Mark the places at which any of the keys, in order, differs from the place before."""
    first = np.ones(min(len(keys[0]), 1), bool)
    if not len(first):
        return first
    changed = keys[0][1:] != keys[0][:-1]
    for key in keys[1:]:
        changed |= key[1:] != key[:-1]
    return np.concatenate([first, changed])


def firsts(new: Mask) -> Ints:
    """Return for every place where its stretch begins; `new` marks the beginnings."""
    return np.flatnonzero(new)[np.cumsum(new) - 1] if len(new) else np.array([], np.int64)


def ends(new: Mask) -> Ints:
    """Return for every place where its stretch ends, the place after its last one."""
    return np.append(np.flatnonzero(new)[1:], len(new))[np.cumsum(new) - 1] if len(new) else np.array([], np.int64)


def stable_order(*keys: Codes) -> Ints:
    """Return the order by the first key, then the next ones, equal rows as they were; keys are whole and not negative.

    Sixteen bits at a time, for which NumPy sorts by counting rather than by comparing.
    """
    order = np.arange(len(keys[0]))
    for key in reversed(keys):
        for shift in range(0, max(int(key.max(initial=0)).bit_length(), 1), 16):
            digits = (key >> shift).astype(np.uint16)  # the lowest sixteen bits, whatever the kind of the key
            order = order[np.argsort(digits[order], kind="stable")]
    return order


def ascending(places: Ints, total: int) -> Ints:
    """Return different places, of `total` that there are, in order: by marking them, unless they are few."""
    if len(places) * _FEW < total:
        return np.sort(places)
    marked = np.zeros(total, bool)
    marked[places] = True
    return np.flatnonzero(marked)


def last_at_most(values: Ints, low: Ints, high: Ints, bounds: Ints) -> Ints:
    """Return the last place from `low` to `high` whose value is at most the bound, `low` where even its own is more.

    Values ascend from each `low` to its `high`; both are places, included.
    """
    while (low < high).any():
        middle = (low + high + 1) // 2
        fits = values[middle] <= bounds
        low, high = np.where(fits, middle, low), np.where(fits, high, np.maximum(middle - 1, low))
    return low


def reduced(
    operation: np.ufunc, values: npt.NDArray[_Number], start: Ints, end: Ints, empty: float
) -> npt.NDArray[_Number]:
    """Reduce `values` between each pair of bounds, `empty` between equal ones."""
    result = np.full(len(start), empty, dtype=values.dtype)
    filled = end > start
    if filled.any():
        # reduceat reads pairs of bounds: every second stretch is a customer's, those between are thrown away.
        stretches = np.column_stack([start[filled], end[filled]]).ravel()
        result[filled] = operation.reduceat(np.append(values, values.dtype.type(0)), stretches)[::2]
    return result
