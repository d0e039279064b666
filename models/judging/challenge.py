"""A challenger held against the champion on the same later rows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from features.matrix import FeatureMatrix, utc_us
from models.judging.backtest import Backtest
from models.judging.bootstrap import RESAMPLES, Difference, calibration_difference, ranking_difference
from models.judging.evaluation import Metrics, evaluate
from models.model import Model
from models.tasks import TaskKind
from models.trees import THREADS
from pipeline.errors import ModelError

Reread = Callable[[Model, FeatureMatrix], FeatureMatrix]

OLDEST = timedelta(days=90)
"""A champion older than this gives way to a challenger that is no worse: customers change, and a model does not."""
SIMPLER = 0.9
"""Up to this share of the champion's columns a challenger is the simpler one: a column or two fewer is chance."""


@dataclass(frozen=True)
class Challenge:
    """The challenger minus the champion on the rows that both predicted.

    `ranking` is the difference in AUC (for an amount, in Gini), `calibration` that in calibration error (for an
    amount, in the error of the total), below zero being better. Where `fair` is false the champion had learned from
    outcomes in the rows' own time, since no cut-off is late enough: only a challenger better even so says anything.
    """

    fair: bool
    rows: int
    champion: Metrics
    challenger: Metrics
    ranking: Difference
    calibration: Difference

    def to_json(self) -> dict[str, Any]:
        """Return everything by name, NaN as null."""
        return {
            "fair": self.fair,
            "rows": self.rows,
            "champion": _plain(dict(self.champion)),
            "challenger": _plain(dict(self.challenger)),
            "ranking_difference": _plain(self.ranking.to_json()),
            "calibration_difference": _plain(self.calibration.to_json()),
        }


def unchanged(_: Model, judged: FeatureMatrix) -> FeatureMatrix:
    """Return the judged rows as they are, for a champion that reads features in the same vocabulary."""
    return judged


def challenge(
    backtest: Backtest,
    champion: Model,
    *,
    seed: int,
    reread: Reread = unchanged,
    threads: int = THREADS,
    resamples: int = RESAMPLES,
) -> Challenge:
    """Compare on the cut-offs since the champion was trained; where there are none, on all, which is not fair.

    `reread` gives the champion the judged rows with features in its own vocabulary.
    """
    since = backtest.judged.examples.matrix.as_of >= utc_us(champion.card.trained_as_of)
    judged = backtest.judged.where(since if since.any() else np.ones(len(since), dtype=np.bool_))
    actual, customer_id, kind = judged.examples.label, judged.examples.matrix.customer_id, backtest.task.kind
    theirs = champion.predict(reread(champion, judged.examples.matrix), threads=threads)
    both = (judged.predicted, theirs, actual, customer_id, kind)
    return Challenge(
        fair=bool(since.any()),
        rows=len(actual),
        champion=evaluate(theirs, actual, kind),
        challenger=evaluate(judged.predicted, actual, kind),
        ranking=ranking_difference(*both, seed=seed, resamples=resamples),
        calibration=calibration_difference(*both, seed=seed, resamples=resamples),
    )


def face(met: Challenge, kind: TaskKind, champion: Model, *, now: datetime, columns: int | None) -> tuple[bool, str]:
    """Say whether a challenger that reads so many columns takes the champion's place, and why, in a sentence.

    It must rank better beyond noise; or no worse, and then read at least a tenth fewer columns, or be better calibrated
    beyond noise, or meet a champion over 90 days old.
    """
    figure = "AUC" if kind is TaskKind.PROBABILITY else "Gini"
    said = f"{figure} {met.ranking} on {met.rows:,} rows"
    old = now - champion.card.trained_as_of > OLDEST
    if not met.fair:
        return _face_unfairly(met, champion, said, old=old)
    at = f"{said} at cut-offs since the champion was trained"
    if met.ranking.low > 0:
        return True, f"It is better than the champion beyond noise: {at}."
    if met.ranking.high < 0:
        return False, f"It is worse than the champion beyond noise: {at}."
    merit = _merit(met, champion, old=old, columns=columns)
    if merit:
        return True, f"It is as good as the champion: {at}. {merit}"
    return False, (
        f"It is as good as the champion: {at}. It is neither simpler nor better calibrated beyond noise, "
        f"and the champion is not yet {OLDEST.days} days old: the champion stays."
    )


def _face_unfairly(met: Challenge, champion: Model, said: str, *, old: bool) -> tuple[bool, str]:
    trained = f"{champion.card.trained_as_of:%Y-%m-%d}"
    if met.ranking.low > 0:
        return True, (
            f"It is better than the champion beyond noise, though the champion of {trained} had learned from outcomes "
            f"of the same time: {said}."
        )
    no_fair = f"No fair comparison with the champion is possible yet: it was trained as of {trained}, after every"
    if old:
        return True, f"{no_fair} judged cut-off. It is over {OLDEST.days} days old, and gives way."
    return False, f"{no_fair} judged cut-off, and a comparison there would favour it: {said}. The champion stays."


def _merit(met: Challenge, champion: Model, *, old: bool, columns: int | None) -> str:
    """Return what speaks for a challenger that ranks as well, empty for nothing."""
    if columns is not None and columns <= SIMPLER * len(champion.features):
        return f"It is simpler: it reads {columns} columns, the champion {len(champion.features)}."
    if met.calibration.high < 0:
        return f"It is better calibrated beyond noise: calibration error {met.calibration}."
    if old:
        return f"The champion is over {OLDEST.days} days old, and gives way."
    return ""


def resolve(
    backtest: Backtest,
    champion: Model | ModelError | None,
    challenger: Model | None,
    *,
    seed: int,
    reread: Reread,
    threads: int,
) -> tuple[bool, str, Challenge | None]:
    """Say whether the challenger takes the place, why, and on which figures; null figures where there is no contest."""
    if champion is None:
        return True, "There is no champion to compare with.", None
    if isinstance(champion, ModelError):
        return True, f"It is not compared with the champion, which cannot be used any more. {champion}", None
    met = challenge(backtest, champion, seed=seed, reread=reread, threads=threads)
    known = max(backtest.cut_offs) + backtest.task.reach
    now = challenger.card.trained_as_of if challenger else known
    columns = len(challenger.features) if challenger else None
    return *face(met, backtest.task.kind, champion, now=now, columns=columns), met


def _plain(figures: dict[str, float]) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else value for name, value in figures.items()}
