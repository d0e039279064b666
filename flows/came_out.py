"""How earlier publications' predictions came out."""

from collections.abc import Sequence
from math import isfinite

import pyarrow.compute as pc

from flows.counting import unit
from flows.matured import Asked, Hindsight, rows_of
from models.judging.evaluation import evaluate, reliability
from models.tasks import Task
from pipeline.publish.published import Publication
from pipeline.publish.record import CameOut

MOST = 6


def came_out(hindsight: Hindsight, earlier: Sequence[Publication], most: int = MOST) -> tuple[CameOut, ...]:
    """Return, by task, how the newest publications came out whose horizon is over, newest first.

    `earlier` are publications, oldest first, one a moment. The newest one is told of, and the first of each month
    before: those of two nights on end would say the same twice.
    """
    tasks = hindsight.project.tasks
    return tuple(one for task in tasks for one in _of_task(hindsight, task, earlier, most))


def judged(hindsight: Hindsight, publication: Publication, asked: Asked) -> CameOut | None:
    """Return how one task's predictions in a publication came out.

    None where it held none of customers still known, or where these or what came cannot be read.
    """
    column = asked.task.prediction
    rows = rows_of(publication, "predictions", ("customer_id", column), pc.field(column).is_valid())
    known = hindsight.still_known(rows) if rows else None
    if not known:
        return None
    predicted = known[column].to_numpy()
    actual = hindsight.came(asked.task, known["customer_id"], publication.as_of)
    if actual is None:
        return None
    metrics = evaluate(predicted, actual, asked.task.kind)
    return CameOut(
        publication_id=publication.publication_id,
        as_of=publication.as_of,
        task=asked.task.name,
        model_version=asked.model_version,
        horizon_days=int(asked.task.horizon_days),
        customers=known.num_rows,
        kind=unit(asked.task),
        metrics={name: value for name, value in metrics.items() if isfinite(value)},
        reliability=tuple((one.predicted, one.observed, one.n) for one in reliability(predicted, actual)),
    )


def came_out_in_words(one: CameOut) -> str:
    """Return how a publication's predictions came out, in a sentence."""
    figures = one.metrics
    told = f"Of {one.customers:,} customers, within {one.horizon_days} days, {one.task}"
    if "base_rate" in figures:
        ranked = f", ROC AUC {figures['roc_auc']:.3f}" if "roc_auc" in figures else ""
        return f"{told} came true of {figures['base_rate']:.1%}; calibration error {figures['ece']:.3f}{ranked}."
    if "total_ratio" in figures:
        return f"{told} was predicted at {figures['total_ratio']:.2f} times what came."
    return f"{told} came to nothing."


def _of_task(hindsight: Hindsight, task: Task, earlier: Sequence[Publication], most: int) -> tuple[CameOut, ...]:
    asked = {one.publication_id: hindsight.predicted(one, task.name) for one in earlier}
    over = [one for one in earlier if (told := asked[one.publication_id]) and hindsight.is_over(one, told.task)]
    chosen = reversed(_spread(over)[-most:])
    found = (judged(hindsight, one, told) for one in chosen if (told := asked[one.publication_id]))
    return tuple(one for one in found if one is not None)


def _spread(publications: Sequence[Publication]) -> list[Publication]:
    """Return the first publication of each month, by UTC's calendar, and the last of all."""
    months = {(one.as_of.year, one.as_of.month): one for one in reversed(publications)}
    chosen = {one.publication_id for one in (*months.values(), *publications[-1:])}
    return [one for one in publications if one.publication_id in chosen]
