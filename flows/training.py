"""Learn every task from past cut-offs, judge it on later ones, and let the gate decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from features.builder import planned
from features.engines import build_features
from features.learning import learn_vocabulary
from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from flows.project import Project
from models.backtest import Backtest, backtest, rolling_backtest
from models.clusters import find_clusters
from models.columns import like
from models.cut_offs import rolling_cut_offs
from models.gate import decide
from models.labels import examples
from models.model import Model
from models.tasks import Task
from models.training import train
from pipeline.conditions.nodes import event_calls
from pipeline.errors import ModelError, NotEnoughDataError
from pipeline.events.gaps import SILENT, known_gaps, overlaps
from pipeline.events.history import History

MOST_UNHEARD = 0.1  # of an outcome, in which the tracker was silent about what the target counts


@dataclass(frozen=True)
class Trained:
    """What became of one task: the version registered (null when there was too little to learn from), and why."""

    task: str
    version: int | None
    promoted: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """A history, what was learned to tell apart in it, and the features at every cut-off of every task."""

    history: History
    vocabulary: Vocabulary
    matrix: FeatureMatrix

    def as_read_by(self, champion: Model, judged: FeatureMatrix) -> FeatureMatrix:
        """Return judged rows with the features in a champion's own vocabulary."""
        if champion.card.vocabulary == self.vocabulary:
            return judged
        return like(build_features(self.history, judged.cut_offs, champion.card.vocabulary), judged)


def train_tasks(project: Project, as_of: datetime, tasks: Sequence[Task] | None = None) -> tuple[Trained, ...]:
    """Train and judge each task as of a moment, promote what passes its gate, and find the clusters.

    All cut-offs of all tasks are built in one pass over the history, with a vocabulary learned from it: which names the
    shop's features tell apart, and nothing of what came of anybody.
    """
    chosen = project.tasks if tasks is None else tuple(tasks)
    cut_offs = {task: _cut_offs(project, task, as_of) for task in chosen}
    history = project.history(as_of)
    vocabulary = vocabulary_of(project, history)
    matrix = build_features(history, sorted({as_of}.union(*cut_offs.values())), vocabulary)
    known = Known(history, vocabulary, matrix)
    results = tuple(_train(project, task, known, cut_offs[task]) for task in chosen)
    _cluster(project, matrix.at(as_of), as_of)
    return results


def vocabulary_of(project: Project, history: History) -> Vocabulary:
    """Learn what the features of a project tell apart from a history."""
    features = project.settings.features
    return learn_vocabulary(history, key_pages=features.key_pages, traits=features.traits)


def backtest_task(project: Project, task: Task, as_of: datetime) -> Backtest:
    """Say what a model trained as of a past moment would have predicted there, held against what then came."""
    past = _cut_offs(project, task, as_of)
    _require_complete(project, task, as_of)
    history = project.history(as_of)
    matrix = build_features(history, (*past, as_of), vocabulary_of(project, history))
    learned = examples(task, matrix, [project.store.outcome(cut, task.horizon, known_before=as_of) for cut in past])
    judged = examples(task, matrix, [project.store.outcome(as_of, task.horizon)])
    training = project.settings.training
    return backtest(task, learned, judged, as_of=as_of, seed=training.seed, stack=training.cut_offs)


def _cut_offs(project: Project, task: Task, as_of: datetime) -> tuple[datetime, ...]:
    training = project.settings.training
    start, last = project.store.span()
    found = rolling_cut_offs(as_of, task.horizon, start, every=training.every, stack=training.cut_offs)
    # A log that stopped before as_of is silent about what came after: that is no evidence that nobody bought.
    heard = (cut_off for cut_off in found if cut_off + task.horizon <= _midnight_after(last))
    # Nor is a tracker that was down while the outcome came about.
    gaps = known_gaps(project.store, as_of + timedelta(microseconds=1))
    types = {call.event_type for call in event_calls(task.target_node)}
    return tuple(
        cut_off
        for cut_off in heard
        if overlaps(gaps, types, cut_off, cut_off + task.horizon, kinds=(SILENT,)) <= MOST_UNHEARD
    )


def _midnight_after(last: datetime) -> datetime:
    return last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _train(project: Project, task: Task, known: Known, cut_offs: Sequence[datetime]) -> Trained:
    try:
        return _trained(project, task, known, cut_offs)
    except NotEnoughDataError as error:
        return Trained(task.name, None, promoted=False, reasons=(str(error),))


def _trained(project: Project, task: Task, known: Known, cut_offs: Sequence[datetime]) -> Trained:
    as_of = known.history.as_of
    if not cut_offs:
        raise NotEnoughDataError(
            f"The {task.name} model expected a past moment with history before it and {task.horizon_days:g} days of "
            f"log after it, got none before {as_of:%Y-%m-%d}. Load a longer event log; rules still work."
        )
    training, store = project.settings.training, project.store
    seed, stack = training.seed, training.cut_offs
    rows = examples(task, known.matrix, [store.outcome(cut, task.horizon, known_before=as_of) for cut in cut_offs])
    model = train(task, rows, as_of=as_of, seed=seed, stack=stack, vocabulary=known.vocabulary)
    judged = rolling_backtest(task, rows, seed=seed, stack=stack)
    champion = _champion(project, task)
    verdict = decide(judged, champion, start_of_log=store.span()[0], seed=seed, reread=known.as_read_by)
    version = project.registry.register(model, project.made, judged, verdict)
    if verdict.promote:
        project.registry.promote(task.name, version.number)
    return Trained(task.name, version.number, verdict.promote, verdict.reasons)


def _champion(project: Project, task: Task) -> Model | ModelError | None:
    """Return the model in service; the error where it cannot be used any more, as training again is the remedy."""
    try:
        champion = project.registry.champions([task]).get(task.name)
        if champion is not None:
            champion.require([column.name for column in planned(champion.card.vocabulary).described])
    except ModelError as error:
        return error
    return champion


def _cluster(project: Project, matrix: FeatureMatrix, as_of: datetime) -> None:
    try:
        clusters = find_clusters(matrix, seed=project.settings.training.seed)
    except NotEnoughDataError:
        return  # a shop so small has no clusters, and no segments of them
    project.registry.register_clusters(clusters, project.made, as_of=as_of)


def _require_complete(project: Project, task: Task, as_of: datetime) -> None:
    _, last = project.store.span()
    end = _midnight_after(last)
    if as_of + task.horizon > end:
        raise NotEnoughDataError(
            f"A backtest of {task.name} as of {as_of:%Y-%m-%d} expected events to {as_of + task.horizon:%Y-%m-%d}, "
            f"got a log that ends before {end:%Y-%m-%d}. Choose an earlier --as-of or a shorter --horizon."
        )
