"""A task: whom a prediction is for, what is predicted, and how far ahead."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.task_conditions import require_population, require_target
from pipeline.conditions.check import check, check_truth
from pipeline.conditions.known import Kind, Known
from pipeline.conditions.nodes import Node, columns
from pipeline.conditions.parse import parse
from pipeline.conditions.questions import event_calls
from pipeline.errors import ConditionError, ModelError, did_you_mean


class TaskKind(StrEnum):
    """What a task's prediction is: the probability of a truth, or an amount."""

    PROBABILITY = "probability"
    AMOUNT = "amount"


NO_GAP = timedelta(0)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Task:
    """A prediction that a shop can name.

    `population` is a condition over feature columns, `target` one over event functions on the outcome: what comes in
    the `horizon` that begins `gap` after the cut-off. A truth is predicted as a probability, a number as an amount.
    `lookback` bounds how far before the moment of training cut-offs may lie, None for as far as the log goes. `words`
    say what is predicted and of whom, with "{horizon}" where the days stand; `in_words` reads them.
    """

    name: str
    population: str
    target: str
    horizon: timedelta
    gap: timedelta = NO_GAP
    lookback: timedelta | None = None
    words: str = field(default="", compare=False)

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
        match check(target, Known({})):
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
        return self.horizon / DAY

    @property
    def reach(self) -> timedelta:
        """How long after a cut-off its outcome is complete: the gap and the horizon."""
        return self.gap + self.horizon

    def outcome_begins(self, cut_off: datetime) -> datetime:
        """Return when the outcome of a cut-off begins; it ends a horizon later, at `cut_off + reach`."""
        return cut_off + self.gap

    @property
    def population_columns(self) -> frozenset[str]:
        """The features that say who is in the population."""
        return columns(self.population_node)

    @property
    def event_types(self) -> frozenset[str]:
        """The event types that the target reads."""
        return frozenset(call.event_type for call in event_calls(self.target_node))

    @property
    def in_words(self) -> str:
        """What is predicted, of whom and how far ahead, as one sentence."""
        words = self.words or f"{self.target} within {{horizon}}, for customers with {self.population}."
        return words.replace("{horizon}", f"{self.horizon_days:g} days") + self._waiting

    @property
    def _waiting(self) -> str:
        return f" The days begin {self.gap / DAY:g} days after the prediction." if self.gap else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the task in plain values, its spans in days; `from_dict` reads them."""
        spans = {name: None if (span := getattr(self, name)) is None else span / DAY for name in SPANS}
        return {**asdict(self), **spans}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Task":
        """Return the task of plain values; spans that were not told of are those that a task has by itself."""
        spans = {name: timedelta(days=told[name]) for name in SPANS if told.get(name) is not None}
        return cls(**{**told, **spans})


SPANS = ("horizon", "gap", "lookback")


TASKS = (
    Task(
        "churn",
        "orders_365d >= 1",
        "never(order_placed)",
        timedelta(days=90),
        words="No order within {horizon}, of a customer who ordered in the last year.",
    ),
    Task(
        "purchase",
        "orders_365d >= 1",
        "happened(order_placed)",
        timedelta(days=30),
        words="An order within {horizon}, of a customer who ordered in the last year.",
    ),
    Task(
        "spend",
        "orders_365d >= 1",
        "sum(order_placed, amount) - sum(order_refunded, amount)",
        timedelta(days=90),
        words="Money spent within {horizon}, less what is given back, of a customer who ordered in the last year.",
    ),
)


def validate(task: Task, features: Iterable[str]) -> None:
    """Raise ConditionError unless the population is a truth over `features` and the target reads the outcome only."""
    require_population(task.population_node)
    check_truth(task.population_node, Known(dict.fromkeys(features, Kind.NUMBER)))
    if task.horizon <= NO_GAP:
        raise ConditionError(f"task {task.name}: expected a horizon of some days, got {task.horizon_days:g} days.")
    if task.gap < NO_GAP:
        raise ConditionError(f"task {task.name}: expected a gap of no or some days, got {task.gap / DAY:g} days.")
    if task.lookback is not None and task.lookback < task.reach:
        raise ConditionError(
            f"task {task.name}: expected a lookback of at least {task.reach / DAY:g} days, the gap and the horizon of "
            f"one cut-off, got {task.lookback / DAY:g} days."
        )
    require_target(task.target_node)
    _ = task.kind
    if not task.event_types:
        raise ConditionError(
            f"task {task.name}, target: expected something that may come, such as happened(order_placed), "
            f'got "{task.target}".'
        )


def find_task(name: str, tasks: Iterable[Task] = TASKS) -> Task:
    """Return the task called `name`; an unknown one is a ModelError with the nearest known name."""
    known = {task.name: task for task in tasks}
    if name not in known:
        raise ModelError(
            f'There is no task "{name}" among {", ".join(known)}.{did_you_mean(name, known)} See `segcast tasks`.'
        )
    return known[name]
