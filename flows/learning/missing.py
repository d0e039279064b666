"""Which predictions are missing, and why: in the words of the training, or of the gate."""

from collections.abc import Mapping, Sequence

from flows.learning.training import Trained
from flows.project import Project
from models.registry import CHAMPION
from models.tasks import Task
from models.written import written_by


def missing_predictions(project: Project, trained: Sequence[Trained]) -> Mapping[str, str]:
    """Return, by each column that a task would write, why it has no model in service."""
    tried = {result.task: result for result in trained}
    missing = [task for task in project.tasks if project.registry.find(task.name, CHAMPION) is None]
    told = {task: _why(project, task, tried.get(task.name)) for task in missing}
    return {column: told[task] for task in missing for column in written_by(task)}


def _why(project: Project, task: Task, result: Trained | None) -> str:
    """Return what the training just done says, else what the gate said of the latest version, else what to do."""
    if result is not None and result.version is None:
        return " ".join(result.reasons)
    refused = project.registry.versions(task.name)
    if not refused:
        return f"No {task.name} model was trained yet. Try `segcast train`."
    # The newest by what it knew: past days that were published again may have had models trained later.
    newest = max(refused, key=lambda one: (one.as_of, one.number))
    reasons = " ".join(newest.card["verdict"]["reasons"])
    return f"The {task.name} model, version {newest.number}, did not pass its gate. {reasons}"
