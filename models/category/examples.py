"""What the model of the next category learns from: customers and categories at past moments, and what was bought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from features.matrix import utc_us
from models.category.pairs import Candidates, Known
from models.link import Floats

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CategoryExamples:
    """Customers at past cut-offs with what is known of each category, and which categories they bought from.

    `customer_id` and `as_of` have shape (n,), `pairs` (n, categories, columns) as `models.category.pairs` tells them,
    `bought` (n, categories): 1 for a category bought from within the horizon, else 0.
    """

    among: Candidates
    customer_id: npt.NDArray[np.object_]
    as_of: npt.NDArray[np.datetime64]
    pairs: Known
    bought: Floats

    def __len__(self) -> int:
        return len(self.customer_id)

    @property
    def cut_offs(self) -> tuple[datetime, ...]:
        """The distinct moments, earliest first."""
        return tuple(moment.replace(tzinfo=UTC) for moment in np.unique(self.as_of).tolist())

    def where(self, mask: Mask) -> "CategoryExamples":
        """Return the rows for which `mask`, of shape (n,), is true."""
        return CategoryExamples(
            self.among, self.customer_id[mask], self.as_of[mask], self.pairs[mask], self.bought[mask]
        )

    def at(self, cut_off: datetime) -> "CategoryExamples":
        """Return the rows of one cut-off."""
        return self.where(self.as_of == utc_us(cut_off))

    def after(self, moment: datetime) -> Mask:
        """Mark the rows of cut-offs at or after a moment."""
        return np.asarray(self.as_of >= utc_us(moment))

    def complete_by(self, moment: datetime, reach: timedelta, *, most: int = 0) -> "CategoryExamples":
        """Return the rows of the latest `most` cut-offs whose outcome had ended at `moment`; of all of them for 0.

        An outcome ends `reach` after its cut-off.
        """
        mature = [cut_off for cut_off in self.cut_offs if cut_off + reach <= moment][-most:]
        moments = np.array([utc_us(cut_off) for cut_off in mature], dtype=self.as_of.dtype)
        return self.where(np.isin(self.as_of, moments))


def pool(parts: Sequence[CategoryExamples]) -> CategoryExamples:
    """Return the rows of all parts, which are about the same categories, one after the other."""
    return CategoryExamples(
        parts[0].among,
        np.concatenate([part.customer_id for part in parts]),
        np.concatenate([part.as_of for part in parts]),
        np.concatenate([part.pairs for part in parts]),
        np.concatenate([part.bought for part in parts]),
    )
