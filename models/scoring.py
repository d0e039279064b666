"""Everything that is predicted of every customer at one moment."""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.matrix import FeatureMatrix, utc_us
from models.baselines import last_years_spend
from models.clusters import Clusters
from models.labels import population
from models.model import Model
from models.reasons import REASONS, reasons
from models.tasks import TaskKind
from models.trees import THREADS
from pipeline.errors import ModelError
from pipeline.segments.profiles import Profiles
from pipeline.windows.view import DAY_US


def predict(
    matrix: FeatureMatrix,
    champions: Mapping[str, Model],
    clusters: Clusters | None,
    *,
    currency: str,
    threads: int = THREADS,
) -> Profiles:
    """Return profiles at the one cut-off of `matrix`: its features and whatever the champions, by task, predict.

    A prediction is null for customers outside its task's population; a column is absent when its model is.
    """
    if len(matrix.cut_offs) != 1:
        raise ModelError(f"Profiles are of one moment, got {len(matrix.cut_offs)} cut-offs. Score them one by one.")
    as_of = matrix.cut_offs[0]
    table = matrix.table()
    for model in champions.values():
        table = _append(table, {model.task.prediction: _predicted(model, matrix, threads)})
    if "churn" in champions and champions["churn"].task.kind is TaskKind.PROBABILITY:
        table = _append(table, _about_churn(champions["churn"], matrix, table, currency, threads))
    if clusters is not None:
        table = _append(table, {"cluster": pa.array(clusters.assign(matrix), pa.string())})
    return Profiles(as_of, _append(table, {"expected_next_order_at": expected_next_order_at(matrix, as_of)}))


def expected_next_order_at(matrix: FeatureMatrix, as_of: datetime) -> pa.Array:
    """Return the last order plus the customer's mean gap, of shape (n,).

    Null before the second order day and when that moment has passed.
    """
    ahead = matrix.column("order_gap_mean_days") - matrix.column("days_since_last_order")
    known = ahead >= 0
    start = utc_us(as_of)
    moments = start + (np.where(known, ahead, 0) * DAY_US).astype("timedelta64[us]")
    return pa.array(moments, pa.timestamp("us"), mask=~known).cast(pa.timestamp("us", "UTC"))


def _predicted(model: Model, matrix: FeatureMatrix, threads: int) -> pa.Array:
    members = population(model.task, matrix)
    values = np.full(len(matrix), np.nan)
    values[members] = model.predict(matrix.where(members), threads=threads)
    return pa.array(values, from_pandas=True)


def _about_churn(
    model: Model, matrix: FeatureMatrix, table: pa.Table, currency: str, threads: int
) -> dict[str, pa.Array]:
    """Return the value at stake (the probability times a horizon's worth of last year's spend) and the reasons."""
    probability = table[model.task.prediction].to_numpy()
    at_stake = probability * last_years_spend(model.task, matrix)
    members = population(model.task, matrix)
    texts = np.full((len(matrix), REASONS), None, dtype=object)
    texts[members] = reasons(model, matrix.where(members), currency=currency, threads=threads)
    return {
        "value_at_stake": pa.array(at_stake, from_pandas=True),
        **{f"churn_reason_{place + 1}": pa.array(texts[:, place], pa.string()) for place in range(REASONS)},
    }


def _append(table: pa.Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table
