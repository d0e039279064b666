"""What a figure is held to: bounds set beforehand, and whether they were kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bar:
    """Bounds of one figure of a backtest's object; `figure` is a path such as `auc_difference.rfm.low`.

    A figure on a bound keeps it, one that is missing does not.
    """

    figure: str
    at_least: float | None = None
    at_most: float | None = None

    def held(self, figures: Mapping[str, Any]) -> dict[str, Any]:
        """Return the bounds beside the figure and whether it keeps them."""
        value = found(figures, self.figure)
        kept = value is not None and not (
            (self.at_least is not None and value < self.at_least) or (self.at_most is not None and value > self.at_most)
        )
        bounds = {name: bound for name in ("at_least", "at_most") if (bound := getattr(self, name)) is not None}
        return {"figure": self.figure, "value": value, **bounds, "held": kept}


def found(figures: Mapping[str, Any], path: str) -> float | None:
    """Return the figure at a path, null where there is none."""
    value: Any = figures
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if value is None else float(value)
