"""A few of many features, of some of the rows: what a model reads, and null where a shop does not have it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.link import Floats


def column(matrix: FeatureMatrix, name: str) -> Floats:
    """Return one feature of shape (n,); null for everybody in a shop that lacks the events which it reads."""
    return columns(matrix, (name,))[:, 0]


def columns(matrix: FeatureMatrix, names: Sequence[str], rows: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Return features of shape (n, names), of all rows or of those marked; null as `column` does.

    Copies what is asked for and no more: a matrix has hundreds of columns, and a model reads some of them.
    """
    place = {name: number for number, name in enumerate(matrix.names)}
    chosen = slice(None) if rows is None else rows
    read = np.full((len(matrix) if rows is None else int(rows.sum()), len(names)), np.nan, order="F")
    for number, name in enumerate(names):
        if name in place:
            read[:, number] = matrix.values[chosen, place[name]]
    return read


def narrowed(matrix: FeatureMatrix, names: Sequence[str], rows: npt.NDArray[np.bool_] | None = None) -> FeatureMatrix:
    """Return those of these features that the matrix has, of all rows or of those marked."""
    described = {feature.name: feature for feature in matrix.features}
    kept = [name for name in dict.fromkeys(names) if name in described]
    chosen = slice(None) if rows is None else rows
    return FeatureMatrix(
        matrix.customer_id[chosen],
        matrix.as_of[chosen],
        tuple(described[name] for name in kept),
        columns(matrix, kept, rows),
    )


def of_rows(matrix: FeatureMatrix, rows: npt.NDArray[np.bool_]) -> FeatureMatrix:
    """Return the marked rows with every feature; where they lie together, such as those of some cut-offs, no copy."""
    places = np.flatnonzero(rows)
    if len(places) == 0 or places[-1] - places[0] >= len(places):
        return narrowed(matrix, matrix.names, rows)
    together = slice(places[0], places[-1] + 1)
    return FeatureMatrix(matrix.customer_id[together], matrix.as_of[together], matrix.features, matrix.values[together])


def like(matrix: FeatureMatrix, rows: FeatureMatrix) -> FeatureMatrix:
    """Return the rows of `matrix` for the customers and moments of `rows`, in their order; all null where it has none.

    Two matrices of one shop differ in their rows when their vocabularies differ in the event types that they know.
    """
    known = {pair: number for number, pair in enumerate(_pairs(matrix))}
    found = np.array([known.get(pair, -1) for pair in _pairs(rows)], np.int64)
    values = np.full((len(rows), len(matrix.features)), np.nan, order="F")
    values[found >= 0] = matrix.values[found[found >= 0]]
    return FeatureMatrix(rows.customer_id, rows.as_of, matrix.features, values)


def _pairs(matrix: FeatureMatrix) -> list[tuple[object, int]]:
    return list(zip(matrix.customer_id.tolist(), matrix.as_of.astype(np.int64).tolist(), strict=True))
