"""How far each feature pushes a customer's score up or down, over both halves of the blend."""

from collections.abc import Iterator

import numpy as np

from features.matrix import FeatureMatrix
from models.link import Floats
from models.model import Model
from models.tasks import TaskKind


def feature_pushes(model: Model, matrix: FeatureMatrix, *, threads: int) -> tuple[Floats, tuple[str, ...]]:
    """Return pushes on the link's scale, of shape (n, columns), and the features behind the columns.

    The trees' own TreeSHAP, and of the linear parts each coefficient times the distance from the mean (Lundberg and
    Lee 2017, corollary 1), each weighing as in the blend. The pushes for a probability add up to the score before
    calibration, but for a number that is the same for everybody. For an amount, the chance of any counts by the slope
    of its logarithm, where the customer is.
    """
    parts = list(_linear_pushes(model, matrix))
    names = [name for part in model.linear for name in part.columns]
    if model.trees is not None:
        parts = [model.trees.pushes(matrix, threads=threads), *parts]
        names = [*model.trees.columns, *names]
    columns = tuple(dict.fromkeys(names))
    pushes = np.zeros((len(matrix), len(columns)))
    for name, values in zip(names, (column for part in parts for column in part.T), strict=True):
        pushes[:, columns.index(name)] += values
    return pushes / (1 if model.trees is None else 2), columns


def _linear_pushes(model: Model, matrix: FeatureMatrix) -> Iterator[Floats]:
    """Yield the pushes of each linear part on the logarithm of an amount, or the logit of a probability."""
    for place, part in enumerate(model.linear):
        is_chance_of_any = model.task.kind is TaskKind.AMOUNT and place == 0
        # d log(p) = (1 - p) d logit(p)
        slope = 1 - part.predict(matrix)[:, None] if is_chance_of_any else 1.0
        yield part.pushes(matrix) * slope
