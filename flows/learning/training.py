"""Learn every task from past cut-offs, judge it on later ones, and let the gate decide."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from features.builder import planned
from features.engines import build_features
from features.matrix import FeatureMatrix
from features.vocabulary import Vocabulary
from flows.learning.already import already_learned
from flows.learning.judging import countries, look_ahead
from flows.learning.looking_back import Known, look_back, vocabulary_of
from flows.learning.next_category import learn_next_category
from flows.learning.next_order import learn_next_order
from flows.learning.traits import unknown_traits
from flows.moments import cut_offs_of
from flows.project import Project
from flows.steps import Do, P, Step, T, at_once
from models.artefacts import NEXT_ORDER
from models.clusters.model import find_clusters
from models.examples import Examples
from models.judging.backtest import Backtest, rolling_backtest
from models.judging.gate import Verdict, decide
from models.judging.leakage import LeakageError, refuse_leaks
from models.model import Model
from models.monitoring.reference import BETWEEN, reference_of
from models.registry import CLUSTERS, Version
from models.search import Search
from models.tasks import Task
from models.threads import alone
from models.training import train
from pipeline.errors import ModelError, NotEnoughDataError
from pipeline.events.history import History
from pipeline.progress import one_by_one
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


def train_tasks(
    project: Project, as_of: datetime, tasks: Sequence[Task] | None = None, *, do: Do = at_once
) -> tuple[Trained, ...]:
    """Train and judge each task as of a moment, promote what passes its gate, and find the clusters.

    The features have a vocabulary learned from the history: which names the shop's features tell apart, and nothing of
    what came of anybody. `do` carries out what is done with each task.
    """
    history = project.history(as_of)
    vocabulary = vocabulary_of(project, history)
    with alone():
        results = _train_all(project, project.tasks if tasks is None else tuple(tasks), history, vocabulary, do)
        if tasks is None:
            results = (*results, *_train_beside(project, history, vocabulary))
        if _done(project, CLUSTERS, as_of) is None:
            _cluster(project, build_features(history, (), vocabulary), as_of)
    warnings = unknown_traits(project, history, vocabulary)
    return tuple(replace(result, warnings=warnings) for result in results)


def _train_all(
    project: Project, tasks: Sequence[Task], history: History, vocabulary: Vocabulary, do: Do
) -> tuple[Trained, ...]:
    """Train the tasks one by one on what was known at the cut-offs of all, which is let go of afterwards."""
    done = {task: found for task in tasks if (found := _done(project, task.name, history.as_of))}
    if len(done) == len(tasks):
        return tuple(done.values())
    cut_offs = {task: cut_offs_of(project, task, history.as_of) for task in tasks if task not in done}
    known = look_back(history, vocabulary, {task: _and_lately(own, history) for task, own in cut_offs.items()})
    in_turn = one_by_one(tasks, lambda task: task.name)
    return tuple(done.get(task) or _train(project, task, known, cut_offs[task], do) for task in in_turn)


def _done(project: Project, name: str, as_of: datetime) -> Trained | None:
    """Return what came of learning the same from the same before; None where nothing did."""
    found = already_learned(project, name, as_of)
    return _told(*found) if found else None


def _told(version: Version, verdict: Verdict) -> Trained:
    return Trained(version.name, version.number, verdict.promote, verdict.reasons)


def _and_lately(cut_offs: Sequence[datetime], history: History) -> tuple[datetime, ...]:
    """Return a task's cut-offs, and the last moments, which later nights will be held against."""
    lately = (*(history.as_of - ago for ago in BETWEEN), history.as_of)
    return tuple(sorted({*cut_offs, *lately})) if cut_offs else ()


def _train(project: Project, task: Task, known: Known, cut_offs: Sequence[datetime], do: Do) -> Trained:
    try:
        return _trained(project, task, known, cut_offs, do)
    except (NotEnoughDataError, LeakageError) as error:
        return Trained(task.name, None, promoted=False, reasons=(str(error),))


def _trained(project: Project, task: Task, known: Known, cut_offs: Sequence[datetime], do: Do) -> Trained:
    rows = _examples(project, task, known, cut_offs)
    model = _learned(project, task, known, rows, do)
    judged = _judged(project, task, known, rows, do)
    gate = Step(f"gate {task.name}", decide, doing=f"Holding {task.name} against rules and champion")
    verdict = do(
        gate,
        judged,
        _champion(project, task),
        start_of_log=project.store.span()[0],
        seed=project.settings.training.seed,
        challenger=model,
        reread=known.as_read_by,
    )
    ahead = look_ahead(project, known, model, rows)
    reference = reference_of(model, known.matrix, known.members[task].among(known.matrix))
    version = project.registry.register(model, project.made, judged, verdict, ahead, reference=reference)
    if verdict.promote:
        promote = Step(f"promote {task.name}", project.registry.promote, doing=f"Putting {task.name} into service")
        do(promote, task.name, version.number)
    return _told(version, verdict)


def _examples(project: Project, task: Task, known: Known, cut_offs: Sequence[datetime]) -> Examples:
    """Return what a task can learn from, where there is anything, and nothing in it gives the outcome away."""
    as_of, settings = known.history.as_of, project.settings
    known.require_heard(task)
    if not cut_offs:
        raise NotEnoughDataError(
            f"The {task.name} model expected a past moment with history before it and {task.reach.days} days of "
            f"log after it, got none before {as_of:%Y-%m-%d}. Load a longer event log; rules still work."
        )
    rows = known.examples(task, project.store, cut_offs, known_before=as_of)
    refuse_leaks(task, rows, seed=settings.training.seed, trusted=settings.features.trusted)
    return rows


def _learned(project: Project, task: Task, known: Known, rows: Examples, do: Do) -> Model:
    settings = project.settings.training
    learned = do(
        Step(f"train {task.name}", _unless_short(train), doing=f"Training {task.name}"),
        task,
        rows,
        as_of=known.history.as_of,
        seed=settings.seed,
        stack=settings.cut_offs,
        vocabulary=known.vocabulary,
        search=_search(settings),
    )
    return _enough(learned)


def _judged(project: Project, task: Task, known: Known, rows: Examples, do: Do) -> Backtest:
    settings = project.settings.training
    backtested = do(
        Step(f"backtest {task.name}", _unless_short(rolling_backtest), doing=f"Judging {task.name} on later cut-offs"),
        task,
        rows,
        seed=settings.seed,
        stack=settings.cut_offs,
        groups={"country": countries(project, known.history.as_of)},
    )
    return _enough(backtested)


def _unless_short(work: Callable[P, T]) -> Callable[P, T | NotEnoughDataError]:
    """Return work that hands over the error of too little to learn from: to who carries it out, that is no fault."""

    def tried(*args: P.args, **kwargs: P.kwargs) -> T | NotEnoughDataError:
        try:
            return work(*args, **kwargs)
        except NotEnoughDataError as error:
            return error

    return tried


def _enough(result: T | NotEnoughDataError) -> T:
    if isinstance(result, NotEnoughDataError):
        raise result
    return result


def _train_beside(project: Project, history: History, vocabulary: Vocabulary) -> Iterator[Trained]:
    """Learn when customers order next, and where the shop asks for it, from which category."""
    as_of, category = history.as_of, project.category_task
    yield _done(project, NEXT_ORDER, as_of) or _expect_orders(project, history, vocabulary)
    if category is not None:
        yield _done(project, category.name, as_of) or _rank_categories(project, category, history, vocabulary)


def _rank_categories(project: Project, task: Task, history: History, vocabulary: Vocabulary) -> Trained:
    try:
        cut_offs = cut_offs_of(project, task, history.as_of)
        return _told(*learn_next_category(project, task, history, vocabulary, cut_offs))
    except NotEnoughDataError as error:
        return Trained(task.name, None, promoted=False, reasons=(str(error),))


def _expect_orders(project: Project, history: History, vocabulary: Vocabulary) -> Trained:
    try:
        return _told(*learn_next_order(project, history, vocabulary))
    except NotEnoughDataError as error:
        return Trained(NEXT_ORDER, None, promoted=False, reasons=(str(error),))


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
