"""How earlier publications' predictions came out."""

from collections.abc import Iterator, Sequence
from math import isfinite

import pyarrow.compute as pc

from flows.counting import unit
from flows.hindsight.lists_came_out import Spoken, held_out_came_out, lists_came_out
from flows.hindsight.matured import Asked, Hindsight, rows_of
from models.judging.evaluation import evaluate, reliability
from models.monitoring.outcomes import total_error
from models.tasks import Task, TaskKind
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


def judged(hindsight: Hindsight, publication: Publication, asked: Asked, *, all_lists: bool = True) -> CameOut | None:
    """Return how one task's predictions in a publication came out, and its lists: all, or those that the task decides.

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
    shares = asked.task.kind is TaskKind.PROBABILITY
    metrics = dict(evaluate(predicted, actual, asked.task.kind))
    if not shares:
        metrics["total_error"] = total_error(predicted, actual)
    spoken = Spoken(known["customer_id"].combine_chunks(), predicted, actual, shares)
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
        lists=lists_came_out(publication, spoken, column, all_lists=all_lists),
        held_out=held_out_came_out(publication, spoken),
    )


def came_out_in_words(one: CameOut) -> str:
    """Return how a publication's predictions came out, in a sentence, and another for each list that they decided."""
    return " ".join((_as_a_whole(one), *_by_list(one), *_held_out(one)))


def _as_a_whole(one: CameOut) -> str:
    figures = one.metrics
    told = f"Of {one.customers:,} customers, within {one.horizon_days} days, {one.task}"
    if "base_rate" in figures:
        ranked = f", ROC AUC {figures['roc_auc']:.3f}" if "roc_auc" in figures else ""
        return f"{told} came true of {figures['base_rate']:.1%}; calibration error {figures['ece']:.3f}{ranked}."
    if "total_ratio" in figures:
        return f"{told} was predicted at {figures['total_ratio']:.2f} times what came."
    return f"{told} came to nothing."


def _by_list(one: CameOut) -> Iterator[str]:
    for own in one.lists:
        if own.decided:
            between = _between(one, own.named.low, own.named.high)
            beside = f"; {_figure(one, own.rest.value)} of all others" if own.rest else ""
            said, came = _figure(one, own.predicted), _figure(one, own.named.value)
            yield f"{own.segment}: said {said}, came {came}{between} of {own.named.customers:,}{beside}."


def _held_out(one: CameOut) -> Iterator[str]:
    decided = {own.segment for own in one.lists if own.decided}
    for own in one.held_out:
        if own.at_random and own.audience in decided:
            gap, low, high = own.difference
            groups = [f"{_figure(one, its.value)} of {its.customers:,}" for its in (own.contacted, own.held_out)]
            yield (
                f"Of {own.audience} {groups[0]} to be contacted and {groups[1]} held out at random: a difference of "
                f"{_figure(one, gap)}{_between(one, low, high)}, which contacting brought if campaigns kept to it."
            )


def _between(one: CameOut, low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" ({_figure(one, low)} to {_figure(one, high)})"


def _figure(one: CameOut, value: float) -> str:
    return f"{value:.1%}" if one.kind == "probability" else f"{value:,.2f}"


def _of_task(hindsight: Hindsight, task: Task, earlier: Sequence[Publication], most: int) -> tuple[CameOut, ...]:
    asked = {one.publication_id: hindsight.predicted(one, task.name) for one in earlier}
    over = [one for one in earlier if (told := asked[one.publication_id]) and hindsight.is_over(one, told.task)]
    chosen = reversed(_spread(over)[-most:])
    found = (
        judged(hindsight, one, told, all_lists=one is over[-1]) for one in chosen if (told := asked[one.publication_id])
    )
    return tuple(one for one in found if one is not None)


def _spread(publications: Sequence[Publication]) -> list[Publication]:
    """Return the first publication of each month, by UTC's calendar, and the last of all."""
    months = {(one.as_of.year, one.as_of.month): one for one in reversed(publications)}
    chosen = {one.publication_id for one in (*months.values(), *publications[-1:])}
    return [one for one in publications if one.publication_id in chosen]
