"""Customers in ten equal groups from the highest prediction down: what was said, what came, and how much of all."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.link import Floats

TENTHS = 10


@dataclass(frozen=True)
class Decile:
    """One tenth of the rows, the first being those with the highest predictions.

    `lift` is the tenth's mean outcome over everybody's, `captured` its share of all that came (of those for whom it
    came true, or of the money), and `captured_so_far` its and all higher tenths' share. NaN when nothing came at all.
    """

    place: int
    n: int
    predicted: float
    observed: float
    lift: float
    captured: float
    captured_so_far: float

    def to_json(self) -> dict[str, float | int | None]:
        """Return the figures by name, NaN as null."""
        return {
            "decile": self.place,
            "n": self.n,
            "predicted": self.predicted,
            "observed": self.observed,
            "lift": _or_null(self.lift),
            "captured_share": _or_null(self.captured),
            "captured_share_so_far": _or_null(self.captured_so_far),
        }


def deciles(predicted: Floats, actual: Floats) -> tuple[Decile, ...]:
    """Return the tenths of predictions and outcomes of shape (n,); fewer where there are fewer than ten rows."""
    groups = tenths_of(predicted)
    total, mean = actual.sum() or np.nan, actual.mean() or np.nan
    captured = np.array([actual[group].sum() / total for group in groups])
    return tuple(
        Decile(
            place=place,
            n=len(group),
            predicted=float(predicted[group].mean()),
            observed=float(actual[group].mean()),
            lift=float(actual[group].mean() / mean),
            captured=float(captured[place - 1]),
            captured_so_far=float(captured[:place].sum()),
        )
        for place, group in enumerate(groups, start=1)
    )


def tenths_of(predicted: Floats) -> list[npt.NDArray[np.intp]]:
    """Return the places of each tenth's rows, the highest predictions first; fewer tenths than ten of fewer rows."""
    order = np.argsort(-predicted, kind="stable")
    return [group for group in np.array_split(order, TENTHS) if len(group)]


def _or_null(value: float) -> float | None:
    return None if np.isnan(value) else value
