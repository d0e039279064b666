"""From the settings of tasks to tasks: the three of every shop, ready ones that are named, goals of the shop's own."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from models.category.model import CATEGORY
from models.ready import READY
from models.tasks import TASKS, Task
from models.written import BESIDE_TASKS, written_by
from pipeline.errors import SettingsError, did_you_mean
from pipeline.settings import TaskSettings

REQUIRED = ("population", "target", "horizon")
TAKEN = ("clusters", "cluster", "next_order", "next_order_at", "value", "value_365d")  # others write these
NOTHING = TaskSettings()


class GoalError(SettingsError):
    """A task of the settings that makes no sense; who knows the folder can name the line of `task`."""

    def __init__(self, task: str, sentence: str) -> None:
        """Say what is wrong with a task, in a sentence that names no place."""
        super().__init__(task, sentence)
        self.task = task
        self.sentence = sentence

    def __str__(self) -> str:
        """Name the file."""
        return f"segcast.toml: {self.sentence}"


def tasks_of(settings: Mapping[str, TaskSettings]) -> tuple[Task, ...]:
    """Return a shop's tasks: every built-in one, the ready ones that it names, and its own goals in their order.

    A goal without population, target or horizon is a SettingsError with the nearest ready task.
    """
    ready = {task.name: task for task in (*TASKS, *READY)}
    goals = [name for name in settings if name != CATEGORY.name]
    chosen = (*(task.name for task in TASKS), *(name for name in ready if name in settings), *goals)
    return tuple(_task(name, ready.get(name), settings.get(name, NOTHING)) for name in dict.fromkeys(chosen))


def category_task(settings: Mapping[str, TaskSettings]) -> Task | None:
    """Return the task of the next category, null for a shop that does not name it; its target is always the same."""
    if CATEGORY.name not in settings:
        return None
    given = settings[CATEGORY.name].model_dump(exclude_none=True)
    if "target" in given:
        raise GoalError(CATEGORY.name, f"[tasks.{CATEGORY.name}] has a target of its own. Leave it out.")
    return replace(CATEGORY, **given)


def ready_beside(tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Return the ready tasks that a shop has not switched on."""
    on = {task.name for task in tasks}
    return tuple(task for task in READY if task.name not in on)


def refuse_collisions(tasks: Iterable[Task], features: Iterable[str]) -> None:
    """Raise SettingsError when a task would write a column that a feature or another prediction has."""
    taken = dict.fromkeys(features, "a feature") | dict.fromkeys(BESIDE_TASKS, "written whatever the tasks")
    for task in tasks:
        for column in written_by(task):
            if column in taken:
                raise GoalError(
                    task.name,
                    f"[tasks.{task.name}] would write {column}, which is {taken[column]}. "
                    "Choose another name for the task.",
                )
            taken[column] = f"written by the task {task.name}"


def _task(name: str, ready: Task | None, settings: TaskSettings) -> Task:
    given: dict[str, Any] = settings.model_dump(exclude_none=True)
    if ready is None:
        _refuse_unfinished(name, given)
        return Task(name, **given)
    if given.keys() & {"population", "target"}:
        given["words"] = ""  # ours say nothing of conditions that are the shop's
    return replace(ready, **given)


def _refuse_unfinished(name: str, given: Mapping[str, object]) -> None:
    known = [task.name for task in (*TASKS, *READY)]
    if name in TAKEN:
        raise GoalError(name, f'"{name}" is what Segcast calls something else. Choose another name.')
    if lacking := list(_lacking(given)):
        raise GoalError(
            name,
            f'there is no task "{name}".{did_you_mean(name, known)} As a goal of your own it lacks '
            f"{' and '.join(lacking)}.",
        )


def _lacking(given: Mapping[str, object]) -> Iterator[str]:
    """Yield in words what a goal cannot do without."""
    examples = dict(zip(REQUIRED, ("orders_365d >= 2", "never(order_placed)", "60 days"), strict=True))
    for name in REQUIRED:
        if name not in given:
            yield f'a {name} such as "{examples[name]}"'
