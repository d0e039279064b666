"""What a shop's columns ask of the event log, and the answers for some customers at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.column import Column, Combined, Constant, Filled, Requested
from features.feature import FeatureColumn, requests_of
from pipeline.windows.arrays import Floats
from pipeline.windows.people import People
from pipeline.windows.requests import Request
from pipeline.windows.rows import Rows
from pipeline.windows.view import View


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

    def answer(self, rows: Rows, people: People, moment_us: int) -> tuple[pa.StringArray, Floats]:
        """Return who was known at a moment, of shape (n,), and their values, of shape (n, columns)."""
        view = View(rows, people, moment_us)
        known = np.flatnonzero(view.customers(self.event_types))
        answers = {request: request.read(view)[known] for request in self.requests}
        view.forget()
        values = np.empty((len(known), len(self.columns)), order="F")
        for place, column in enumerate(self.columns):
            values[:, place] = _evaluate(column, answers, len(values))
        return rows.customer_ids.take(pa.array(known)), values


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
