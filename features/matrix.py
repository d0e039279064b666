"""Feature values of customers at one or several moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from features.feature import FeatureColumn
from pipeline.errors import FeatureError, did_you_mean


@dataclass(frozen=True)
class FeatureMatrix:
    """One row a customer and cut-off, one column a feature; customers in order within a cut-off.

    `customer_id` is text of shape (n,), `as_of` is UTC `datetime64[us]` of shape (n,), `values` is float64 of shape
    (n, features) in which NaN stands for null, as each feature's definition explains it.
    """

    customer_id: npt.NDArray[np.object_]
    as_of: npt.NDArray[np.datetime64]
    features: tuple[FeatureColumn, ...]
    values: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.customer_id)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in the order of `values`."""
        return tuple(feature.name for feature in self.features)

    @property
    def cut_offs(self) -> tuple[datetime, ...]:
        """The distinct moments, earliest first."""
        return tuple(moment.replace(tzinfo=UTC) for moment in np.unique(self.as_of).tolist())

    def column(self, name: str) -> npt.NDArray[np.float64]:
        """Return one feature of shape (n,)."""
        if name not in self.names:
            raise FeatureError(f'There is no feature "{name}".{did_you_mean(name, self.names)}')
        return self.values[:, self.names.index(name)]

    def where(self, mask: npt.NDArray[np.bool_]) -> "FeatureMatrix":
        """Return the rows for which `mask`, of shape (n,), is true."""
        return FeatureMatrix(self.customer_id[mask], self.as_of[mask], self.features, self.values[mask])

    def at(self, cut_off: datetime) -> "FeatureMatrix":
        """Return the rows of one cut-off."""
        return self.where(self.as_of == utc_us(cut_off))

    def frame(self) -> pd.DataFrame:
        """Return the values as pandas, for whoever explores them."""
        return pd.DataFrame(self.values, columns=list(self.names))

    def table(self) -> pa.Table:
        """Return `customer_id` and every feature as an Arrow table, NaN as null."""
        columns = {name: pa.array(self.values[:, i], from_pandas=True) for i, name in enumerate(self.names)}
        return pa.table({"customer_id": pa.array(self.customer_id, pa.string()), **columns})


def stacked(features: tuple[FeatureColumn, ...], parts: Sequence[FeatureMatrix]) -> FeatureMatrix:
    """Return the rows of all parts, which have these features, one after the other."""
    rows = sum(map(len, parts))
    values = np.empty((rows, len(features)), order="F")
    end = 0
    for part in parts:
        values[end : end + len(part)] = part.values  # noqa: PD011 - not pandas
        end += len(part)
    return FeatureMatrix(
        np.concatenate([np.array([], object), *(part.customer_id for part in parts)]),
        np.concatenate([np.array([], "datetime64[us]"), *(part.as_of for part in parts)]),
        features,
        values,
    )


def utc_us(moment: datetime) -> np.datetime64:
    """Return the moment as a feature matrix holds it: UTC, in microseconds, without a zone."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
