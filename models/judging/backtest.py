"""The figures of a model that was trained as of a past moment, beside those of simple rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from features.matrix import utc_us
from models.cut_offs import LATER, STACK
from models.examples import Examples
from models.judging.bootstrap import (
    RESAMPLES,
    RESAMPLES_OF_FIGURES,
    Difference,
    figure_intervals,
    ranking_difference,
)
from models.judging.decile_intervals import Intervals, decile_intervals
from models.judging.deciles import deciles
from models.judging.evaluation import Metrics, ReliabilityBin, calibration_slope, distribution, evaluate, reliability
from models.judging.judged import Judged, judge, pooled
from models.judging.level import Level
from models.judging.slices import Groups, Slice, slices
from models.tasks import Task, TaskKind
from models.trees import THREADS
from pipeline.errors import NotEnoughDataError
from pipeline.progress import one_by_one

NO_GROUPS: Groups = {}


@dataclass(frozen=True)
class Backtest:
    """The figures of a model and of the simple rules on the same later cut-offs.

    `differences` are the model's AUC (for an amount, its Gini) minus each rule's, `intervals` those of its own
    figures by name. `judged` holds the rows themselves, and `predictions` shows them as a table.
    """

    task: Task
    cut_offs: tuple[datetime, ...]
    metrics: Metrics
    intervals: Intervals
    baselines: Mapping[str, Metrics]
    differences: Mapping[str, Difference]
    reliability: tuple[ReliabilityBin, ...]
    decile_intervals: tuple[Intervals, ...]
    slices: tuple[Slice, ...]
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
        """Return metrics, the rules' metrics and the differences as one object of plain values; NaN as null.

        `levels` are what was expected of whole populations, cut-off by cut-off, beside what `came`; of a single cut-off
        they stand as `expected_share` with its interval, too.
        """
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
            **self._expected(),
            **self._in_detail(),
        }

    def _expected(self) -> dict[str, Any]:
        levels = self.judged.levels
        alone = levels[0].to_json() if len(levels) == 1 else {}
        return {**alone, "levels": [self._held(level) for level in levels]}

    def _held(self, level: Level) -> dict[str, Any]:
        at = self.judged.examples.matrix.as_of == utc_us(level.as_of)
        came = float(self.judged.examples.label[at].mean())
        return {**level.in_full(), "came": came}

    def _in_detail(self) -> dict[str, Any]:
        predicted, actual, kind = self.judged.predicted, self.judged.examples.label, self.task.kind
        slope = {"calibration_slope": calibration_slope(predicted, actual)} if kind is TaskKind.PROBABILITY else {}
        return {
            **_plain(slope),
            "intervals": _ends(self.intervals),
            "deciles": [
                {**decile.to_json(), "intervals": _ends(intervals)}
                for decile, intervals in zip(deciles(predicted, actual), self.decile_intervals, strict=True)
            ],
            "distribution": [[bar.low, bar.high, bar.n] for bar in distribution(predicted, kind)],
            "slices": [part.to_json() for part in self.slices],
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
    groups: Groups = NO_GROUPS,
    taught: Task | None = None,
) -> Backtest:
    """Train on the outcomes in `learned` that were complete at `as_of`, judge on the rows of `judged` at `as_of`.

    `groups` tell customers apart for the figures by slice, beside what the features tell. `taught` is the task that
    `learned` is labelled for, where that has a shorter horizon.
    """
    part = judge(task, learned, judged, as_of=as_of, seed=seed, stack=stack, threads=threads, taught=taught)
    return compare(task, part, seed=seed, resamples=resamples, groups=groups)


def rolling_backtest(
    task: Task,
    examples: Examples,
    *,
    seed: int,
    later: int = LATER,
    stack: int = STACK,
    threads: int = THREADS,
    resamples: int = RESAMPLES,
    groups: Groups = NO_GROUPS,
) -> Backtest:
    """Backtest at each of the latest cut-offs that has earlier ones to learn from, and pool what was predicted.

    Every cut-off has a model of its own, which saw only outcomes complete by then. Cut-offs with too little to learn
    from are passed over; if all are, the last one's NotEnoughDataError is raised.
    """
    parts: list[Judged] = []
    too_little = NotEnoughDataError(f"A backtest of {task.name} expected past cut-offs, got none. Load a longer log.")
    cut_offs = tuple(reversed(examples.matrix.cut_offs[-later:]))
    for cut_off in one_by_one(cut_offs, lambda cut_off: f"{task.name} as of {cut_off:%Y-%m-%d}"):
        try:
            parts.append(judge(task, examples, examples, as_of=cut_off, seed=seed, stack=stack, threads=threads))
        except NotEnoughDataError as error:
            too_little = error
    if not parts:
        raise too_little
    return compare(task, pooled(parts[::-1]), seed=seed, resamples=resamples, groups=groups)


def compare(task: Task, rows: Judged, *, seed: int, resamples: int, groups: Groups) -> Backtest:
    """Work out every figure of predictions that were made."""
    kind, actual = task.kind, rows.examples.label
    customer_id = rows.examples.matrix.customer_id
    fewer = min(resamples, RESAMPLES_OF_FIGURES)
    return Backtest(
        task=task,
        cut_offs=rows.examples.matrix.cut_offs,
        metrics=evaluate(rows.predicted, actual, kind),
        intervals=figure_intervals(rows.predicted, actual, customer_id, kind, seed=seed, resamples=fewer),
        baselines={name: evaluate(by_rule, actual, kind) for name, by_rule in rows.by_rule.items()},
        differences={
            name: ranking_difference(rows.predicted, by_rule, actual, customer_id, kind, seed=seed, resamples=resamples)
            for name, by_rule in rows.by_rule.items()
        },
        reliability=reliability(rows.predicted, actual),
        decile_intervals=decile_intervals(rows.predicted, actual, customer_id, seed=seed, resamples=fewer),
        slices=slices(rows, kind, groups=groups, seed=seed, resamples=fewer),
        judged=rows,
    )


def _ends(intervals: Intervals) -> dict[str, dict[str, float | None]]:
    return {name: interval.to_json() for name, interval in intervals.items()}


def _plain(figures: Mapping[str, float]) -> dict[str, float | int | None]:
    return {name: None if np.isnan(value) else int(value) if name == "n" else value for name, value in figures.items()}
