"""The same features on Spark: its executors run the very builder, each on the customers that it holds."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql.types import DoubleType, StringType, StructField, StructType, TimestampType

from features.builder import matrix_of, moments_of, planned
from features.catalogue import CATALOGUE
from features.feature import Feature, FeatureColumn
from features.learning import learn_vocabulary
from features.matrix import FeatureMatrix
from features.plan import Plan
from features.vocabulary import Vocabulary
from pipeline.events.contract import INSTANT
from pipeline.events.history import History
from pipeline.windows.spark import by_customer, shares_of

ROWS_A_BATCH = 10_000


def build_features_on_spark(
    history: History,
    cut_offs: Sequence[datetime] = (),
    vocabulary: Vocabulary | None = None,
    features: tuple[Feature, ...] = CATALOGUE,
) -> DataFrame:
    """Return what `build_features` returns, of a history on Spark and still there: `customer_id`, `as_of` and features.

    A row is a customer and a cut-off, in no order; a feature without a value is null. Nothing is computed before the
    rows are asked for. FeatureError when a cut-off lies after the history's moment.
    """
    moments = moments_of(history, cut_offs)
    plan = planned(vocabulary or learn_vocabulary(history), features)
    work = partial(_computed, plan=plan, moments=moments, time_zone=history.time_zone)
    return by_customer(history, plan.event_types).mapInArrow(work, _schema(plan))


def collected(frame: DataFrame, features: tuple[FeatureColumn, ...]) -> FeatureMatrix:
    """Bring the rows into this process, in order of cut-off and customer; `features` describes the frame's columns."""
    table = frame.toArrow()
    order = pc.sort_indices(table, [("as_of", "ascending"), ("customer_id", "ascending")])
    values = np.empty((len(table), len(features)), order="F")
    for place, column in enumerate(features):
        values[:, place] = table[column.name].to_numpy()[order]
    return FeatureMatrix(
        table["customer_id"].take(order).to_numpy(),
        table["as_of"].take(order).to_numpy().astype("datetime64[us]"),
        features,
        values,
    )


def _computed(
    batches: Iterable[pa.RecordBatch], *, plan: Plan, moments: tuple[datetime, ...], time_zone: str
) -> Iterator[pa.RecordBatch]:
    for rows, people in shares_of(batches, time_zone):
        for moment in moments:
            yield from _told(matrix_of(rows, people, moment, plan))


def _told(matrix: FeatureMatrix) -> list[pa.RecordBatch]:
    moments = pa.array(matrix.as_of).cast(INSTANT)
    batches: list[pa.RecordBatch] = matrix.table().add_column(1, "as_of", moments).to_batches(ROWS_A_BATCH)
    return batches


def _schema(plan: Plan) -> StructType:
    key = [StructField("customer_id", StringType()), StructField("as_of", TimestampType())]
    return StructType([*key, *(StructField(column.name, DoubleType()) for column in plan.described)])
