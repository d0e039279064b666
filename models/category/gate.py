"""Whether a model of the next category goes into service."""

from models.category.backtest import CategoryBacktest
from models.category.evaluation import by_row, differences
from models.category.model import CategoryModel
from models.judging.evaluation import calibration_noise, expected_calibration_error
from models.judging.gate import Verdict, at_level
from models.trees import THREADS
from pipeline.errors import ModelError

DECISIVE = {"hit_rate_1": "hit rate at 1", "mrr": "mean reciprocal rank"}
LARGEST_ERROR = 0.25  # of the share that bought from a category: a quarter more or fewer than were promised


def decide_category(
    backtest: CategoryBacktest,
    champion: CategoryModel | ModelError | None,
    *,
    seasonal: bool,
    seed: int,
    threads: int = THREADS,
) -> Verdict:
    """Judge a challenger by its backtest, and against the champion where a fair comparison exists.

    All must hold: it beats the best of the simple rules beyond noise in one of hit rate at 1 and mean reciprocal rank,
    and is worse than it in neither; it is calibrated; it is not worse than the champion beyond noise. Where the log
    does not reach back to the season a year before the judged cut-offs (not `seasonal`), its level cannot have been
    learned, so calibration is judged once the level is right, and the reasons say so.

    `champion` is None before the first, and the error where the one in service cannot be read any more.
    """
    checks = (
        _beats_rules(backtest),
        _calibrated(backtest, seasonal=seasonal),
        _holds(backtest, champion, seed=seed, threads=threads),
    )
    return Verdict(all(passed for passed, _ in checks), tuple(reason for _, reason in checks))


def best_rule(backtest: CategoryBacktest, figure: str) -> str:
    """Return the rule with the highest figure."""
    return max(backtest.baselines, key=lambda rule: backtest.baselines[rule][figure])


def _beats_rules(backtest: CategoryBacktest) -> tuple[bool, str]:
    gaps = {figure: backtest.differences[best_rule(backtest, figure)][figure] for figure in DECISIVE}
    beats = any(gap.low > 0 for gap in gaps.values()) and not any(gap.high < 0 for gap in gaps.values())
    told = "; ".join(_against(backtest, figure) for figure in DECISIVE)
    return beats, f"It {'beats' if beats else 'does not beat'} the best simple rule beyond noise: {told}."


def _against(backtest: CategoryBacktest, figure: str) -> str:
    rule = best_rule(backtest, figure)
    return (
        f"{DECISIVE[figure]} {backtest.metrics[figure]:.3f} against {backtest.baselines[rule][figure]:.3f} of {rule}, "
        f"{backtest.differences[rule][figure]}"
    )


def _calibrated(backtest: CategoryBacktest, *, seasonal: bool) -> tuple[bool, str]:
    predicted, bought = backtest.judged.predicted.ravel(), backtest.judged.examples.bought.ravel()
    raw = expected_calibration_error(predicted, bought)
    bound = LARGEST_ERROR * float(bought.mean()) + calibration_noise(predicted)
    if seasonal:
        return raw <= bound, f"Its calibration error is {raw:.3f}, at most {bound:.3f} with sampling noise allowed."
    shape = expected_calibration_error(at_level(predicted, bought), bought)
    return shape <= bound, (
        f"Its calibration error is {shape:.3f} once the level is right, at most {bound:.3f} with sampling noise "
        f"allowed; it is {raw:.3f} as predicted, because the log does not reach back to the same season a year "
        "before, and its level cannot be learned: take probabilities as a ranking with a wide margin."
    )


def _holds(
    backtest: CategoryBacktest, champion: CategoryModel | ModelError | None, *, seed: int, threads: int
) -> tuple[bool, str]:
    if champion is None:
        return True, "There is no champion to compare with."
    if isinstance(champion, ModelError):
        return True, f"It is not compared with the champion, which cannot be used any more. {champion}"
    examples, trained = backtest.judged.examples, champion.card.trained_as_of
    if champion.among != examples.among:
        return True, "It is not compared with the champion, which tells other categories apart."
    later = examples.after(trained)
    if not later.any():
        return True, (
            f"It is not compared with the champion, which was trained as of {trained:%Y-%m-%d}, after every judged "
            "cut-off: a comparison there would favour the champion."
        )
    rows, predicted = examples.where(later), backtest.judged.predicted[later]
    before = champion.predict_pairs(rows.pairs, threads=threads)
    gap = differences(
        by_row(predicted, predicted, rows.bought), by_row(before, before, rows.bought), rows.customer_id, seed=seed
    )["mrr"]
    return gap.high >= 0, (
        f"It is {'worse' if gap.high < 0 else 'not worse'} than the champion beyond noise on {len(rows)} rows at "
        f"cut-offs after the champion was trained: {DECISIVE['mrr']} {gap}."
    )
