"""Learn every task from past cut-offs, judge it on later ones, and let the gate decide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from features.builder import planned
from features.engines import build_features
from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from flows.judging import countries, look_ahead
from flows.looking_back import Known, look_back, vocabulary_of
from flows.moments import cut_offs_of
from flows.next_category import learn_next_category
from flows.next_order import learn_next_order
from flows.project import Project
from flows.traits import unknown_traits
from models.artefacts import NEXT_ORDER
from models.clusters.model import find_clusters
from models.judging.backtest import rolling_backtest
from models.judging.gate import decide
from models.judging.leakage import LeakageError, refuse_leaks
from models.model import Model
from models.search import Search
from models.tasks import Task, TaskKind
from models.training import train
from pipeline.errors import ModelError, NotEnoughDataError
from pipeline.events.history import History
from pipeline.publish.report.wording import symbol
from pipeline.settings import TrainingSettings


@dataclass(frozen=True)
class Trained:
    """What became of one task: the version registered (null when there was too little to learn from), and why.

    `warnings` are sentences about the settings that it was trained with.
    """

    task: str
    version: int | None
    promoted: bool
    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def train_tasks(project: Project, as_of: datetime, tasks: Sequence[Task] | None = None) -> tuple[Trained, ...]:
    """Train and judge each task as of a moment, promote what passes its gate, and find the clusters.

    The features have a vocabulary learned from the history: which names the shop's features tell apart, and nothing of
    what came of anybody.
    """
    history = project.history(as_of)
    vocabulary = vocabulary_of(project, history)
    results = _train_all(project, project.tasks if tasks is None else tuple(tasks), history, vocabulary)
    if tasks is None:
        results = (*results, *_train_beside(project, history, vocabulary))
    _cluster(project, build_features(history, (), vocabulary), as_of)
    warnings = unknown_traits(project, history, vocabulary)
    return tuple(replace(result, warnings=warnings) for result in results)


def _train_all(
    project: Project, tasks: Sequence[Task], history: History, vocabulary: Vocabulary
) -> tuple[Trained, ...]:
    """Train the tasks one by one on what was known at the cut-offs of all, which is let go of afterwards."""
    cut_offs = {task: cut_offs_of(project, task, history.as_of) for task in tasks}
    known = look_back(history, vocabulary, {task: _and_now(task, own, history) for task, own in cut_offs.items()})
    return tuple(_train(project, task, known, cut_offs[task]) for task in tasks)


def _and_now(task: Task, cut_offs: Sequence[datetime], history: History) -> tuple[datetime, ...]:
    """Return a task's cut-offs, and the present where a model will say how many it expects there."""
    return (*cut_offs, history.as_of) if cut_offs and task.kind is TaskKind.PROBABILITY else tuple(cut_offs)


def _train(project: Project, task: Task, known: Known, cut_offs: Sequence[datetime]) -> Trained:
    try:
        return _trained(project, task, known, cut_offs)
    except (NotEnoughDataError, LeakageError) as error:
        return Trained(task.name, None, promoted=False, reasons=(str(error),))


def _trained(project: Project, task: Task, known: Known, cut_offs: Sequence[datetime]) -> Trained:
    as_of = known.history.as_of
    known.require_heard(task)
    if not cut_offs:
        raise NotEnoughDataError(
            f"The {task.name} model expected a past moment with history before it and {task.reach.days} days of "
            f"log after it, got none before {as_of:%Y-%m-%d}. Load a longer event log; rules still work."
        )
    seed, stack = project.settings.training.seed, project.settings.training.cut_offs
    rows = known.examples(task, project.store, cut_offs, known_before=as_of)
    refuse_leaks(task, rows, seed=seed, trusted=project.settings.features.trusted)
    search = _search(project.settings.training)
    model = train(task, rows, as_of=as_of, seed=seed, stack=stack, vocabulary=known.vocabulary, search=search)
    judged = rolling_backtest(task, rows, seed=seed, stack=stack, groups={"country": countries(project, as_of)})
    verdict = decide(
        judged,
        _champion(project, task),
        start_of_log=project.store.span()[0],
        seed=seed,
        challenger=model,
        reread=known.as_read_by,
    )
    ahead = look_ahead(project, known, model, rows)
    version = project.registry.register(model, project.made, judged, verdict, ahead)
    if verdict.promote:
        project.registry.promote(task.name, version.number)
    return Trained(task.name, version.number, verdict.promote, verdict.reasons)


def _train_beside(project: Project, history: History, vocabulary: Vocabulary) -> Iterator[Trained]:
    """Learn when customers order next, and where the shop asks for it, from which category."""
    yield _expect_orders(project, history, vocabulary)
    if project.category_task is not None:
        yield _rank_categories(project, project.category_task, history, vocabulary)


def _rank_categories(project: Project, task: Task, history: History, vocabulary: Vocabulary) -> Trained:
    try:
        cut_offs = cut_offs_of(project, task, history.as_of)
        version, verdict = learn_next_category(project, task, history, vocabulary, cut_offs)
    except NotEnoughDataError as error:
        return Trained(task.name, None, promoted=False, reasons=(str(error),))
    return Trained(task.name, version.number, verdict.promote, verdict.reasons)


def _expect_orders(project: Project, history: History, vocabulary: Vocabulary) -> Trained:
    try:
        version, verdict = learn_next_order(project, history, vocabulary)
    except NotEnoughDataError as error:
        return Trained(NEXT_ORDER, None, promoted=False, reasons=(str(error),))
    return Trained(NEXT_ORDER, version.number, verdict.promote, verdict.reasons)


def _search(training: TrainingSettings) -> Search | None:
    """Return how long a shop lets a search for better trees take; None where it asks for none."""
    if not training.search_trials:
        return None
    return Search(training.search_trials, training.search_minutes and training.search_minutes * 60)


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
    """Find clusters that go on from those in service; a shop too small for them has none, and no segments of them."""
    try:
        before = project.registry.clusters()
    except ModelError:
        before = None  # of another version: found anew, as training again is the remedy
    currency = symbol(project.settings.shop.currency)
    try:
        clusters = find_clusters(matrix, seed=project.settings.training.seed, before=before, currency=currency)
    except NotEnoughDataError:
        return
    project.registry.register_clusters(clusters, project.made, as_of=as_of)
