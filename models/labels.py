"""Who a task is about and what became of them. The only module of this floor that reads an outcome."""

from collections.abc import Sequence

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.matrix import FeatureMatrix, utc_us
from models.columns import columns as columns_of
from models.columns import narrowed, of_rows
from models.examples import Examples
from models.tasks import Task
from pipeline.conditions.compile import compile_condition
from pipeline.conditions.nodes import columns
from pipeline.conditions.questions import EventCall, event_calls
from pipeline.errors import ModelError
from pipeline.events.outcome import Outcome

ROW = "row_number"


def examples(
    task: Task, matrix: FeatureMatrix, outcomes: Sequence[Outcome], members: npt.NDArray[np.bool_] | None = None
) -> Examples:
    """Return the task's population at the cut-offs of `outcomes`, labelled by them; other cut-offs are left out.

    `members` marks the population, of shape (n,), where the matrix does not hold everybody known and so cannot tell.
    An outcome begins the task's gap after its cut-off. A customer without any event in it counts as having none:
    never(...) is 1, a sum is 0.
    """
    for outcome in outcomes:
        if outcome.horizon != task.horizon:
            raise ModelError(
                f"The {task.name} task expected outcomes of {task.horizon_days:g} days, got {outcome.horizon} after "
                f"{outcome.as_of:%Y-%m-%d}.",
            )
    if not outcomes:
        raise ModelError(f"The {task.name} task expected at least one outcome, got none. Try a longer event log.")
    member, label = np.zeros(len(matrix), dtype=np.bool_), np.zeros(len(matrix))
    for outcome in outcomes:
        at_cut_off = matrix.as_of == utc_us(outcome.as_of - task.gap)
        rows = _population_at(task, matrix, at_cut_off) if members is None else members & at_cut_off
        label[rows] = labels(task, narrowed(matrix, (), rows), outcome)
        member |= rows
    return Examples(of_rows(matrix, member), label[member])


def population(task: Task, matrix: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """Return which rows the task speaks of, of shape (n,); percentiles are taken among the rows of one cut-off.

    A feature that this shop does not have is null for everybody.
    """
    member = np.zeros(len(matrix), dtype=np.bool_)
    for cut_off in np.unique(matrix.as_of):
        member |= _population_at(task, matrix, matrix.as_of == cut_off)
    return member


def labels(task: Task, matrix: FeatureMatrix, outcome: Outcome) -> npt.NDArray[np.float64]:
    """Return what the outcome says of each row's customer, of shape (n,): 1 or 0 for a truth, otherwise an amount."""
    target = task.target_node
    calls = {f"call_{i}": call for i, call in enumerate(sorted(event_calls(target), key=str))}
    events = outcome.events
    figures = events.group_by("customer_id").aggregate(
        **{name: _figure(events, call) for name, call in calls.items()},
    )
    rows = pa.table({"customer_id": pa.array(matrix.customer_id, pa.string()), ROW: np.arange(len(matrix))})
    found = rows.join(figures.to_pyarrow(), "customer_id")
    table = ibis.memtable(found).fill_null(dict.fromkeys(calls, 0.0))
    return _in_order(table, compile_condition(target, table, {c: _read(table, n, c) for n, c in calls.items()}))


def _population_at(task: Task, matrix: FeatureMatrix, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return which of the marked rows, all of one cut-off, are in the population, of shape (n,)."""
    condition = task.population_node
    names = sorted(columns(condition))
    values = columns_of(matrix, names, rows)
    read = {name: pa.array(values[:, place], from_pandas=True) for place, name in enumerate(names)}
    table = ibis.memtable(pa.table({**read, ROW: np.arange(len(values))}))
    member = np.zeros(len(matrix), dtype=np.bool_)
    member[rows] = _in_order(table, compile_condition(condition, table)).astype(np.bool_)
    return member


def _figure(events: ibis.Table, call: EventCall) -> ibis.Value:
    """Return the aggregate behind a call: a sum of its field, or how many events there are."""
    of_type = events.event_type == call.event_type
    if call.function == "sum":
        return events[call.field].cast("float64").sum(where=of_type)
    return of_type.sum().cast("float64")


def _read(table: ibis.Table, name: str, call: EventCall) -> ibis.Value:
    match call.function:
        case "happened":
            return table[name] > 0
        case "never":
            return table[name] == 0
        case _:
            return table[name]


def _in_order(table: ibis.Table, value: ibis.Value) -> npt.NDArray[np.float64]:
    """Return a value for each row of `table`, in the order of its row numbers, of shape (n,)."""
    answer = table.select(table[ROW], value.cast("float64").name("value")).order_by(ROW).to_pyarrow()
    return np.asarray(answer["value"].to_numpy(), dtype=np.float64)
