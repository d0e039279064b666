"""When a night trains: where models are missing and were not tried lately, and where a killed night had begun to."""

from datetime import datetime

from flows.learning.training import Trained, train_tasks
from flows.night.runs import RunRecord, runs
from flows.night.work import Work
from flows.project import Project
from models.registry import CHAMPION


def train(project: Project, as_of: datetime) -> tuple[Trained, ...]:
    """Train every task; a night that is killed meanwhile trains to the end when it is started again."""
    work = Work(project)
    work.begin_training()
    trained = train_tasks(project, as_of)
    work.end_training()
    return trained


def not_learned(project: Project, why: str) -> tuple[Trained, ...]:
    """Return of every task that nothing was learned, and why."""
    return tuple(Trained(task.name, None, promoted=False, reasons=(why,)) for task in project.tasks)


def needs_models(project: Project, as_of: datetime) -> bool:
    """Say whether a task has no model in service, and nobody tried to train one within `retrain_every` before."""
    missing = {task.name for task in project.tasks if project.registry.find(task.name, CHAMPION) is None}
    return bool(missing - {one.task for one in tried(project, as_of)})


def tried(project: Project, as_of: datetime) -> tuple[Trained, ...]:
    """Return what came of each task's last training, within `retrain_every` before a moment; empty without any."""
    lately = (run for run in runs(project.folder) if _lately(project, run, as_of))
    newest = {one.task: one for run in lately for one in run.trained}
    return tuple(Trained(one.task, one.version, one.promoted, one.reasons) for one in newest.values())


def _lately(project: Project, run: RunRecord, as_of: datetime) -> bool:
    """Say whether a run was as of a moment before, not long ago; one as of this very moment may have broken off."""
    return run.as_of < as_of < run.as_of + project.settings.monitoring.retrain_every
