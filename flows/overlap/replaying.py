"""What would have been known, predicted and decided at past moments, each by models of then and nothing since."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from features.engines import build_features
from features.matrix import FeatureMatrix
from flows.learning.looking_back import Known, look_back, vocabulary_of
from flows.moments import cut_offs_of, midnight_after
from flows.plain import Tell
from flows.project import Project
from models.columns import narrowed
from models.model import Model
from models.orders.btyd import READ
from models.scoring import predict
from models.season import season_before
from models.tasks import Task
from models.training import train
from pipeline.conditions.questions import InSegment
from pipeline.errors import NotEnoughDataError
from pipeline.events.history import History
from pipeline.publish.report.wording import symbol
from pipeline.segments.asking import ask
from pipeline.segments.membership import Memberships, assign
from pipeline.segments.segment import Segment

EVERY = timedelta(days=30)  # between replays: whole days, so that no replay falls on another hour than the rest
KEPT = 3  # replays that share models: training is what takes long, and a model of two months ago is what shops use


@dataclass(frozen=True)
class Replay:
    """A past moment as it was then.

    `rows` holds the few features that the next order is waited for by, of everybody known then, and `scores` the
    predictions of the same customers, with `customer_id`. `trained_as_of` says by task from when its model is,
    `untrained` why there was none.
    """

    as_of: datetime
    rows: FeatureMatrix
    scores: pa.Table
    memberships: Memberships
    trained_as_of: Mapping[str, datetime]
    untrained: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return when it was, how many customers were known, from when its models are and why there are no others."""
        return {
            "as_of": self.as_of.isoformat(),
            "customers": len(self.rows),
            "trained_as_of": {task: moment.isoformat() for task, moment in self.trained_as_of.items()},
            "untrained": dict(self.untrained),
        }


@dataclass(frozen=True)
class _Models:
    """What could be trained as of a moment, by task, and why the others could not."""

    as_of: datetime | None = None
    by_task: Mapping[str, Model] = field(default_factory=dict)
    untrained: Mapping[str, str] = field(default_factory=dict)


def replay(
    project: Project,
    as_of: datetime,
    months: int,
    *,
    names: Collection[str] | None = None,
    tell: Tell = lambda _: None,
) -> tuple[Replay, ...]:
    """Replay so many moments before `as_of`, earliest first, `EVERY` apart.

    The last one lies a horizon before `as_of` or the log's end, whichever is earlier, so that what came of every task
    is known; those with less than that much log before them are left out. Every replay reads what was known at its
    moment. Models are trained at the first moment and at every `KEPT`-th after it, and used until the next: none is
    younger than its moment, and none was put through the gate. Whoever was a member at one moment may stay at the next.
    `names` are the segments to decide, all but those of clusters where none are given; the tasks are those that they
    read.
    """
    segments = _chosen(project.segments(), names)
    tasks = _read_by(segments, project.tasks)
    found, models, previous = [], _Models(), None
    moments = replay_moments(project, tasks or project.tasks, as_of, months)
    for number, moment in enumerate(moments, 1):
        history, where = project.history(moment), f"{moment:%Y-%m-%d}, {number} of {len(moments)}"
        if _due(models, moment):
            tell(f"Training as of {where}")
            models = _train(project, tasks, history)
        tell(f"Replaying {where}")
        found.append(_replayed(project, history, segments, models, previous))
        previous = found[-1].memberships
    return tuple(found)


def replay_moments(project: Project, tasks: Collection[Task], as_of: datetime, months: int) -> tuple[datetime, ...]:
    """Return the moments to replay, earliest first; NotEnoughDataError when the log is too short for any."""
    start, last = project.store.span()
    reach = max(task.reach for task in tasks)
    # In UTC, where a day is always 24 hours: steps over a change of the clocks would fall on another hour.
    end = min(as_of, midnight_after(last, project.store.time_zone)).astimezone(UTC)
    moments = [end - reach - EVERY * step for step in range(months)]
    kept = [moment for moment in moments if moment >= start + reach]
    if not kept:
        raise NotEnoughDataError(
            f"Replays expected a log with {reach.days} days before a past moment and {reach.days} days after it, got "
            f"one from {start:%Y-%m-%d} to {end:%Y-%m-%d}. Load a longer event log or choose a later --as-of."
        )
    return tuple(reversed(kept))


def _due(models: _Models, moment: datetime) -> bool:
    """Say whether to train: where nothing could be trained before, anew at every moment."""
    return models.as_of is None or not models.by_task or moment >= models.as_of + EVERY * KEPT


def _train(project: Project, tasks: Sequence[Task], history: History) -> _Models:
    cut_offs = {task: cut_offs for task in tasks if (cut_offs := _to_learn_from(project, task, history.as_of))}
    short = f"The log was too short to learn from before {history.as_of:%Y-%m-%d}."
    untrained = {task.name: short for task in tasks if task not in cut_offs}
    if not cut_offs:
        return _Models(history.as_of, {}, untrained)
    by_task, known = {}, look_back(history, vocabulary_of(project, history), cut_offs)
    for task in cut_offs:
        try:
            by_task[task.name] = _trained(project, task, known, cut_offs[task])
        except NotEnoughDataError as error:
            untrained[task.name] = str(error)
    return _Models(history.as_of, by_task, untrained)


def _to_learn_from(project: Project, task: Task, as_of: datetime) -> tuple[datetime, ...]:
    """Return the cut-offs to stack and the same season a year before, without those for a rolling backtest."""
    found = cut_offs_of(project, task, as_of)
    stack = found[-project.settings.training.cut_offs :]
    return tuple(cut_off for cut_off in found if cut_off in stack or cut_off == season_before(as_of))


def _trained(project: Project, task: Task, known: Known, cut_offs: Sequence[datetime]) -> Model:
    known.require_heard(task)
    as_of, training = known.history.as_of, project.settings.training
    rows = known.examples(task, project.store, cut_offs, known_before=as_of)
    return train(task, rows, as_of=as_of, seed=training.seed, stack=training.cut_offs, vocabulary=known.vocabulary)


def _replayed(
    project: Project,
    history: History,
    segments: Sequence[Segment],
    models: _Models,
    previous: Memberships | None,
) -> Replay:
    trained = tuple(models.by_task.values())
    vocabulary = trained[0].card.vocabulary if trained else vocabulary_of(project, history)
    matrix = build_features(history, (), vocabulary)
    currency = symbol(project.settings.shop.currency)
    profiles = predict(matrix, models.by_task, None, currency=currency, economics=project.economics, history=history)
    answers = ask(segments, history, project.store.consents(history.as_of))
    reasons = {task.prediction: models.untrained[task.name] for task in project.tasks if task.name in models.untrained}
    return Replay(
        as_of=history.as_of,
        rows=narrowed(matrix, READ),
        scores=profiles.table.select(["customer_id", *(model.task.prediction for model in trained)]),
        memberships=assign(segments, profiles, previous, answers=answers, reasons=reasons, keep_going=True),
        trained_as_of={model.task.name: model.card.trained_as_of for model in trained},
        untrained=models.untrained,
    )


def _chosen(segments: Iterable[Segment], names: Collection[str] | None) -> tuple[Segment, ...]:
    """Return the segments of these names and those that they look into."""
    known = {segment.name: segment for segment in segments}
    waiting, chosen = [name for name in (known if names is None else names) if name in known], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in chosen:
            chosen.add(name)
            waiting += [other for other in _looks_into(known[name]) if other in known]
    return tuple(segment for name, segment in known.items() if name in chosen)


def _looks_into(segment: Segment) -> Iterator[str]:
    questions = (question for definition in segment.definitions for question in definition.asks)
    return (question.name for question in questions if isinstance(question, InSegment))


def _read_by(segments: Sequence[Segment], tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Return the tasks whose prediction any of the segments needs."""
    named = {name for segment in segments for definition in segment.definitions for name in definition.needs}
    return tuple(task for task in tasks if task.prediction in named)
