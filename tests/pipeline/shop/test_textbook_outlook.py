from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.shop.calendar import DAY, microseconds
from pipeline.shop.textbook.outlook import Known, Outlook, alive, best_outlook, known_at, true_outlook
from pipeline.shop.textbook.parameters import LIVELY
from pipeline.shop.textbook.process import Chunk, Hidden
from pipeline.shop.textbook.simulate import textbook_chunks

END = datetime(2026, 7, 1, tzinfo=UTC)
MOMENT = END - timedelta(days=90)
AHEAD = timedelta(days=90)
NOW = microseconds(MOMENT)


def by_hand(*orders: tuple[int, float, float], stays: tuple[int, ...]) -> Chunk:
    """Return a chunk of orders in order of time: customer, days before the moment, money."""
    customer, before, money = (np.array(column) for column in zip(*orders, strict=True))
    at = NOW - (before * DAY).astype(np.int64)
    joined = np.array([at[customer == one].min() for one in range(len(stays))])
    count = len(stays)
    hidden = Hidden(np.full(count, 0.01), np.full(count, 0.2), np.full(count, 50.0), np.array(stays))
    return Chunk(hidden, joined, customer, at, np.rint(money * 100).astype(np.int64), 0, 0)


def test_a_history_counts_the_orders_before_the_moment():
    chunk = by_hand((0, 100, 10.0), (1, 50, 7.5), (0, 40, 20.0), (0, 10, 60.0), (1, -5, 99.0), stays=(9, 9))
    known = known_at(chunk, MOMENT)
    assert known.customer.tolist() == [0, 1]
    assert known.histories.repeats.tolist() == [2, 0]
    assert known.histories.last.tolist() == [90, 0]
    assert known.histories.age.tolist() == [100, 50]
    assert known.mean_value.tolist() == [30, 7.5]


@pytest.mark.parametrize(("later_us", "repeats"), [(-1, 1), (0, 0), (1, 0)])
def test_an_order_at_the_moment_itself_is_not_known_yet(later_us, repeats):
    chunk = by_hand((0, 100, 10.0), (0, -later_us / DAY, 10.0), stays=(9,))
    chunk.at[1] = NOW + later_us
    assert known_at(chunk, MOMENT).histories.repeats.tolist() == [repeats]


def test_a_customer_who_is_to_come_is_not_known_yet():
    chunk = by_hand((1, 3, 10.0), (0, 0, 10.0), stays=(9, 9))
    assert known_at(chunk, MOMENT).customer.tolist() == [1]


def test_who_has_left_orders_no_more_and_who_is_there_does_at_the_own_rate():
    chunk = by_hand((0, 100, 10.0), (1, 90, 10.0), (0, 80, 10.0), (1, 70, 10.0), stays=(1, 2))
    outlook = true_outlook(chunk, known_at(chunk, MOMENT), AHEAD)
    assert outlook.churn_probability.tolist() == pytest.approx([1, np.exp(-0.9)])
    assert outlook.orders.tolist() == pytest.approx([0, (1 - np.exp(-0.01 * 0.2 * 90)) / 0.2])
    assert outlook.spend.tolist() == pytest.approx([0, 50 * outlook.orders[1]])


@pytest.fixture(scope="module")
def chunk() -> Chunk:
    return next(textbook_chunks(50_000, END - timedelta(days=730), END, seed=11))


@pytest.fixture(scope="module")
def known(chunk: Chunk) -> Known:
    return known_at(chunk, MOMENT)


@pytest.fixture(scope="module")
def came_true(chunk: Chunk, known: Known) -> Outlook:
    later = chunk.at >= NOW
    orders = np.bincount(chunk.customer[later], minlength=len(chunk.joined))[known.customer]
    spent = np.bincount(chunk.customer[later], chunk.cents[later] / 100, len(chunk.joined))[known.customer]
    return Outlook((orders == 0).astype(float), orders.astype(float), spent)


@pytest.fixture(scope="module")
def outlooks(chunk: Chunk, known: Known) -> dict[str, Outlook]:
    return {"truth": true_outlook(chunk, known, AHEAD), "best": best_outlook(known, LIVELY, AHEAD)}


@pytest.mark.parametrize("ceiling", ["truth", "best"])
def test_a_churn_probability_comes_true_as_often_as_it_says_in_every_tenth(outlooks, came_true, ceiling):
    assert_as_often(outlooks[ceiling].churn_probability, came_true.churn_probability)


@pytest.mark.parametrize("figure", ["orders", "spend"])
@pytest.mark.parametrize("ceiling", ["truth", "best"])
def test_what_is_expected_comes_true_on_average_in_every_tenth(outlooks, came_true, ceiling, figure):
    assert_unbiased(getattr(outlooks[ceiling], figure), getattr(came_true, figure))


@pytest.mark.parametrize("figure", ["churn_probability", "orders", "spend"])
def test_the_best_prediction_is_the_mean_of_the_hidden_states_behind_it(outlooks, figure):
    assert_unbiased(getattr(outlooks["best"], figure), getattr(outlooks["truth"], figure))


@pytest.mark.parametrize("ordered", [0, 1, 2, 5])
def test_the_best_prediction_holds_for_each_number_of_orders(outlooks, came_true, known, ordered):
    mine = known.histories.repeats == ordered
    assert mine.sum() > 500
    assert_as_often(outlooks["best"].churn_probability[mine], came_true.churn_probability[mine])


def assert_as_often(probability: np.ndarray, actual: np.ndarray) -> None:
    """Hold each tenth's count to four binomial standard errors, and to one event where hardly any is expected.

    Not to errors estimated from what came true: where nothing does, these say that nothing else could have.
    """
    for group in np.array_split(np.argsort(probability, kind="stable"), 10):
        expected = probability[group]
        assert abs(actual[group].sum() - expected.sum()) <= 4 * np.sqrt((expected * (1 - expected)).sum()) + 1


def assert_unbiased(predicted: np.ndarray, actual: np.ndarray) -> None:
    """Hold each tenth's mean error to four and a half standard errors, as the errors themselves scatter."""
    for group in np.array_split(np.argsort(predicted, kind="stable"), 10):
        error = actual[group] - predicted[group]
        assert abs(error.mean()) <= 4.5 * error.std() / np.sqrt(len(group)) + 1e-9


def test_the_best_prediction_beats_simple_rules_and_the_hidden_state_beats_it(chunk, known, outlooks, came_true):
    histories = known.histories
    active = histories.age - histories.last < 365
    left = came_true.churn_probability[active]
    scores = {
        "truth": outlooks["truth"].churn_probability,
        "best": outlooks["best"].churn_probability,
        "recency": histories.age - histories.last,
        "frequency": -histories.repeats,
        "alive": -alive(chunk, known).astype(float),
    }
    auc = {name: roc_auc_score(left, score[active]) for name, score in scores.items()}
    assert auc["truth"] > auc["best"] + 0.1
    assert auc["best"] > auc["recency"] + 0.02
    assert auc["recency"] > auc["frequency"] + 0.02
    assert auc["truth"] > auc["alive"]
