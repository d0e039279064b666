"""What a model would have said at a past moment, held against what then happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from models.baselines import baseline_predictions
from models.bootstrap import RESAMPLES, Difference, ranking_difference
from models.cut_offs import LATER, STACK
from models.evaluation import Metrics, ReliabilityBin, evaluate, reliability
from models.examples import Examples, pool
from models.link import Floats
from models.tasks import Task, TaskKind
from models.training import train
from models.trees import THREADS
from pipeline.errors import NotEnoughDataError


@dataclass(frozen=True)
class Judged:
    """Rows at one or several cut-offs with their outcome and what the model and each rule had predicted."""

    examples: Examples
    predicted: Floats
    by_rule: Mapping[str, Floats]


@dataclass(frozen=True)
class Backtest:
    """The figures of a model and of the simple rules on the same later cut-offs.

    `differences` are the model's AUC (for an amount, its Gini) minus each rule's. `judged` holds
    the rows themselves, and `predictions` shows them as a table.
    """

    task: Task
    cut_offs: tuple[datetime, ...]
    metrics: Metrics
    baselines: Mapping[str, Metrics]
    differences: Mapping[str, Difference]
    reliability: tuple[ReliabilityBin, ...]
    judged: Judged

    @property
    def predictions(self) -> pa.Table:
        """One row a customer and cut-off: customer_id, as_of, probability (or amount) and outcome."""
        matrix = self.judged.examples.matrix
        column = "probability" if self.task.kind is TaskKind.PROBABILITY else "amount"
        return pa.table(
            {
                "customer_id": pa.array(matrix.customer_id, pa.string()),
                "as_of": pa.array(matrix.as_of, pa.timestamp("us")).cast(pa.timestamp("us", "UTC")),
                column: self.judged.predicted,
                "outcome": self.judged.examples.label,
            },
        )

    def to_json(self) -> dict[str, Any]:
        """Return metrics, the rules' metrics and the differences as one object of plain values; NaN as null."""
        kind = self.task.kind
        return {
            **_plain(self.metrics),
            "baselines": {name: _plain(metrics) for name, metrics in self.baselines.items()},
            f"{'auc' if kind is TaskKind.PROBABILITY else 'gini'}_difference": {
                name: _plain(difference.to_json()) for name, difference in self.differences.items()
            },
            "task": self.task.name,
            "horizon_days": self.task.horizon_days,
            "cut_offs": [cut_off.isoformat() for cut_off in self.cut_offs],
            "reliability": [[group.predicted, group.observed, group.n] for group in self.reliability],
        }


def backtest(
    task: Task,
    learned: Examples,
    judged: Examples,
    *,
    as_of: datetime,
    seed: int,
    stack: int = STACK,
    threads: int = THREADS,
    resamples: int = RESAMPLES,
) -> Backtest:
    """Train on the outcomes in `learned` that were complete at `as_of`, judge on the rows of `judged` at `as_of`."""
    return _compare(
        task, [judge(task, learned, judged, as_of=as_of, seed=seed, stack=stack, threads=threads)], seed, resamples
    )


def rolling_backtest(
    task: Task,
    examples: Examples,
    *,
    seed: int,
    later: int = LATER,
    stack: int = STACK,
    threads: int = THREADS,
    resamples: int = RESAMPLES,
) -> Backtest:
    """Backtest at each of the latest cut-offs that has earlier ones to learn from, and pool what was predicted.

    Every cut-off has a model of its own, which saw only outcomes complete by then. Cut-offs with too little to learn
    from are passed over; if all are, the last one's NotEnoughDataError is raised.
    """
    parts: list[Judged] = []
    too_little = NotEnoughDataError(f"A backtest of {task.name} expected past cut-offs, got none. Load a longer log.")
    for cut_off in reversed(examples.matrix.cut_offs[-later:]):
        try:
            parts.append(judge(task, examples, examples, as_of=cut_off, seed=seed, stack=stack, threads=threads))
        except NotEnoughDataError as error:
            too_little = error
    if not parts:
        raise too_little
    return _compare(task, parts[::-1], seed, resamples)


def judge(
    task: Task,
    learned: Examples,
    judged: Examples,
    *,
    as_of: datetime,
    seed: int,
    stack: int = STACK,
    threads: int = THREADS,
) -> Judged:
    """Train as of a moment and predict the rows of `judged` there; the rules learn from the same rows as the model."""
    seen = learned.complete_by(as_of, task.horizon, most=stack)
    rows = judged.at(as_of)
    if not len(rows):
        raise NotEnoughDataError(
            f"A backtest of {task.name} expected customers with {task.population} on {as_of:%Y-%m-%d}, got none. "
            "Choose a moment inside the event log.",
        )
    complete = learned.complete_by(as_of, task.horizon)
    model = train(task, complete, as_of=as_of, seed=seed, stack=stack, threads=threads)
    return Judged(rows, model.predict(rows.matrix, threads=threads), baseline_predictions(task, seen, rows.matrix))


def _compare(task: Task, parts: Sequence[Judged], seed: int, resamples: int) -> Backtest:
    rows = _pool(parts)
    kind, actual = task.kind, rows.examples.label
    customer_id = rows.examples.matrix.customer_id
    return Backtest(
        task=task,
        cut_offs=rows.examples.matrix.cut_offs,
        metrics=evaluate(rows.predicted, actual, kind),
        baselines={name: evaluate(by_rule, actual, kind) for name, by_rule in rows.by_rule.items()},
        differences={
            name: ranking_difference(rows.predicted, by_rule, actual, customer_id, kind, seed=seed, resamples=resamples)
            for name, by_rule in rows.by_rule.items()
        },
        reliability=reliability(rows.predicted, actual),
        judged=rows,
    )


def _pool(parts: Sequence[Judged]) -> Judged:
    rules = parts[0].by_rule
    return Judged(
        pool([part.examples for part in parts]),
        np.concatenate([part.predicted for part in parts]),
        {name: np.concatenate([part.by_rule[name] for part in parts]) for name in rules},
    )


def _plain(figures: Mapping[str, float]) -> dict[str, float | int | None]:
    return {name: None if np.isnan(value) else int(value) if name == "n" else value for name, value in figures.items()}
