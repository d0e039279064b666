"""One door to the features, whichever engine holds the history; and how far the answers of two engines lie apart."""

from collections.abc import Sequence
from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa

from features import builder
from features.catalogue import CATALOGUE
from features.feature import Feature
from features.keeping import of_customers
from features.learning import learn_vocabulary
from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from pipeline.errors import FeatureError
from pipeline.events.history import History
from pipeline.windows.arrays import Floats


def build_features(
    history: History,
    cut_offs: Sequence[datetime] = (),
    vocabulary: Vocabulary | None = None,
    features: tuple[Feature, ...] = CATALOGUE,
    keep: pa.StringArray | None = None,
) -> FeatureMatrix:
    """Do what `builder.build_features` does, by the engine that holds the history, and bring the matrix here."""
    if ibis.get_backend(history.events).name != "pyspark":
        return builder.build_features(history, cut_offs, vocabulary, features, keep)
    from features.spark import build_features_on_spark, collected  # noqa: PLC0415 - who has no Spark never comes here

    learned = vocabulary or learn_vocabulary(history)
    read = history if keep is None else of_customers(history, keep)
    frame = build_features_on_spark(read, cut_offs, learned, features)
    return collected(frame, builder.planned(learned, features).described)


def largest_differences(local: FeatureMatrix, other: FeatureMatrix) -> dict[str, float]:
    """Return by feature how far two matrices lie apart at most; infinity where only one of them has a value.

    FeatureError when they are not about the same features of the same customers.
    """
    for name, one, two in (
        ("features", local.names, other.names),
        ("customers", local.customer_id, other.customer_id),
        ("cut-offs", local.as_of, other.as_of),
    ):
        if not np.array_equal(one, two):
            raise FeatureError(f"Expected two matrices of the same {name} in the same order, got different ones.")
    return {name: _apart(local.values[:, place], other.values[:, place]) for place, name in enumerate(local.names)}


def _apart(one: Floats, two: Floats) -> float:
    gaps = np.abs(one - two)
    gaps[np.isnan(one) & np.isnan(two)] = 0
    return float(np.nan_to_num(gaps, nan=np.inf).max(initial=0))
