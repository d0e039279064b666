"""From a history to a matrix: collect what the features ask, and answer it at every cut-off from the same rows."""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from features.catalogue import CATALOGUE
from features.column import Column, Combined, Constant, Filled, Requested
from features.feature import Feature, FeatureColumn, is_answerable, requests_of
from features.matrix import FeatureMatrix, stacked, utc_us
from features.vocabulary import Vocabulary, learn_vocabulary
from pipeline.errors import FeatureError
from pipeline.events.history import History
from pipeline.windows.arrays import Floats
from pipeline.windows.asked import columns_of
from pipeline.windows.people import People
from pipeline.windows.requests import Request
from pipeline.windows.rows import Rows
from pipeline.windows.shares import shares
from pipeline.windows.view import View

CORES = os.cpu_count() or 1


def build_features(
    history: History,
    cut_offs: Sequence[datetime] = (),
    vocabulary: Vocabulary | None = None,
    features: tuple[Feature, ...] = CATALOGUE,
) -> FeatureMatrix:
    """Compute every feature of every customer known at each cut-off; without cut-offs, at the history's own moment.

    A row is a customer with at least one event, known by the cut-off, of a type that the features read. A shop has the
    columns that its vocabulary allows, learned from the history where none is given. FeatureError when a cut-off lies
    after the history's moment.
    """
    moments = moments_of(history, cut_offs)
    plan = planned(vocabulary or learn_vocabulary(history), features)
    parts: list[list[FeatureMatrix]] = [[] for _ in moments]
    for place, matrix in _parts(history, moments, plan):
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


@dataclass(frozen=True)
class Plan:
    """The columns that a shop has, what each asks for, and the event types that they read."""

    described: tuple[FeatureColumn, ...]
    columns: tuple[Column, ...]

    @property
    def event_types(self) -> tuple[str, ...]:
        """The event types that any column reads, in order."""
        return tuple(sorted({name for column in self.described for name in column.events}))

    @property
    def requests(self) -> frozenset[Request]:
        """Everything that is asked of the event log, once."""
        return frozenset(request for column in self.columns for request in requests_of(column))


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
    view = View(rows, people, int(utc_us(moment).astype(np.int64)))
    known = np.flatnonzero(view.customers(plan.event_types))
    answers = {request: request.read(view)[known] for request in plan.requests}
    view.forget()
    values = np.empty((len(known), len(plan.columns)), order="F")
    for place, column in enumerate(plan.columns):
        values[:, place] = _evaluate(column, answers, len(values))
    names = rows.customer_ids.take(pa.array(known))
    return FeatureMatrix(
        names.to_numpy(zero_copy_only=False), np.full(len(names), utc_us(moment)), plan.described, values
    )


def _parts(history: History, moments: tuple[datetime, ...], plan: Plan) -> Iterator[tuple[int, FeatureMatrix]]:
    """Yield each moment's place and a matrix of some customers: the next ones are read while these are worked out."""
    ahead: deque[tuple[int, Future[FeatureMatrix]]] = deque()
    with ThreadPoolExecutor(CORES) as pool:
        for rows, people in shares(history, plan.event_types, columns_of(plan.requests)):
            for place, moment in enumerate(moments):
                ahead.append((place, pool.submit(matrix_of, rows, people, moment, plan)))
                if len(ahead) > CORES:
                    done, matrix = ahead.popleft()
                    yield done, matrix.result()
        yield from ((done, matrix.result()) for done, matrix in ahead)


def _evaluate(column: Column, answers: Mapping[Request, Floats], customers: int) -> Floats:
    match column:
        case Requested(request):
            return answers[request]
        case Filled(inner, otherwise):
            return np.nan_to_num(_evaluate(inner, answers, customers), nan=otherwise)
        case Combined(_, left, right):
            return column.apply(_evaluate(left, answers, customers), _evaluate(right, answers, customers))
        case Constant(value):
            return np.full(customers, value)
        case _:
            raise TypeError(column)
