"""Everything that is predicted of every customer at one moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.matrix import FeatureMatrix, utc_us
from models.clusters.model import Clusters
from models.columns import column, narrowed
from models.labels import population
from models.model import Model
from models.money import Economics
from models.orders.next_order import NextOrder
from models.reasons.phrases import READ_BY_PHRASES
from models.reasons.reasons import REASONS, reasons
from models.tasks import Task, TaskKind
from models.trees import THREADS
from models.worth import READ, about_money
from pipeline.errors import ModelError
from pipeline.events.history import History
from pipeline.segments.profiles import PREDICTIONS, Profiles
from pipeline.windows.rows import DAY_US

NEXT_ORDER = "expected_next_order_at"
NEXT_ORDER_FROM, NEXT_ORDER_UNTIL = "expected_next_order_from", "expected_next_order_until"
LIFETIME_VALUE, LIFETIME_TASK = "expected_value_365d", "spend_365d"


def predict(
    matrix: FeatureMatrix,
    champions: Mapping[str, Model],
    clusters: Clusters | None,
    *,
    currency: str,
    economics: Economics | None = None,
    next_order: NextOrder | None = None,
    elsewhere: Sequence[pa.Table] = (),
    history: History | None = None,
    threads: int = THREADS,
) -> Profiles:
    """Return profiles at the one cut-off of `matrix`: its features and whatever the champions, by task, predict.

    The champions are those that read features in the vocabulary of `matrix`; `elsewhere` holds the `predictions` of
    others, from features in vocabularies of their own. A prediction is null for customers outside its task's
    population; a column is absent when its model is. Without `next_order`, the next order is expected by the customer's
    own gap alone. The history is read where a population asks about events. Whatever is no feature is named as
    `predicted`.
    """
    as_of, table = _moment(matrix), matrix.table()
    own_words = predictions(matrix, champions, currency=currency, economics=economics, history=history, threads=threads)
    for told in (own_words, *elsewhere):
        own = told.drop_columns("customer_id").take(pc.index_in(table["customer_id"], told["customer_id"]))
        table = _append(table, {name: own[name] for name in own.column_names})
    if clusters is not None:
        table = _append(table, {"cluster": pa.array(clusters.assign(matrix), pa.string())})
    table = _append(table, next_orders(matrix, as_of, next_order))
    written = frozenset(table.column_names) - {"customer_id", *matrix.names}
    return Profiles(as_of, table, frozenset(PREDICTIONS) | written)


def predictions(
    matrix: FeatureMatrix,
    champions: Mapping[str, Model],
    *,
    currency: str,
    economics: Economics | None = None,
    history: History | None = None,
    threads: int = THREADS,
) -> pa.Table:
    """Return `customer_id` and what the champions, by task, predict of each row of `matrix`, which has one cut-off.

    Of each task its prediction, `<task>_reason_1` to 3, and what `about_money` says of it; `economics` is what the shop
    states about its money.
    """
    _moment(matrix)
    table = pa.table({"customer_id": pa.array(matrix.customer_id, pa.string())})
    for model in champions.values():
        members = population(model.task, matrix, history)
        read = narrowed(matrix, (*model.features, *READ_BY_PHRASES, *READ), members)
        told = _told(model, read, currency, economics, threads)
        place = pa.array(np.cumsum(members) - 1, mask=~members)
        table = _append(table, {name: values.take(place) for name, values in told.items()})
    return table


def _told(
    model: Model, matrix: FeatureMatrix, currency: str, economics: Economics | None, threads: int
) -> dict[str, pa.Array]:
    """Return everything that a model says of its population, `matrix`, by column."""
    task, predicted = model.task, model.predict(matrix, threads=threads)
    texts = reasons(model, matrix, predicted, currency=currency, threads=threads)
    told = {task.prediction: pa.array(predicted)}
    if is_lifetime_value(task):
        told[LIFETIME_VALUE] = told[task.prediction]
    said = {name: pa.array(texts[:, place], pa.string()) for place, name in enumerate(reason_columns(task))}
    return {**told, **about_money(task, matrix, predicted, economics), **said}


def reason_columns(task: Task) -> tuple[str, ...]:
    """Return the columns of a task's reasons, the strongest first: `churn_reason_1`."""
    return tuple(f"{task.name}_reason_{place}" for place in range(1, REASONS + 1))


def is_lifetime_value(task: Task) -> bool:
    """Say whether a task is the one whose amount is called a lifetime value: net spend over a year."""
    return task.name == LIFETIME_TASK and task.kind is TaskKind.AMOUNT


def next_orders(matrix: FeatureMatrix, as_of: datetime, model: NextOrder | None) -> dict[str, pa.Array]:
    """Return when the next order is expected, and from and until when in eight of ten cases, each of shape (n,).

    Null for whom the model does not expect to come back. Without a model, the customer's own gap gives no interval.
    """
    if model is None:
        return {NEXT_ORDER: expected_next_order_at(matrix, as_of)}
    told = model.predict(matrix)
    moments = {NEXT_ORDER: told.at, NEXT_ORDER_FROM: told.low, NEXT_ORDER_UNTIL: told.high}
    return {name: _utc(pa.array(values, pa.timestamp("us"))) for name, values in moments.items()}


def _utc(moments: pa.Array) -> pa.Array:
    return moments.cast(pa.timestamp("us", "UTC"))


def expected_next_order_at(matrix: FeatureMatrix, as_of: datetime) -> pa.Array:
    """Return the last order plus the customer's mean gap, of shape (n,).

    Null before the second order day and when that moment has passed.
    """
    ahead = column(matrix, "order_gap_mean_days") - column(matrix, "days_since_last_order")
    known = ahead >= 0
    start = utc_us(as_of)
    moments = start + (np.where(known, ahead, 0) * DAY_US).astype("timedelta64[us]")
    return _utc(pa.array(moments, pa.timestamp("us"), mask=~known))


def _moment(matrix: FeatureMatrix) -> datetime:
    if len(matrix.cut_offs) != 1:
        raise ModelError(f"Profiles are of one moment, got {len(matrix.cut_offs)} cut-offs. Score them one by one.")
    return matrix.cut_offs[0]


def _append(table: pa.Table, columns: Mapping[str, pa.Array]) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table
