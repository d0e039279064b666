"""How far a model can be trusted is said without flattery."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.publish.edition import ModelFacts
from pipeline.publish.report.trust import trust, verdict
from pipeline.publish.report.wording import Wording

WORDS = Wording("GBP", ZoneInfo("UTC"))
MODEL = ModelFacts(
    task="churn",
    version="7",
    trained_as_of=datetime(2010, 9, 1, tzinfo=UTC),
    horizon_days=90,
    kind="probability",
    metrics={"roc_auc": 0.731, "ece": 0.041, "n": 3345.0},
    baselines={"recency": 0.65, "frequency": 0.712},
    difference=(0.019, 0.006, 0.032),
    reliability=((0.1, 0.2, 100), (0.9, 0.8, 400)),
)


@pytest.mark.parametrize(
    ("difference", "says", "tone"),
    [
        ((0.019, 0.006, 0.032), "Better than the best simple rule", "good"),
        ((0.004, -0.007, 0.015), "Not shown to beat the best simple rule", "warn"),
        ((0.004, 0.0, 0.008), "Not shown to beat the best simple rule", "warn"),
        ((-0.02, -0.03, -0.01), "Worse than the best simple rule: prefer the rule", "warn"),
        ((float("nan"), float("nan"), float("nan")), "Not compared with a rule", "none"),
        (None, "Not compared with a rule", "none"),
    ],
)
def test_only_an_interval_above_zero_is_a_win(
    difference: tuple[float, float, float] | None, says: str, tone: str
) -> None:
    assert verdict(replace(MODEL, difference=difference)) == (says, tone)


def test_the_ranking_is_told_beside_the_best_rules() -> None:
    card = trust(MODEL, WORDS)
    assert "73 times in 100; the best simple rule, frequency (number of orders), 71." in card.ranking
    bars = [(bar.name, bar.hits) for bar in card.bars]
    assert bars == [("model", "73.1"), ("frequency", "71.2"), ("recency", "65.0")]


def test_an_interval_that_includes_zero_is_told_as_such() -> None:
    card = trust(replace(MODEL, difference=(0.004, -0.007, 0.015)), WORDS)
    assert "interval \N{MINUS SIGN}0.7 to +1.5, which includes zero" in card.difference


@pytest.mark.parametrize(
    ("error", "says"), [(0.05, "close to what came true"), (0.1, "a rough one"), (0.15, "more than the percentages")]
)
def test_the_calibration_error_decides_how_to_read_a_chance(error: float, says: str) -> None:
    assert says in trust(replace(MODEL, metrics={"ece": error}), WORDS).calibration


def test_a_mark_stands_where_said_and_came_true_meet() -> None:
    low, high = trust(MODEL, WORDS).marks
    assert (low.x, low.y, high.x, high.y) == (20, 160, 180, 40)
    assert high.radius > low.radius
    assert high.label == "said 90%, came true for 80% of 400"


def test_what_was_not_measured_is_left_out() -> None:
    bare = replace(MODEL, metrics={}, baselines={}, difference=None, reliability=())
    card = trust(bare, WORDS)
    assert (card.ranking, card.calibration, card.bars, card.span, card.marks) == ("", "", (), None, ())


def test_an_amount_that_misses_the_total_is_for_ranking_only() -> None:
    spend = replace(MODEL, task="spend", kind="amount", metrics={"total_ratio": 0.5})
    assert "expected 50 for every 100" in trust(spend, WORDS).calibration
    assert "not to plan revenue" in trust(spend, WORDS).calibration


def test_an_amount_is_told_by_its_order_and_its_groups_in_money() -> None:
    spend = replace(
        MODEL,
        task="spend",
        kind="amount",
        metrics={"gini": 0.78, "total_ratio": 0.94},
        baselines={"frequency": 0.7, "last_year": 0.76},
        reliability=((0.4, 0.0, 10), (410.7, 398.1, 10)),
    )
    card = trust(spend, WORDS)
    assert "scores 78 of 100; the best simple rule, the spend of last year carried on, 76." in card.ranking
    assert card.groups == (("£0.40", "£0", "10"), ("£411", "£398", "10"))
    assert card.marks == ()
    assert card.bars[0].length == 78


def test_what_could_not_be_measured_is_left_out_like_what_was_not() -> None:
    nothing = float("nan")
    card = trust(replace(MODEL, metrics={"roc_auc": nothing, "ece": nothing, "n": nothing}), WORDS)
    assert (card.ranking, card.calibration, card.tested_on, card.bars) == ("", "", "", ())
