"""What the model of the next category would have said at past moments, beside the simple rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np

from features.vocabulary import Vocabulary
from models.category.evaluation import RESAMPLES, by_row, differences, evaluate_ranking, intervals
from models.category.examples import CategoryExamples, pool
from models.category.model import CategoryModel
from models.category.rules import RULES, Said, rules_say
from models.category.training import train_category
from models.cut_offs import LATER, STACK
from models.judging.bootstrap import Difference
from models.judging.evaluation import Metrics, ReliabilityBin, reliability
from models.link import Floats
from models.tasks import Task
from models.trees import THREADS
from pipeline.errors import NotEnoughDataError


@dataclass(frozen=True)
class JudgedCategories:
    """Rows at later cut-offs with what the model and each rule had said of them."""

    examples: CategoryExamples
    predicted: Floats
    by_rule: Mapping[str, Said]


@dataclass(frozen=True)
class CategoryBacktest:
    """The figures of the model and of the rules on the same later cut-offs.

    `intervals` are the model's own; `differences` are the model's figures minus each rule's, by rule and figure.
    """

    task: Task
    cut_offs: tuple[datetime, ...]
    metrics: Metrics
    intervals: Mapping[str, tuple[float, float]]
    baselines: Mapping[str, Metrics]
    differences: Mapping[str, Mapping[str, Difference]]
    reliability: tuple[ReliabilityBin, ...]
    judged: JudgedCategories

    def to_json(self) -> dict[str, Any]:
        """Return all figures as one object of plain values; NaN as null."""
        return {
            **_plain(self.metrics),
            "intervals": {name: {"low": low, "high": high} for name, (low, high) in self.intervals.items()},
            "baselines": {name: _plain(metrics) for name, metrics in self.baselines.items()},
            "differences": {
                rule: {name: gap.to_json() for name, gap in gaps.items()} for rule, gaps in self.differences.items()
            },
            "task": self.task.name,
            "horizon_days": self.task.horizon_days,
            "cut_offs": [cut_off.isoformat() for cut_off in self.cut_offs],
            "reliability": [[group.predicted, group.observed, group.n] for group in self.reliability],
        }


def backtest_category(
    task: Task,
    examples: CategoryExamples,
    *,
    seed: int,
    vocabulary: Vocabulary,
    later: int = LATER,
    stack: int = STACK,
    threads: int = THREADS,
    resamples: int = RESAMPLES,
) -> CategoryBacktest:
    """Train at each of the latest cut-offs that has earlier ones to learn from, and judge what was predicted there.

    Every cut-off has a model of its own, which saw only outcomes complete by then. Cut-offs with too little to learn
    from are passed over; if all are, the last one's NotEnoughDataError is raised.
    """
    train = partial(train_category, task, seed=seed, vocabulary=vocabulary, stack=stack, threads=threads)
    parts: list[JudgedCategories] = []
    too_little = NotEnoughDataError(f"A backtest of {task.name} expected past cut-offs, got none. Load a longer log.")
    for cut_off in examples.cut_offs[-later:]:
        try:
            parts.append(_judge(train, examples, cut_off, task.reach, stack))
        except NotEnoughDataError as error:
            too_little = error
    if not parts:
        raise too_little
    return _compare(task, _pool(parts), seed, resamples)


def _judge(
    train: Callable[..., CategoryModel], examples: CategoryExamples, as_of: datetime, reach: timedelta, most: int
) -> JudgedCategories:
    """Train as of a moment and predict the rows there; the rules learn from the same rows as the model."""
    model = train(examples.complete_by(as_of, reach), as_of=as_of)
    rows = examples.at(as_of)
    said = rules_say(examples.complete_by(as_of, reach, most=most), rows)
    return JudgedCategories(rows, model.predict_pairs(rows.pairs), said)


def _compare(task: Task, rows: JudgedCategories, seed: int, resamples: int) -> CategoryBacktest:
    bought, customer_id = rows.examples.bought, rows.examples.customer_id
    own = by_row(rows.predicted, rows.predicted, bought)
    return CategoryBacktest(
        task=task,
        cut_offs=rows.examples.cut_offs,
        metrics=evaluate_ranking(rows.predicted, rows.predicted, bought),
        intervals=intervals(own, customer_id, seed=seed, resamples=resamples),
        baselines={name: evaluate_ranking(said.score, said.probability, bought) for name, said in rows.by_rule.items()},
        differences={
            name: differences(
                own, by_row(said.score, said.probability, bought), customer_id, seed=seed, resamples=resamples
            )
            for name, said in rows.by_rule.items()
        },
        reliability=reliability(rows.predicted.ravel(), bought.ravel()),
        judged=rows,
    )


def _pool(parts: Sequence[JudgedCategories]) -> JudgedCategories:
    return JudgedCategories(
        pool([part.examples for part in parts]),
        np.concatenate([part.predicted for part in parts]),
        {
            name: Said(
                np.concatenate([part.by_rule[name].score for part in parts]),
                np.concatenate([part.by_rule[name].probability for part in parts]),
            )
            for name in RULES
        },
    )


def _plain(figures: Metrics) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else value for name, value in figures.items()}
