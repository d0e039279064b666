"""Whether a challenger goes into service: the one door to the alias `champion`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from models.judging.backtest import Backtest
from models.judging.baselines import GATE_RULES, LAST_YEAR
from models.judging.challenge import Challenge, Reread, resolve, unchanged
from models.judging.digits import told_apart
from models.judging.evaluation import calibration_noise, expected_calibration_error
from models.judging.slices import Slice
from models.link import link, unlink
from models.model import Model
from models.season import level_shift, season_known
from models.tasks import TaskKind
from models.trees import THREADS
from pipeline.errors import ModelError

LARGEST_ECE = 0.06  # on average six customers in a hundred more or fewer than promised
TOTAL_RATIO = (0.8, 1.2)  # predicted over actual total of an amount


@dataclass(frozen=True)
class Verdict:
    """Promote or not, and every reason as a sentence, the ones that only inform among them.

    `challenge` is how the challenger met the champion; null where there was none to meet.
    """

    promote: bool
    reasons: tuple[str, ...]
    challenge: Challenge | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the decision, its reasons, and the comparison with the champion; null without one."""
        met = self.challenge.to_json() if self.challenge else None
        return {"promote": self.promote, "reasons": list(self.reasons), "champion": met}


def decide(
    backtest: Backtest,
    champion: Model | ModelError | None,
    *,
    start_of_log: datetime,
    seed: int,
    challenger: Model | None = None,
    threads: int = THREADS,
    reread: Reread = unchanged,
) -> Verdict:
    """Judge a challenger by its rolling backtest, and against the champion on the same later cut-offs.

    All must hold: it beats the better of recency and frequency beyond noise on later cut-offs, and for an amount is no
    worse than last year's; it is calibrated; and it deserves the champion's place, as `challenge.face` tells. Where the
    log does not reach back to the season a year before the first judged cut-off, its level cannot have been learned, so
    calibration is judged on its shape, after one shift of level, and the reasons say so. Customers among whom a simple
    rule does better are named, and that alone refuses nothing.

    `champion` is None before the first, and the error where the one in service cannot be read any more. `reread` gives
    it the judged rows with features in its own vocabulary. `challenger` is the model itself; without it, being simpler
    does not speak for it, and its age is that of the last outcome judged.
    """
    takes, why, met = resolve(backtest, champion, challenger, seed=seed, reread=reread, threads=threads)
    checks = (
        _beats_rules(backtest),
        _calibrated(backtest, seasonal=season_known(min(backtest.cut_offs), start_of_log)),
        (takes, why),
    )
    lost = tuple(_lost(part, backtest.task.kind) for part in backtest.slices if part.loses)
    return Verdict(all(passed for passed, _ in checks), (*(reason for _, reason in checks), *lost), met)


def _lost(part: Slice, kind: TaskKind) -> str:
    figure = ranking_figure(kind)
    model, simple = told_apart(part.metrics[figure], part.rule_metrics[figure])
    return (
        f"Among {part.title} ({part.customers:,} customers) it loses to {part.rule} beyond noise: "
        f"{_name(figure)} {model} against {simple}, {part.difference}."
    )


def _beats_rules(backtest: Backtest) -> tuple[bool, str]:
    figure = ranking_figure(backtest.task.kind)
    rule = max(GATE_RULES, key=lambda name: backtest.baselines[name][figure])
    beats = backtest.differences[rule].low > 0
    verb = "beats" if beats else "does not beat"
    against_rule = (
        f"It {verb} {rule}, the better of {' and '.join(GATE_RULES)}, beyond noise: {_against(backtest, rule)}."
    )
    if backtest.task.kind is TaskKind.PROBABILITY:
        return beats, against_rule
    worse = backtest.differences[LAST_YEAR].high < 0
    held = "worse" if worse else "no worse"
    carried_on = f"Against last year's spend carried on it is {held} beyond noise: {_against(backtest, LAST_YEAR)}."
    return beats and not worse, f"{against_rule} {carried_on}"


def _against(backtest: Backtest, rule: str) -> str:
    figure = ranking_figure(backtest.task.kind)
    model, simple = told_apart(backtest.metrics[figure], backtest.baselines[rule][figure])
    return f"{_name(figure)} {model} against {simple}, {backtest.differences[rule]}"


def _calibrated(backtest: Backtest, *, seasonal: bool) -> tuple[bool, str]:
    if backtest.task.kind is TaskKind.AMOUNT:
        return _total_kept(backtest, seasonal=seasonal)
    predicted, actual = backtest.judged.predicted, backtest.judged.examples.label
    raw = expected_calibration_error(predicted, actual)
    bound = LARGEST_ECE + calibration_noise(predicted)
    if seasonal:
        error, most = told_apart(raw, bound)
        return raw <= bound, f"Its calibration error is {error}, at most {most} with sampling noise allowed."
    shape = expected_calibration_error(at_level(predicted, actual), actual)
    error, most = told_apart(shape, bound)
    return shape <= bound, (
        f"Its calibration error is {error} once the level is right, at most {most} with sampling noise "
        f"allowed; it is {raw:.3f} as predicted, because the log does not reach back to the same season "
        "a year before, and its level cannot be learned: take probabilities as a ranking with a wide margin."
    )


def _total_kept(backtest: Backtest, *, seasonal: bool) -> tuple[bool, str]:
    ratio, (low, high) = backtest.metrics["total_ratio"], TOTAL_RATIO
    kept = low <= ratio <= high
    told, _ = told_apart(ratio, low if ratio < 1 else high, digits=2)
    sentence = f"It predicts {told} times the actual total, where {low} to {high} is kept to"
    if seasonal or kept:
        return kept, f"{sentence}."
    return True, (
        f"{sentence}, but the log does not reach back to the same season a year before, "
        "and its level cannot be learned: take amounts as a ranking with a wide margin."
    )


def at_level(predicted: npt.NDArray[np.float64], actual: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return probabilities moved by one constant on the logit scale so that their mean is that of `actual`."""
    scores = link(predicted, TaskKind.PROBABILITY)
    return unlink(scores + level_shift(scores, actual, TaskKind.PROBABILITY), TaskKind.PROBABILITY)


def ranking_figure(kind: TaskKind) -> str:
    """Return the metric by which models of a kind are ranked."""
    return "roc_auc" if kind is TaskKind.PROBABILITY else "gini"


def _name(figure: str) -> str:
    return {"roc_auc": "AUC", "gini": "Gini"}[figure]
