"""Predicted lists beside rules: replayed at past moments, and held against what then came."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.hindsight.what_came import Came
from flows.hindsight.words import NO_ORDER
from flows.overlap.intervals import by_customer
from flows.overlap.replaying import Replay, replay
from flows.overlap.results import Beside, Compared, Overlaps
from flows.plain import Tell
from flows.project import Project
from models.columns import column
from models.tasks import Task, TaskKind
from pipeline.errors import NotEnoughDataError, UserError, did_you_mean
from pipeline.segments.segment import Segment
from pipeline.segments.versus.lead_time import SILENT, lead_time, silence_of
from pipeline.segments.versus.overlap import at_equal_size, overlap
from pipeline.segments.versus.pairs import PAIRS, Pair
from pipeline.segments.versus.shares import Intervals
from pipeline.segments.versus.silences import NAMINGS
from pipeline.windows.arrays import Mask


def compare_lists(
    project: Project, as_of: datetime, months: int, *, pairs: Sequence[Pair] = (), tell: Tell = lambda _: None
) -> Overlaps:
    """Replay so many months before a moment and compare each pair at them; without pairs, those of `PAIRS` there are.

    What came is read as far as it was known at `as_of`. UserError for a pair that names no segment, or first one that
    no probability decides.
    """
    segments = {segment.name: segment for segment in project.segments()}
    asked = pairs or tuple(pair for pair in PAIRS if {pair.predicted, pair.rule} <= segments.keys())
    tasks = {pair: _task_of(pair, segments, project.tasks) for pair in asked}
    names = {name for pair in asked for name in (pair.predicted, pair.rule)}
    replays = replay(project, as_of, months, names=names, tell=tell)
    tell("Looking at what then came")
    compared, left_out, came = [], {}, Came(project, as_of)
    for pair, task in tasks.items():
        try:
            compared.append(_compared(pair, task, replays, came))
        except NotEnoughDataError as error:
            left_out[pair] = str(error)
    return Overlaps(replays, tuple(compared), left_out)


def _compared(pair: Pair, task: Task, replays: Sequence[Replay], came: Came) -> Compared:
    held = [one for one in replays if _is_decided(one, pair, task)]
    if not held:
        raise NotEnoughDataError(_why_not(pair, task, replays[-1]))
    lists = pa.concat_tables([_lists(pair, task, one, came) for one in held])
    days = silence_of(_decided(held[-1])[pair.rule].condition) if task.target_node == NO_ORDER else None
    beside = partial(_beside, lists, days, by_customer(came.project.settings.training.seed))
    early = None if days is None else beside(at_equal_size(lists, _not_there_yet(lists, days)))
    return Compared(pair, task, beside(lists), beside(at_equal_size(lists)), early)


def _beside(lists: pa.Table, silence_days: float | None, intervals: Intervals, chosen: pa.Table) -> Beside:
    """Hold `chosen`, which are the lists with the predicted one cut or filled up, against the rule."""
    named = _namings(chosen)
    return Beside(
        lists=overlap(chosen, intervals),
        lead=None if silence_days is None else lead_time(named, silence_days, intervals),
        filled_share=_share(pc.invert(lists["predicted"]), chosen["predicted"]),
    )


def _lists(pair: Pair, task: Task, one: Replay, came: Came) -> pa.Table:
    """Return a replay's rows of both lists and of everybody of whom the model speaks, with what came of them."""
    customers, members = one.scores["customer_id"], one.memberships
    lists = pa.table(
        {
            "customer_id": customers,
            "as_of": pa.repeat(pa.scalar(one.as_of, pa.timestamp("us", "UTC")), len(customers)),
            "predicted": pc.is_in(customers, members.of(pair.predicted)["customer_id"].combine_chunks()),
            "rule": pc.is_in(customers, members.of(pair.rule)["customer_id"].combine_chunks()),
            "score": one.scores[task.prediction],
            "happened": came.happened(task, one.rows, one.as_of),
            "silent_days": pa.array(column(one.rows, SILENT), from_pandas=True),
            "wait_days": pa.array(came.wait_days(one.rows, one.as_of), from_pandas=True),
            "followed_days": np.full(len(customers), came.followed_days(one.as_of)),
        }
    )
    return lists.filter(pc.field("predicted") | pc.field("rule") | pc.field("score").is_valid())


def _not_there_yet(lists: pa.Table, silence_days: float) -> Mask:
    """Return who had ordered, and not been silent for so long."""
    return np.asarray(lists["silent_days"].to_numpy(zero_copy_only=False)) < silence_days  # NaN before any order


def _namings(lists: pa.Table) -> pa.Table:
    """Return whom a list named, among those of whom the model speaks."""
    named = lists.filter(pc.field("score").is_valid()).rename_columns({"predicted": "named"})
    return named.select(NAMINGS.names).cast(NAMINGS)


def _share(true: pa.ChunkedArray, among: pa.ChunkedArray) -> float:
    count = pc.sum(among).as_py()
    return pc.sum(pc.and_(true, among)).as_py() / count if count else 0.0


def _decided(one: Replay) -> dict[str, Segment]:
    return {segment.name: segment for segment in one.memberships.decided}


def _is_decided(one: Replay, pair: Pair, task: Task) -> bool:
    """Say whether both segments were decided at a replay, the predicted one by the prediction and no rule instead."""
    decided = _decided(one)
    return pair.rule in decided and pair.predicted in decided and task.prediction in decided[pair.predicted].needs


def _why_not(pair: Pair, task: Task, latest: Replay) -> str:
    """Return why a pair was decided at no replay, as the latest one says it."""
    left_out = {entry.segment: entry.reason for entry in latest.memberships.left_out}
    reasons = latest.untrained.get(task.name), left_out.get(pair.predicted), left_out.get(pair.rule)
    return next(filter(None, reasons), f"{pair.predicted} was decided without {task.prediction} at every replay.")


def _task_of(pair: Pair, segments: Mapping[str, Segment], tasks: Collection[Task]) -> Task:
    for name in (pair.predicted, pair.rule):
        if name not in segments:
            raise UserError(
                f'Expected a segment, got "{name}".{did_you_mean(name, segments)} Try `segcast segments list`.'
            )
    needs = segments[pair.predicted].needs
    read = {task.prediction: task for task in tasks if task.kind is TaskKind.PROBABILITY}
    found = next((read[name] for name in (segments[pair.predicted].score, *needs) if name in read), None)
    if found is None:
        raise UserError(
            f"Expected a segment that a probability decides, got {pair.predicted}, which reads {', '.join(needs)}. "
            f"Name one that reads {' or '.join(read)}."
        )
    return found
