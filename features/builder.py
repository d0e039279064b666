"""From a history to a matrix: collect what the features ask, and answer it at every cut-off from the same rows."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

import numpy as np
import pyarrow as pa

from features.catalogue import CATALOGUE
from features.feature import Feature, is_answerable
from features.keeping import of_customers
from features.learning import learn_vocabulary
from features.matrix import FeatureMatrix, stacked, utc_us
from features.plan import Plan
from features.vocabulary import Vocabulary
from pipeline.errors import FeatureError
from pipeline.events.history import History
from pipeline.windows.answering import answered
from pipeline.windows.arrays import Floats
from pipeline.windows.asked import Reading, columns_of
from pipeline.windows.people import People
from pipeline.windows.rows import Rows

_Answer = tuple[pa.StringArray, Floats]


def build_features(
    history: History,
    cut_offs: Sequence[datetime] = (),
    vocabulary: Vocabulary | None = None,
    features: tuple[Feature, ...] = CATALOGUE,
    keep: pa.StringArray | None = None,
) -> FeatureMatrix:
    """Compute every feature of every customer known at each cut-off; without cut-offs, at the history's own moment.

    A row is a customer with at least one event, known by the cut-off, of a type that the features read. A shop has the
    columns that its vocabulary allows, learned from the history where none is given. Where `keep` names customers,
    there are no rows of others. FeatureError when a cut-off lies after the history's moment.
    """
    moments = moments_of(history, cut_offs)
    plan = planned(vocabulary or learn_vocabulary(history), features)
    read = history if keep is None else of_customers(history, keep)
    parts: list[list[FeatureMatrix]] = [[] for _ in moments]
    for place, matrix in _parts(read, moments, plan):
        parts[place].append(matrix)
    return stacked(plan.described, [matrix for one in parts for matrix in one])


def feature_batches(
    history: History,
    cut_offs: Sequence[datetime] = (),
    vocabulary: Vocabulary | None = None,
    features: tuple[Feature, ...] = CATALOGUE,
) -> Iterator[FeatureMatrix]:
    """Yield what `build_features` returns piece by piece, some customers at one cut-off each, for logs of any size."""
    plan = planned(vocabulary or learn_vocabulary(history), features)
    return (matrix for _, matrix in _parts(history, moments_of(history, cut_offs), plan))


def planned(vocabulary: Vocabulary, features: tuple[Feature, ...] = CATALOGUE) -> Plan:
    """Return the columns of a shop with this vocabulary."""
    types = frozenset(vocabulary.event_types)
    pairs = [pair for feature in features for pair in feature.columns(vocabulary) if is_answerable(pair[1], types)]
    return Plan(tuple(described for described, _ in pairs), tuple(column for _, column in pairs))


def moments_of(history: History, cut_offs: Sequence[datetime]) -> tuple[datetime, ...]:
    """Return the cut-offs, the history's moment where there are none; FeatureError when one lies after it."""
    moments = tuple(cut_offs) or (history.as_of,)
    if (latest := max(moments)) > history.as_of:
        raise FeatureError(
            f"Expected cut-offs no later than {history.as_of:%Y-%m-%d %H:%M:%S}, got {latest:%Y-%m-%d %H:%M:%S}."
        )
    return moments


def matrix_of(rows: Rows, people: People, moment: datetime, plan: Plan) -> FeatureMatrix:
    """Compute the planned columns for the customers of some rows at a moment."""
    return _matrix(plan, moment, plan.answer(rows, people, _us(moment)))


def _parts(history: History, moments: tuple[datetime, ...], plan: Plan) -> Iterator[tuple[int, FeatureMatrix]]:
    """Yield each moment's place and a matrix of some customers."""
    work = partial(_answers, plan=plan, moments_us=[_us(moment) for moment in moments])
    reading = Reading(plan.event_types, columns_of(plan.requests))
    for each in answered(work, history, reading, times=len(moments)):
        for place, (moment, answer) in enumerate(zip(moments, each, strict=True)):
            yield place, _matrix(plan, moment, answer)


def _answers(share: tuple[Rows, People], *, plan: Plan, moments_us: Sequence[int]) -> list[_Answer]:
    return [plan.answer(*share, moment_us) for moment_us in moments_us]


def _matrix(plan: Plan, moment: datetime, answer: _Answer) -> FeatureMatrix:
    names, values = answer
    return FeatureMatrix(
        names.to_numpy(zero_copy_only=False), np.full(len(names), utc_us(moment)), plan.described, values
    )


def _us(moment: datetime) -> int:
    return int(utc_us(moment).astype(np.int64))
