"""What a model trained as of a past moment would have said there, held against what then came."""

from dataclasses import replace
from datetime import datetime

from flows.learning.judging import countries
from flows.learning.looking_back import look_back, vocabulary_of
from flows.moments import cut_offs_of, require_complete
from flows.project import Project
from models.judging.backtest import Backtest, backtest
from models.orders.carrying_over import learnable, learnable_horizon
from models.tasks import Task
from models.threads import alone


def backtest_task(project: Project, task: Task, as_of: datetime) -> Backtest:
    """Judge a task as of a moment; one whose horizon the log before it cannot teach learns a shorter one there."""
    require_complete(project, task, as_of)
    taught, past = task, cut_offs_of(project, task, as_of)
    if not past and learnable(task):
        taught = replace(task, horizon=learnable_horizon(task, as_of, project.store.span()[0]))
        past = cut_offs_of(project, taught, as_of)
    history = project.history(as_of)
    asked = {task: (*past, as_of)} if taught == task else {taught: past, task: (as_of,)}
    known = look_back(history, vocabulary_of(project, history), asked)
    known.require_heard(task)
    training = project.settings.training
    with alone():
        return backtest(
            task,
            known.examples(taught, project.store, past, known_before=as_of),
            known.examples(task, project.store, [as_of]),
            as_of=as_of,
            seed=training.seed,
            stack=training.cut_offs,
            groups={"country": countries(project, as_of)},
            taught=taught,
        )
