"""From a history to a matrix: collect what the features need, sum it once, and read every window at every cut-off."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from features.catalogue import CATALOGUE
from features.customer import Column, Combined, Constant, Requested
from features.feature import Feature
from features.matrix import FeatureMatrix, utc_us
from pipeline.errors import FeatureError
from pipeline.events.history import History
from pipeline.windows.requests import Request
from pipeline.windows.tiles import Tiles, build_tiles
from pipeline.windows.view import Array


def build_features(
    history: History, cut_offs: Sequence[datetime] = (), features: tuple[Feature, ...] = CATALOGUE
) -> FeatureMatrix:
    """Compute every feature of every customer known at each cut-off; without cut-offs, at the history's own moment.

    A row is a customer with at least one event, known by the cut-off, of a type that the features read. FeatureError
    when a cut-off lies after the history's moment or not a whole number of days before it.
    """
    moments = tuple(cut_offs) or (history.as_of,)
    for moment in moments:
        _require_whole_days(history.as_of, moment)
    described = [pair for feature in features for pair in feature.columns()]
    columns = [column for _, column in described]
    requests = frozenset(request for column in columns for request in requests_of(column))
    tiles = build_tiles(history, requests)
    parts = [_at(tiles, moment, columns) for moment in moments]
    return FeatureMatrix(
        customer_id=np.concatenate([names for names, _, _ in parts]),
        as_of=np.concatenate([as_of for _, as_of, _ in parts]),
        features=tuple(column for column, _ in described),
        values=np.concatenate([values for _, _, values in parts]),
    )


def requests_of(column: Column) -> Iterator[Request]:
    """Yield what a column asks of the tiles."""
    match column:
        case Requested(request):
            yield request
        case Combined(_, left, right):
            yield from requests_of(left)
            yield from requests_of(right)
        case _:
            return


def _require_whole_days(as_of: datetime, moment: datetime) -> None:
    age = as_of - moment
    if age < timedelta() or age % timedelta(days=1):
        raise FeatureError(
            f"Expected cut-offs a whole number of days before {as_of:%Y-%m-%d %H:%M:%S}, "
            f"got {moment:%Y-%m-%d %H:%M:%S}."
        )


def _at(
    tiles: Tiles, moment: datetime, columns: Sequence[Column]
) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.datetime64], Array]:
    view = tiles.view(moment)
    answers: Mapping[Request, Array] = {
        request: request.read(view) for request in {r for column in columns for r in requests_of(column)}
    }
    values = np.column_stack([_evaluate(column, answers, len(tiles.customers)) for column in columns])
    known = view.known()
    names = tiles.customers.to_numpy(zero_copy_only=False)[known]
    as_of = np.full(len(names), utc_us(moment))
    return names, as_of, values[known]


def _evaluate(column: Column, answers: Mapping[Request, Array], customers: int) -> Array:
    match column:
        case Requested(request):
            return answers[request]
        case Combined(_, left, right):
            return column.apply(_evaluate(left, answers, customers), _evaluate(right, answers, customers))
        case Constant(value):
            return np.full(customers, value)
        case _:
            raise TypeError(column)
