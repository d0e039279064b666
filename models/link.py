"""The scale on which models are blended and calibrated: the logit of a probability, the logarithm of an amount."""

import numpy as np
import numpy.typing as npt

from models.tasks import TaskKind

Floats = npt.NDArray[np.float64]

TWEEDIE_POWER = 1.5  # between counts (1) and amounts (2): many zeros and a long tail
NEARLY = 1e-6  # no prediction is surer than this, so that every logit and log loss is finite


def link(predicted: Floats, kind: TaskKind) -> Floats:
    """Return the logit of a probability, the logarithm of an amount."""
    if kind is TaskKind.PROBABILITY:
        bounded = np.clip(predicted, NEARLY, 1 - NEARLY)
        return np.log(bounded / (1 - bounded))
    return np.log(np.maximum(predicted, NEARLY))


def unlink(score: Floats, kind: TaskKind) -> Floats:
    """Return what `link` was taken of."""
    return 1 / (1 + np.exp(-score)) if kind is TaskKind.PROBABILITY else np.exp(score)
