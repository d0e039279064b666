"""Whether a shop's log can say anything about a task at all."""

from collections.abc import Collection, Iterable

from features.feature import FeatureColumn
from models.tasks import Task
from pipeline.conditions.questions import event_types
from pipeline.errors import NotEnoughDataError, did_you_mean
from pipeline.events.event_types import EVENT_TYPES


def require_heard(task: Task, logged: Collection[str], columns: Iterable[FeatureColumn]) -> None:
    """Raise NotEnoughDataError when a log with these event types is silent about a task's target or population.

    `columns` describe those features that the log lacks, with the events that each needs. One of several features may
    be lacking, as in "feature_uses_30d >= 1 or logins_30d >= 1": the population is silent when all are.
    """
    asked = task.event_types | event_types(task.population_node)
    for name in sorted(asked.difference(logged, EVENT_TYPES)):
        raise NotEnoughDataError(
            f'The {task.name} model expected event types that the log has in its population and target, got "{name}".'
            f"{did_you_mean(name, {*logged, *EVENT_TYPES})}"
        )
    lacking = {column.name: column for column in columns}
    read = sorted(task.population_columns)
    unheard = [lacking[name] for name in read if name in lacking]
    if task.event_types.isdisjoint(logged):
        raise _silent(task, task.event_types, f"{task.target} can be answered")
    if read and len(unheard) == len(read):
        needed = {kind for column in unheard for group in column.needs for kind in _wanted(group, logged)}
        raise _silent(task, needed, f"it is known whether {task.population}")


def _wanted(group: Collection[str], logged: Collection[str]) -> Collection[str]:
    """Return the event types of a group of which one is needed, none when the log has one."""
    return group if set(group).isdisjoint(logged) else ()


def _silent(task: Task, needed: Iterable[str], purpose: str) -> NotEnoughDataError:
    return NotEnoughDataError(
        f"The {task.name} model expected a log with {' or '.join(sorted(needed))}, so that {purpose}, got one without. "
        "Load such events, or take the task out of segcast.toml."
    )
