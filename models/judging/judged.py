"""What a model would have predicted at a past moment, and what each simple rule would have, beside what came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from models.cut_offs import STACK
from models.examples import Examples, pool
from models.judging.baselines import baseline_predictions
from models.judging.level import Level, expected_level
from models.link import Floats
from models.orders.carrying_over import carried_over
from models.tasks import Task
from models.training import train
from models.trees import THREADS
from pipeline.errors import NotEnoughDataError


@dataclass(frozen=True)
class Judged:
    """Rows at one or several cut-offs with their outcome and what the model and each rule had predicted.

    `levels` are the shares that were expected of whole populations, one a cut-off; none for an amount.
    """

    examples: Examples
    predicted: Floats
    by_rule: Mapping[str, Floats]
    levels: tuple[Level, ...] = ()

    def where(self, mask: npt.NDArray[np.bool_]) -> "Judged":
        """Return the rows for which `mask`, of shape (n,), is true; they are no whole population any more."""
        by_rule = {name: predicted[mask] for name, predicted in self.by_rule.items()}
        return Judged(self.examples.where(mask), self.predicted[mask], by_rule)


def judge(
    task: Task,
    learned: Examples,
    judged: Examples,
    *,
    as_of: datetime,
    seed: int,
    stack: int = STACK,
    threads: int = THREADS,
    taught: Task | None = None,
) -> Judged:
    """Train as of a moment and predict the rows of `judged` there; the rules learn from the same rows as the model.

    `taught` is the task whose labels `learned` has, where that is one of a shorter horizon, to be carried over.
    """
    short = taught or task
    seen = learned.complete_by(as_of, short.reach, most=stack)
    rows = judged.at(as_of)
    if not len(rows):
        raise NotEnoughDataError(
            f"A backtest of {task.name} expected customers with {task.population} on {as_of:%Y-%m-%d}, got none. "
            "Choose a moment inside the event log.",
        )
    complete = learned.complete_by(as_of, short.reach)
    model = train(short, complete, as_of=as_of, seed=seed, stack=stack, threads=threads)
    if short.horizon < task.horizon:
        model = carried_over(model, task, complete)
    predicted = model.predict(rows.matrix, threads=threads)
    level = expected_level(model, seen, predicted, as_of=as_of)
    return Judged(rows, predicted, baseline_predictions(task, seen, rows.matrix), (level,) if level else ())


def pooled(parts: Sequence[Judged]) -> Judged:
    """Return the rows of all parts, one after the other, with the rules that were judged on every one."""
    rules = [name for name in parts[0].by_rule if all(name in part.by_rule for part in parts)]
    return Judged(
        pool([part.examples for part in parts]),
        np.concatenate([part.predicted for part in parts]),
        {name: np.concatenate([part.by_rule[name] for part in parts]) for name in rules},
        tuple(level for part in parts for level in part.levels),
    )
