"""What a longer horizon adds to a score, as BG/NBD tells one span of time from another."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from features.matrix import FeatureMatrix
from models.link import Floats, link
from models.orders.btyd import Btyd
from models.tasks import TaskKind


@dataclass(frozen=True)
class Translation:
    """How a score for one horizon becomes one for a longer horizon.

    `towards` is 1 where orders make the target true or larger, -1 where they make it false.
    """

    btyd: Btyd
    from_days: float
    to_days: float
    kind: TaskKind
    towards: int

    def shift(self, matrix: FeatureMatrix) -> Floats:
        """Return what is added to each score on the link's scale, of shape (n,); 0 for who never ordered."""
        near, far = (self._told(matrix, days) for days in (self.from_days, self.to_days))
        return self.towards * np.nan_to_num(link(far, self.kind) - link(near, self.kind))

    def _told(self, matrix: FeatureMatrix, days: float) -> Floats:
        if self.kind is TaskKind.PROBABILITY:
            return self.btyd.chance_of_any(matrix, days)
        return self.btyd.expected_orders(matrix, days)

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values; `from_dict` reads them."""
        return {**asdict(self), "btyd": self.btyd.as_dict(), "kind": str(self.kind)}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Translation":
        """Return what `as_dict` described."""
        return cls(**{**told, "btyd": Btyd.from_dict(told["btyd"]), "kind": TaskKind(told["kind"])})
