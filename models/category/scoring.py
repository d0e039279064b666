"""The columns of a publication that say which category comes next."""

import numpy as np
import pyarrow as pa

from features.matrix import FeatureMatrix
from models.category.model import PLACES, CategoryModel
from models.labels import population
from models.trees import THREADS

NAMES = tuple(
    name for place in range(1, PLACES + 1) for name in (f"next_category_{place}", f"next_category_{place}_probability")
)


def next_categories(matrix: FeatureMatrix, model: CategoryModel, *, threads: int = THREADS) -> pa.Table:
    """Return `customer_id` and the likeliest categories with the probability of buying from each within the horizon.

    `matrix` holds all customers at one cut-off, with the features that `features_read` names in the model's own
    vocabulary. Null for customers outside the task's population.
    """
    ranked, outside = model.rank(matrix, threads=threads), ~population(model.task, matrix)
    told = {
        "category": np.where(outside[:, None], np.full(1, None), ranked.categories),
        "probability": np.where(outside[:, None], np.nan, ranked.probabilities),
    }
    table = pa.table({"customer_id": pa.array(matrix.customer_id, pa.string())})
    for place in range(PLACES):
        name = f"next_category_{place + 1}"
        table = table.append_column(name, pa.array(told["category"][:, place], pa.string()))
        chance = pa.array(told["probability"][:, place], pa.float64(), from_pandas=True)
        table = table.append_column(f"{name}_probability", chance)
    return table
