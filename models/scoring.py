"""Everything that is predicted of every customer at one moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.matrix import FeatureMatrix, utc_us
from models.baselines import SPENT, last_years_spend
from models.clusters import Clusters
from models.columns import column, narrowed
from models.labels import population
from models.link import Floats
from models.model import Model
from models.phrases import READ_BY_PHRASES
from models.reasons import REASONS, reasons
from models.tasks import TaskKind
from models.trees import THREADS
from pipeline.errors import ModelError
from pipeline.segments.profiles import Profiles
from pipeline.windows.rows import DAY_US


def predict(
    matrix: FeatureMatrix,
    champions: Mapping[str, Model],
    clusters: Clusters | None,
    *,
    currency: str,
    elsewhere: Sequence[pa.Table] = (),
    threads: int = THREADS,
) -> Profiles:
    """Return profiles at the one cut-off of `matrix`: its features and whatever the champions, by task, predict.

    The champions are those that read features in the vocabulary of `matrix`; `elsewhere` holds the `predictions` of
    others, from features in vocabularies of their own. A prediction is null for customers outside its task's
    population; a column is absent when its model is.
    """
    as_of, table = _moment(matrix), matrix.table()
    for told in (predictions(matrix, champions, currency=currency, threads=threads), *elsewhere):
        own = told.drop_columns("customer_id").take(pc.index_in(table["customer_id"], told["customer_id"]))
        table = _append(table, {name: own[name] for name in own.column_names})
    if clusters is not None:
        table = _append(table, {"cluster": pa.array(clusters.assign(matrix), pa.string())})
    return Profiles(as_of, _append(table, {"expected_next_order_at": expected_next_order_at(matrix, as_of)}))


def predictions(
    matrix: FeatureMatrix, champions: Mapping[str, Model], *, currency: str, threads: int = THREADS
) -> pa.Table:
    """Return `customer_id` and what the champions, by task, predict of each row of `matrix`, which has one cut-off."""
    _moment(matrix)
    table = pa.table({"customer_id": pa.array(matrix.customer_id, pa.string())})
    for task, model in champions.items():
        members = population(model.task, matrix)
        read = narrowed(matrix, (*model.features, *READ_BY_PHRASES, SPENT), members)
        predicted = model.predict(read, threads=threads)
        told = {model.task.prediction: pa.array(predicted)}
        if task == "churn" and model.task.kind is TaskKind.PROBABILITY:
            told |= _about_churn(model, read, predicted, currency, threads)
        place = pa.array(np.cumsum(members) - 1, mask=~members)
        table = _append(table, {name: values.take(place) for name, values in told.items()})
    return table


def expected_next_order_at(matrix: FeatureMatrix, as_of: datetime) -> pa.Array:
    """Return the last order plus the customer's mean gap, of shape (n,).

    Null before the second order day and when that moment has passed.
    """
    ahead = column(matrix, "order_gap_mean_days") - column(matrix, "days_since_last_order")
    known = ahead >= 0
    start = utc_us(as_of)
    moments = start + (np.where(known, ahead, 0) * DAY_US).astype("timedelta64[us]")
    return pa.array(moments, pa.timestamp("us"), mask=~known).cast(pa.timestamp("us", "UTC"))


def _moment(matrix: FeatureMatrix) -> datetime:
    if len(matrix.cut_offs) != 1:
        raise ModelError(f"Profiles are of one moment, got {len(matrix.cut_offs)} cut-offs. Score them one by one.")
    return matrix.cut_offs[0]


def _about_churn(
    model: Model, matrix: FeatureMatrix, probability: Floats, currency: str, threads: int
) -> dict[str, pa.Array]:
    """Return the value at stake (the probability times a horizon's worth of last year's spend) and the reasons."""
    at_stake = probability * last_years_spend(model.task, matrix)
    texts = reasons(model, matrix, currency=currency, threads=threads)
    return {
        "value_at_stake": pa.array(at_stake, from_pandas=True),
        **{f"churn_reason_{place + 1}": pa.array(texts[:, place], pa.string()) for place in range(REASONS)},
    }


def _append(table: pa.Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table
