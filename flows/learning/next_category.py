"""Learn which category comes next, judge it beside the simple rules, and say it of every customer."""

from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from features.engines import build_features
from features.vocabulary import Vocabulary
from flows.project import Project
from models.category.backtest import backtest_category
from models.category.examples import CategoryExamples
from models.category.features import features_read
from models.category.gate import decide_category
from models.category.labels import category_examples
from models.category.model import CategoryModel
from models.category.pairs import candidates
from models.category.scoring import next_categories
from models.category.training import train_category
from models.judging.gate import Verdict
from models.registry import Version
from models.season import season_known
from models.tasks import Task
from pipeline.errors import ModelError
from pipeline.events.history import History


def learn_next_category(
    project: Project, task: Task, history: History, vocabulary: Vocabulary, cut_offs: Sequence[datetime]
) -> tuple[Version, Verdict]:
    """Train as of the history's moment, register, and promote what passes; NotEnoughDataError with too little."""
    training = project.settings.training
    seed, stack = training.seed, training.cut_offs
    rows = _examples(project, task, history, vocabulary, cut_offs)
    model = train_category(task, rows, as_of=history.as_of, seed=seed, vocabulary=vocabulary, stack=stack)
    judged = backtest_category(task, rows, seed=seed, vocabulary=vocabulary, stack=stack)
    seasonal = season_known(min(judged.cut_offs), project.store.span()[0])
    verdict = decide_category(judged, _champion(project), seasonal=seasonal, seed=seed)
    version = project.registry.register_category(model, project.made, judged, verdict)
    return (project.registry.promote(task.name, version.number) if verdict.promote else version), verdict


def say_next_categories(project: Project, history: History) -> tuple[pa.Table, ...]:
    """Return the columns of the model in service for `predict(elsewhere=...)`; none without a model."""
    model = project.registry.category()
    if model is None:
        return ()
    read = features_read(model.task, model.card.vocabulary)
    return (next_categories(build_features(history, (), model.card.vocabulary, read), model),)


def _examples(
    project: Project, task: Task, history: History, vocabulary: Vocabulary, cut_offs: Sequence[datetime]
) -> CategoryExamples:
    matrix = build_features(history, cut_offs, vocabulary, features_read(task, vocabulary))
    begins = [task.outcome_begins(cut_off) for cut_off in cut_offs]
    outcomes = [project.store.outcome(start, task.horizon, known_before=history.as_of) for start in begins]
    among, seed = candidates(vocabulary), project.settings.training.seed
    return category_examples(task, matrix, outcomes, among, seed=seed)


def _champion(project: Project) -> CategoryModel | ModelError | None:
    try:
        return project.registry.category()
    except ModelError as error:
        return error
