"""A number a customer as a feature function handles it: what to ask of the log, and arithmetic on the answers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.windows.arrays import Floats
from pipeline.windows.requests import Request

_Operation = Callable[[Floats, Floats], npt.NDArray[np.generic]]
_OPERATIONS: dict[str, _Operation] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "smaller": np.minimum,
    ">=": np.greater_equal,
    "<": np.less,
}


class Column:
    """A number per customer, not yet computed; what is worked out with null is null, and so is division by zero."""

    def __add__(self, other: "Column | float") -> "Column":
        return Combined("+", self, _column(other))

    def __sub__(self, other: "Column | float") -> "Column":
        return Combined("-", self, _column(other))

    def __mul__(self, other: "Column | float") -> "Column":
        return Combined("*", self, _column(other))

    def __truediv__(self, other: "Column | float") -> "Column":
        return Combined("/", self, _column(other))

    def __ge__(self, other: "Column | float") -> "Column":
        return Combined(">=", self, _column(other))

    def __lt__(self, other: "Column | float") -> "Column":
        return Combined("<", self, _column(other))

    def or_less(self, other: "Column | float") -> "Column":
        """The smaller of two numbers."""
        return Combined("smaller", self, _column(other))

    def known(self, otherwise: float) -> "Column":
        """The number, and `otherwise` where there is none."""
        return Filled(self, otherwise)

    def when(self, condition: "Column") -> "Column":
        """The number of those for whom the condition is 1; null for the others."""
        return Combined("/", self, condition)


@dataclass(frozen=True)
class Constant(Column):
    """The same number for everyone."""

    value: float


@dataclass(frozen=True)
class Requested(Column):
    """What the event log answers."""

    request: Request


@dataclass(frozen=True)
class Filled(Column):
    """Another column, with a number in place of null."""

    column: Column
    otherwise: float


@dataclass(frozen=True)
class Combined(Column):
    """Two columns under an operation."""

    operation: str
    left: Column
    right: Column

    def apply(self, left: Floats, right: Floats) -> Floats:
        """Compute the operation, null where it is undefined or one side is null."""
        with np.errstate(divide="ignore", invalid="ignore"):
            result = _OPERATIONS[self.operation](left, right).astype(np.float64)
        result[~np.isfinite(result)] = np.nan
        if self.operation in {">=", "<"}:  # a comparison with null is null, not false
            result[np.isnan(left) | np.isnan(right)] = np.nan
        return result


def _column(value: Column | float) -> Column:
    return value if isinstance(value, Column) else Constant(float(value))
