"""What conditions ask of the event log, answered for all customers at a moment in one reading of it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.conditions.event_requests import Clock, Question, is_text, reading, request
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EventCall, Sequence
from pipeline.errors import ConditionError
from pipeline.events.contract import INSTANT
from pipeline.events.history import History
from pipeline.windows.answering import answered
from pipeline.windows.arrays import Floats
from pipeline.windows.edges import EdgeText
from pipeline.windows.people import People
from pipeline.windows.requests import Request
from pipeline.windows.rows import Rows
from pipeline.windows.view import View


@dataclass(frozen=True)
class Figures:
    """The answers: `table` has `customer_id` and a column a question, `names` says which.

    It has a row only for customers of whom any event that is asked about was known; who has none is answered by
    `beside`. Counts and sums are float64, `happened`, `never` and sequences are truths, `first` and `last` UTC instants
    or, with a field, float64 or text, null where there is no such event or it does not say.
    """

    table: pa.Table
    names: Mapping[Node, str]

    def beside(self, customer_ids: pa.Array | pa.ChunkedArray | Collection[str]) -> dict[str, pa.Array]:
        """Return every answer by its column, one value a customer in this order, those without events among them."""
        place = pc.index_in(_texts(customer_ids), value_set=self.table["customer_id"].combine_chunks())
        return {name: _filled(self.table[name].take(place), _form(question)) for question, name in self.names.items()}


def figures(history: History, questions: Collection[Question], moment: datetime | None = None) -> Figures:
    """Answer the questions for every customer at a moment, the history's own where none is given.

    All of them together read the log once, however many they are; much of it is worked on by several processes.
    ConditionError when the moment lies after the history's.
    """
    clock = Clock(moment or history.as_of, history.time_zone)
    if clock.moment > history.as_of:
        raise ConditionError(
            f"Expected a moment no later than {history.as_of:%Y-%m-%d %H:%M:%S}, up to which the history goes, got "
            f"{clock.moment:%Y-%m-%d %H:%M:%S}."
        )
    once = tuple(dict.fromkeys(questions))
    names: dict[Node, str] = {question: f"figure_{place}" for place, question in enumerate(once)}
    fields = [pa.field(name, _form(question).type) for question, name in names.items()]
    schema = pa.schema([pa.field("customer_id", pa.string()), *fields])
    if not once:
        return Figures(schema.empty_table(), names)
    requests = [request(question, clock) for question in once]
    read = reading(once, requests)
    forms = [(_form(question), asked) for question, asked in zip(once, requests, strict=True)]
    work = partial(_answers, forms=forms, event_types=read.event_types, moment_us=clock.moment_us)
    parts = [pa.record_batch(found, schema) for found in answered(work, replace(history, people=None), read)]
    return Figures(pa.Table.from_batches(parts, schema), names)


def event_types_of(history: History) -> frozenset[str]:
    """Return the types of the events that had occurred and arrived by the history's moment."""
    types = history.events.select("event_type").distinct()
    return frozenset(ibis.get_backend(types).to_pyarrow(types)["event_type"].to_pylist())


def _answers(
    share: tuple[Rows, People],
    *,
    forms: Iterable[tuple["_Form", Request]],
    event_types: tuple[str, ...],
    moment_us: int,
) -> list[pa.Array]:
    """Return the customers of a share who were known at the moment, and their answers."""
    rows, people = share
    view = View(rows, people, moment_us)
    known = np.flatnonzero(view.customers(event_types))
    found = [_column(form, asked, asked.read(view)[known], rows) for form, asked in forms]
    view.forget()
    return [rows.customer_ids.take(pa.array(known)), *found]


def _column(form: "_Form", asked: Request, found: Floats, rows: Rows) -> pa.Array:
    """Return what the kernel found as what the question asks for."""
    if pa.types.is_boolean(form.type):
        return pa.array((found > 0) != bool(form.nothing))
    told = pa.array(found, from_pandas=True)
    if isinstance(asked, EdgeText):
        return rows.text(asked.field).names.take(told.cast(pa.int64()))
    return told.cast(pa.int64()).cast(form.type) if pa.types.is_timestamp(form.type) else told


@dataclass(frozen=True)
class _Form:
    """The type of a question's answers, and the answer for whoever has no such event."""

    type: pa.DataType
    nothing: float | bool | None


def _form(question: Node) -> _Form:
    match question:
        case Sequence() | EventCall(function="happened"):
            return _Form(pa.bool_(), nothing=False)
        case EventCall(function="never"):
            return _Form(pa.bool_(), nothing=True)
        case EventCall(function="first" | "last", field=None):
            return _Form(INSTANT, nothing=None)
        case EventCall(function="first" | "last", field=str(field)):
            return _Form(pa.string() if is_text(field) else pa.float64(), nothing=None)
    return _Form(pa.float64(), nothing=0.0)


def _filled(answers: pa.ChunkedArray, form: _Form) -> pa.Array:
    whole = answers.combine_chunks()
    return whole if form.nothing is None else whole.fill_null(form.nothing)


def _texts(customer_ids: pa.Array | pa.ChunkedArray | Collection[str]) -> pa.Array:
    if isinstance(customer_ids, pa.ChunkedArray):
        return customer_ids.combine_chunks().cast(pa.string())
    return pa.array(customer_ids, pa.string())
