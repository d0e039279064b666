"""Whether a challenger goes into service: the one door to the alias `champion`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix, utc_us
from models.backtest import Backtest
from models.baselines import GATE_RULES, LAST_YEAR
from models.bootstrap import Difference, ranking_difference
from models.evaluation import calibration_noise, expected_calibration_error
from models.link import link, unlink
from models.model import Model
from models.season import level_shift, season_known
from models.tasks import TaskKind
from models.trees import THREADS
from pipeline.errors import ModelError

Reread = Callable[[Model, FeatureMatrix], FeatureMatrix]

LARGEST_ECE = 0.06  # on average six customers in a hundred more or fewer than promised
TOTAL_RATIO = (0.8, 1.2)  # predicted over actual total of an amount


@dataclass(frozen=True)
class Verdict:
    """Promote or not, and every reason as a sentence, the ones that only inform among them."""

    promote: bool
    reasons: tuple[str, ...]


def unchanged(_: Model, judged: FeatureMatrix) -> FeatureMatrix:
    """Return the judged rows as they are, for a champion that reads features in the same vocabulary."""
    return judged


def decide(
    backtest: Backtest,
    champion: Model | ModelError | None,
    *,
    start_of_log: datetime,
    seed: int,
    threads: int = THREADS,
    reread: Reread = unchanged,
) -> Verdict:
    """Judge a challenger by its rolling backtest, and against the champion where a fair comparison exists.

    All must hold: it beats the better of recency and frequency beyond noise on later cut-offs, and for an amount is no
    worse than last year's; it is calibrated; it is not worse than the champion beyond noise. Where the log does not
    reach back to the season a year before the first judged cut-off, its level cannot have been learned, so calibration
    is judged on its shape, after one shift of level, and the reasons say so.

    `champion` is None before the first, and the error where the one in service cannot be read any more. `reread` gives
    it the judged rows with features in its own vocabulary.
    """
    checks = (
        _beats_rules(backtest),
        _calibrated(backtest, seasonal=season_known(min(backtest.cut_offs), start_of_log)),
        _holds_against_champion(backtest, champion, reread, seed=seed, threads=threads),
    )
    return Verdict(all(passed for passed, _ in checks), tuple(reason for _, reason in checks))


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
    model, simple = backtest.metrics[figure], backtest.baselines[rule][figure]
    return f"{_name(figure)} {model:.3f} against {simple:.3f}, {_interval(backtest.differences[rule])}"


def _calibrated(backtest: Backtest, *, seasonal: bool) -> tuple[bool, str]:
    if backtest.task.kind is TaskKind.AMOUNT:
        return _total_kept(backtest, seasonal=seasonal)
    predicted, actual = backtest.judged.predicted, backtest.judged.examples.label
    raw = expected_calibration_error(predicted, actual)
    bound = LARGEST_ECE + calibration_noise(predicted)
    if seasonal:
        return raw <= bound, f"Its calibration error is {raw:.3f}, at most {bound:.3f} with sampling noise allowed."
    shape = expected_calibration_error(at_level(predicted, actual), actual)
    return shape <= bound, (
        f"Its calibration error is {shape:.3f} once the level is right, at most {bound:.3f} with sampling noise "
        f"allowed; it is {raw:.3f} as predicted, because the log does not reach back to the same season "
        "a year before, and its level cannot be learned: take probabilities as a ranking with a wide margin."
    )


def _total_kept(backtest: Backtest, *, seasonal: bool) -> tuple[bool, str]:
    ratio, (low, high) = backtest.metrics["total_ratio"], TOTAL_RATIO
    kept = low <= ratio <= high
    sentence = f"It predicts {ratio:.2f} times the actual total, where {low} to {high} is kept to"
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


def _holds_against_champion(
    backtest: Backtest, champion: Model | ModelError | None, reread: Reread, *, seed: int, threads: int
) -> tuple[bool, str]:
    if champion is None:
        return True, "There is no champion to compare with."
    if isinstance(champion, ModelError):
        return True, f"It is not compared with the champion, which cannot be used any more. {champion}"
    trained = champion.card.trained_as_of
    rows = backtest.judged.examples.matrix.as_of >= utc_us(trained)
    if not rows.any():
        return True, (
            f"It is not compared with the champion, which was trained as of {trained:%Y-%m-%d}, after every judged "
            "cut-off: a comparison there would favour the champion."
        )
    judged = backtest.judged.examples.where(rows)
    gap = ranking_difference(
        backtest.judged.predicted[rows],
        champion.predict(reread(champion, judged.matrix), threads=threads),
        judged.label,
        judged.matrix.customer_id,
        backtest.task.kind,
        seed=seed,
    )
    worse = gap.high < 0
    return not worse, (
        f"It is {'worse' if worse else 'not worse'} than the champion beyond noise on {int(rows.sum())} rows at "
        f"cut-offs after the champion was trained: {_name(ranking_figure(backtest.task.kind))} {_interval(gap)}."
    )


def ranking_figure(kind: TaskKind) -> str:
    """Return the metric by which models of a kind are ranked."""
    return "roc_auc" if kind is TaskKind.PROBABILITY else "gini"


def _name(figure: str) -> str:
    return {"roc_auc": "AUC", "gini": "Gini"}[figure]


def _interval(gap: Difference) -> str:
    return f"difference {gap.difference:+.3f} (95 % interval {gap.low:+.3f} to {gap.high:+.3f})"
