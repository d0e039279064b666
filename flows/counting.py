"""What a task's prediction counts."""

from models.tasks import Task, TaskKind
from pipeline.conditions.questions import event_calls


def unit(task: Task) -> str:
    """Return what a prediction counts: a "probability", "money", or a "number" of other things."""
    if task.kind is TaskKind.PROBABILITY:
        return str(task.kind)
    return "money" if any(call.field == "amount" for call in event_calls(task.target_node)) else "number"
