"""Amounts that are counts of events: they have no such tail as money."""

from models.tasks import Task
from pipeline.conditions.questions import EventCall


def is_count(task: Task) -> bool:
    """Say whether the target is how many events of one type come."""
    target = task.target_node
    return isinstance(target, EventCall) and target.function == "count"
