"""What a model learns from: features at past cut-offs and what happened after each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix, stacked, utc_us
from models.columns import of_rows
from pipeline.errors import ModelError


@dataclass(frozen=True)
class Examples:
    """Rows of a task's population with their label: 1 or 0 for a truth, an amount otherwise, of shape (n,)."""

    matrix: FeatureMatrix
    label: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.label.shape != (len(self.matrix),):
            raise ModelError(f"Expected one label for each of {len(self.matrix)} rows, got shape {self.label.shape}.")

    def __len__(self) -> int:
        return len(self.label)

    def where(self, mask: npt.NDArray[np.bool_]) -> "Examples":
        """Return the rows for which `mask`, of shape (n,), is true."""
        return Examples(of_rows(self.matrix, mask), self.label[mask])

    def at(self, cut_off: datetime) -> "Examples":
        """Return the rows of one cut-off."""
        return self.where(self.matrix.as_of == utc_us(cut_off))

    def complete_by(self, moment: datetime, horizon: timedelta, *, most: int = 0) -> "Examples":
        """Return the rows of the latest `most` cut-offs whose outcome had ended at `moment`; of all of them for 0."""
        mature = [cut_off for cut_off in self.matrix.cut_offs if cut_off + horizon <= moment][-most:]
        moments = np.array([utc_us(cut_off) for cut_off in mature], dtype=self.matrix.as_of.dtype)
        return self.where(np.isin(self.matrix.as_of, moments))


def pool(parts: Sequence[Examples]) -> Examples:
    """Return the rows of all parts, which have the same features, one after the other."""
    together = stacked(parts[0].matrix.features, [part.matrix for part in parts])
    return Examples(together, np.concatenate([part.label for part in parts]))
