"""A task: whom a prediction is for, what is predicted, and how far ahead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pipeline.conditions.check import Kind, check, check_truth
from pipeline.conditions.nodes import Node
from pipeline.conditions.parse import parse
from pipeline.errors import ConditionError, ModelError, did_you_mean


class TaskKind(StrEnum):
    """What a task's prediction is: the probability of a truth, or an amount."""

    PROBABILITY = "probability"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Task:
    """A prediction that a shop can name.

    `population` is a condition over feature columns, `target` one over event functions on the outcome of `horizon`
    after the cut-off: a truth is predicted as a probability, a number as an amount.
    """

    name: str
    population: str
    target: str
    horizon: timedelta

    @property
    def population_node(self) -> Node:
        """The parsed population."""
        return parse(self.population, f"task {self.name}, population")

    @property
    def target_node(self) -> Node:
        """The parsed target."""
        return parse(self.target, f"task {self.name}, target")

    @property
    def kind(self) -> TaskKind:
        """Whether the checked target is a truth (a probability) or a number (an amount)."""
        target = self.target_node
        match check(target, {}):
            case Kind.TRUTH:
                return TaskKind.PROBABILITY
            case Kind.NUMBER:
                return TaskKind.AMOUNT
            case other:
                raise target.at.error("a truth such as never(order_placed) or a number", f"a {other}")

    @property
    def prediction(self) -> str:
        """The column that the prediction fills: `churn_probability`, `expected_spend`."""
        return f"{self.name}_probability" if self.kind is TaskKind.PROBABILITY else f"expected_{self.name}"

    @property
    def horizon_days(self) -> float:
        """The horizon in days."""
        return self.horizon / timedelta(days=1)


TASKS = (
    Task("churn", "orders_365d >= 1", "never(order_placed)", timedelta(days=90)),
    Task("purchase", "orders_365d >= 1", "happened(order_placed)", timedelta(days=30)),
    Task("spend", "orders_365d >= 1", "sum(order_placed, amount) - sum(order_refunded, amount)", timedelta(days=90)),
)


def validate(task: Task, features: Iterable[str]) -> None:
    """Raise ConditionError unless the population is a truth over `features` and the target reads the outcome only."""
    check_truth(task.population_node, dict.fromkeys(features, Kind.NUMBER))
    if task.horizon <= timedelta(0):
        raise ConditionError(f"task {task.name}: expected a horizon of some days, got {task.horizon_days:g} days.")
    _ = task.kind


def find_task(name: str, tasks: Iterable[Task] = TASKS) -> Task:
    """Return the task called `name`; an unknown one is a ModelError with the nearest known name."""
    known = {task.name: task for task in tasks}
    if name not in known:
        raise ModelError(f'There is no task "{name}" among {", ".join(known)}.{did_you_mean(name, known)}')
    return known[name]
