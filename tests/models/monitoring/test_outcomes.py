import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.judging.evaluation import evaluate, reliability
from models.monitoring.outcomes import about_outcome, auc_error, total_error
from models.tasks import TaskKind
from pipeline.events.quality.finding import Finding
from tests.models.shop import AS_OF

CARD = {"backtest": {"intervals": {"roc_auc": {"low": 0.72, "high": 0.78}}}}
TOLD = np.random.default_rng(5).uniform(0.02, 0.98, 3_000)


def found(predicted: np.ndarray, chances: np.ndarray) -> list[Finding]:
    """What is said of predictions after which things came with these chances."""
    came = (np.random.default_rng(7).random(len(chances)) < chances).astype(np.float64)
    figures = evaluate(predicted, came, TaskKind.PROBABILITY)
    groups = tuple((one.predicted, one.observed, one.n) for one in reliability(predicted, came))
    return list(about_outcome("churn", CARD, AS_OF, figures, groups))


def test_what_came_as_it_was_said_is_no_finding() -> None:
    assert found(TOLD, TOLD) == []


def test_a_level_that_is_off_for_everybody_is_no_matter_of_shape() -> None:
    assert found(TOLD * 0.8, TOLD * 0.8 + 0.1) == []


def test_customers_ranked_by_chance_alone_are_severe() -> None:
    told = found(TOLD, np.full(len(TOLD), 0.5))
    ranked = next(one for one in told if "ranked 3,000 customers worse than promised" in one.sentence)
    assert (ranked.severity, ranked.about) == ("severe", "came out")
    assert "in its backtest at least 0.720" in ranked.sentence


def test_few_customers_prove_nothing() -> None:
    assert found(TOLD[:25], TOLD[:25][::-1]) == []


def test_probabilities_that_are_surer_than_is_due_are_found() -> None:
    (off,) = (one for one in found(TOLD, 0.5 + (TOLD - 0.5) / 2) if "off" in one.figures)
    assert off.severity == "warning"
    assert "said probabilities that were off by 0.1" in off.sentence


@pytest.mark.parametrize(
    ("ratio", "severity"),
    [(1.0, None), (1.49, None), (1.6, "warning"), (0.5, "warning"), (2.6, "severe"), (0.3, "severe")],
)
def test_an_amount_far_from_what_came_is_found(ratio: float, severity: str | None) -> None:
    figures = {"total_ratio": ratio, "total_error": 0.05}
    told = list(about_outcome("spend", CARD, AS_OF, figures, [(10.0, 10.0, 900)]))
    assert [one.severity for one in told] == ([severity] if severity else [])


def spent(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What is rightly expected of customers, a tenth of whom buy at all, and what they then spent."""
    random = np.random.default_rng(seed)
    chances = random.beta(0.5, 4.5, customers)
    return chances * 60 * np.exp(0.5), random.binomial(1, chances) * random.lognormal(np.log(60), 1.0, customers)


def of_amounts(predicted: np.ndarray, actual: np.ndarray) -> list[Finding]:
    figures = {
        "total_ratio": predicted.sum() / actual.sum(),
        "total_error": total_error(predicted, actual),
    }
    return list(about_outcome("spend", CARD, AS_OF, figures, [(10.0, 10.0, len(actual))]))


def test_perfect_predictions_of_few_amounts_may_be_far_off_by_chance() -> None:
    shops = [spent(50, seed) for seed in range(200)]
    far = [predicted.sum() / actual.sum() for predicted, actual in shops if actual.any()]
    assert np.mean([not 1 / 1.5 < ratio < 1.5 for ratio in far]) > 0.3
    assert [one for predicted, actual in shops if actual.any() for one in of_amounts(predicted, actual)] == []


@pytest.mark.parametrize(("customers", "severity"), [(3_000, "severe"), (290, "warning")])
def test_an_amount_far_from_what_came_is_severe_of_many_customers_only(customers: int, severity: str) -> None:
    predicted, actual = spent(customers, 1)
    assert [one.severity for one in of_amounts(predicted * 5, actual)] == [severity]


def test_where_nothing_came_no_total_has_an_error() -> None:
    assert np.isnan(total_error(np.ones(9), np.zeros(9)))


def test_a_card_without_a_backtest_promises_nothing() -> None:
    figures = {"roc_auc": 0.5, "base_rate": 0.5}
    assert list(about_outcome("churn", {}, AS_OF, figures, [(0.5, 0.5, 9_000)])) == []


def test_the_error_of_an_auc_is_that_of_many_draws() -> None:
    random = np.random.default_rng(11)
    drawn = []
    for _ in range(120):
        came = random.random(400) < 0.3
        drawn.append(roc_auc_score(came, random.normal(came * 1.0, 1.0)))
    assert auc_error(float(np.mean(drawn)), 0.3, 400) == pytest.approx(np.std(drawn), rel=0.25)
