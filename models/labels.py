"""Who a task is about and what became of them. The only module of this floor that reads an outcome."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

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
from pipeline.conditions.figures import figures
from pipeline.conditions.nodes import Node, columns
from pipeline.conditions.questions import event_calls
from pipeline.errors import ModelError
from pipeline.events.history import History
from pipeline.events.outcome import Outcome

ROW = "row_number"

Mask = npt.NDArray[np.bool_]
Answers = Mapping[Node, pa.Array]


def examples(task: Task, matrix: FeatureMatrix, outcomes: Sequence[Outcome], members: Mask | None = None) -> Examples:
    """Return the task's population at the cut-offs of `outcomes`, labelled by them; other cut-offs are left out.

    `members` marks the population, of shape (n,), where the matrix does not hold everybody known, or its features alone
    cannot tell. An outcome begins the task's gap after its cut-off. A customer without any event in it counts as having
    none: never(...) is 1, a sum is 0.
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
        rows = _population_at(task, matrix, at_cut_off, None) if members is None else members & at_cut_off
        label[rows] = labels(task, narrowed(matrix, (), rows), outcome)
        member |= rows
    return Examples(of_rows(matrix, member), label[member])


def population(task: Task, matrix: FeatureMatrix, history: History | None = None) -> Mask:
    """Return which rows the task speaks of, of shape (n,); percentiles are taken among the rows of one cut-off.

    A feature that this shop does not have is null for everybody. What is asked about events is read from the history as
    it was known at each cut-off; ModelError where that is asked and no history is given.
    """
    member = np.zeros(len(matrix), dtype=np.bool_)
    for cut_off in np.unique(matrix.as_of):
        member |= _population_at(task, matrix, matrix.as_of == cut_off, history)
    return member


def labels(task: Task, matrix: FeatureMatrix, outcome: Outcome) -> npt.NDArray[np.float64]:
    """Return what the outcome says of each row's customer, of shape (n,): 1 or 0 for a truth, otherwise an amount."""
    # However late it was told of, what came in the outcome counts: as if it had been known when it happened.
    events = outcome.events.mutate(received_at=outcome.events.occurred_at)
    came = History(outcome.as_of + outcome.horizon, events, outcome.time_zone)
    answers = _answers(task.target_node, matrix.customer_id, came, came.as_of)
    found = _decided(task.target_node, {}, answers, came.as_of, len(matrix))
    if unknown := int(np.isnan(found).sum()):
        raise ModelError(
            f'The {task.name} task expected a target with a value for everybody, got "{task.target}", which has none '
            f"for {unknown:,} customers, as where it divides by nothing. Try a sum, or a count."
        )
    return found


def _population_at(task: Task, matrix: FeatureMatrix, rows: Mask, history: History | None) -> Mask:
    """Return which of the marked rows, all of one cut-off, are in the population, of shape (n,)."""
    condition = task.population_node
    member = np.zeros(len(matrix), dtype=np.bool_)
    if not rows.any():
        return member
    names, moment = sorted(columns(condition)), matrix.as_of[rows][0].item().replace(tzinfo=UTC)
    values = columns_of(matrix, names, rows)
    read = {name: pa.array(values[:, place], from_pandas=True) for place, name in enumerate(names)}
    answers: Answers = {}
    if event_calls(condition):
        answers = _answers(condition, matrix.customer_id[rows], _asked_of(task, history), moment)
    member[rows] = _decided(condition, read, answers, moment, len(values)).astype(np.bool_)
    return member


def _answers(condition: Node, customers: npt.NDArray[np.object_], history: History, moment: datetime) -> Answers:
    """Return what the condition asks about events, one answer a customer in the order given."""
    asked = figures(history, event_calls(condition), moment)
    beside = asked.beside(customers)
    return {question: beside[name] for question, name in asked.names.items()}


def _decided(
    condition: Node, read: Mapping[str, pa.Array], answers: Answers, moment: datetime, rows: int
) -> npt.NDArray[np.float64]:
    """Return the condition's value for each row, of shape (rows,), a truth as 1 or 0."""
    named = {question: f"answer_{place}" for place, question in enumerate(answers)}
    told = {named[question]: answer for question, answer in answers.items()}
    table = ibis.memtable(pa.table({**read, **told, ROW: np.arange(rows)}))
    value = compile_condition(condition, table, {question: table[name] for question, name in named.items()}, moment)
    answer = table.select(table[ROW], value.cast("float64").name("value")).order_by(ROW).to_pyarrow()
    return np.asarray(answer["value"].to_numpy(), dtype=np.float64)


def _asked_of(task: Task, history: History | None) -> History:
    if history is None:
        raise ModelError(
            f"The {task.name} task expected features alone to say who is in its population, got "
            f'"{task.population}", which asks about events as well. Try columns such as orders_365d.'
        )
    return history
