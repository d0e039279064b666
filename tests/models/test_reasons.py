from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from features.matrix import FeatureMatrix
from models.examples import Examples
from models.model import Model
from models.phrases import PHRASES, Peers
from models.reasons import reasons
from models.training import train
from tests.models.shop import AS_OF, CHURN, cut_offs, matrix_of, shop

FAITHFUL = {
    "days_since_last_order": 74, "days_since_first_order": 400, "orders_365d": 12, "orders_lifetime": 14,
    "order_gap_mean_days": 21, "order_gap_last_days": 51, "order_gap_widening": 51 / 21, "overdue_ratio": 74 / 21,
    "revenue_90d": 38, "revenue_365d": 1200, "revenue_trend_90d": 0.38, "products_365d": 1,
}  # fmt: skip
ONCE = {"days_since_last_order": 58, "days_since_first_order": 58, "orders_365d": 1, "orders_lifetime": 1}


def said(row: Mapping[str, float], topic: str, *, leaving: bool) -> str | None:
    """The first phrase that holds for a customer beside two ordinary ones."""
    usual = {"days_since_last_order": 40, "days_since_first_order": 200, "orders_365d": 4, "revenue_365d": 300}
    peers = Peers(matrix_of([row, usual, usual]))
    for phrase in PHRASES:
        if phrase.topic == topic and phrase.leaving is leaving and phrase.holds(peers)[0]:
            return phrase.words(row, "£")
    return None


@pytest.mark.parametrize(
    ("row", "topic", "leaving", "words"),
    [
        (FAITHFUL, "recency", True, "No order for 74 days, usually every 21"),
        (ONCE, "recency", True, "No order for 58 days"),
        (ONCE, "frequency", True, "Only one order so far"),
        (FAITHFUL, "cadence", True, "Gap between orders growing: last 51 days, usually 21"),
        (FAITHFUL, "trend", True, "Spend down 62 % on the 90 days before"),
        (FAITHFUL, "value", False, "Spent £1,200 in the last year, more than most"),
        (FAITHFUL, "frequency", False, "12 orders in the last year"),
        (FAITHFUL, "breadth", True, "Only 1 different product in the last year"),
        (FAITHFUL, "frequency", True, None),
        (ONCE, "cadence", True, None),
        (ONCE, "tenure", True, "New: first order 58 days ago"),
        ({**ONCE, "days_since_first_order": 61}, "tenure", True, None),
    ],
)
def test_a_phrase_carries_the_customers_own_numbers(
    row: Mapping[str, float],
    topic: str,
    leaving: bool,  # noqa: FBT001 - a column of the table above
    words: str | None,
) -> None:
    assert said(row, topic, leaving=leaving) == words


def test_reasons_are_three_distinct_topics_that_push_the_way_of_the_score(churn: Model, past: Examples) -> None:
    now = past.matrix.at(cut_offs(1)[0])
    texts = reasons(churn, now, currency="£")
    predicted, pushes = churn.predict(now), churn.topics_pushing(now)
    leaving = predicted >= min(predicted.mean(), 0.5)
    peers = Peers(now)
    own = [dict(zip(now.names, row, strict=True)) for row in now.values.tolist()]
    truths = {phrase: phrase.holds(peers) for phrase in PHRASES}
    for row in range(len(now)):
        topics = []
        for text in filter(None, texts[row]):
            meant = next(
                p for p in PHRASES if p.leaving == leaving[row] and truths[p][row] and p.words(own[row], "£") == text
            )
            with_score = (pushes[meant.topic][row] > 0) == leaving[row]
            assert with_score or list(filter(None, texts[row])) == [text]
            topics.append(meant.topic)
        assert len(topics) == len(set(topics))
    assert (texts[:, 0] != None).mean() > 0.95  # noqa: E711 - elementwise


def test_who_is_more_likely_to_leave_than_not_is_never_explained_by_what_keeps_customers(churn: Model) -> None:
    """Also where most customers leave, so that a half is under the average."""
    now = shop(2500, [AS_OF]).matrix
    leavers = now.where(churn.predict(now) >= np.quantile(churn.predict(now), 0.3))
    gloomy = replace(churn, calibration=replace(churn.calibration, intercept=churn.calibration.intercept + 2))
    assert gloomy.predict(leavers).mean() > 0.6
    peers = Peers(leavers)
    own = [dict(zip(leavers.names, row, strict=True)) for row in leavers.values.tolist()]
    for_leaving = [(phrase, phrase.holds(peers)) for phrase in PHRASES if phrase.leaving]
    texts = reasons(gloomy, leavers, currency="£")
    for row in np.flatnonzero(gloomy.predict(leavers) >= 0.5):
        allowed = {phrase.words(own[row], "£") for phrase, holds in for_leaving if holds[row]}
        assert set(filter(None, texts[row])) <= allowed


def test_a_longer_silence_speaks_louder_for_leaving(churn: Model) -> None:
    """Of two customers alike but for the wait, the score and the recency push of the longer wait are no lower."""
    rows = shop(2500, [AS_OF]).matrix
    since = rows.names.index("days_since_last_order")
    fresh, silent = _with(rows, since, 5), _with(rows, since, 200)
    assert (churn.predict(silent) >= churn.predict(fresh)).mean() > 0.99
    gap = churn.topics_pushing(silent)["recency"] - churn.topics_pushing(fresh)["recency"]
    assert gap.mean() > 0


def test_the_same_customer_has_the_same_reasons_whatever_the_order_of_rows(churn: Model, past: Examples) -> None:
    now = past.matrix.at(cut_offs(1)[0])
    back = replace(now, customer_id=now.customer_id[::-1], values=now.values[::-1])
    assert reasons(churn, back, currency="£")[::-1].tolist() == reasons(churn, now, currency="£").tolist()


def test_the_currency_stands_before_amounts(churn: Model, past: Examples) -> None:
    texts = reasons(churn, past.matrix, currency="EUR ")
    assert any("Spent EUR " in text for text in texts.ravel() if text)


def test_a_thin_model_has_reasons_too() -> None:
    few = shop(450, cut_offs(2))
    model = train(CHURN, few, as_of=AS_OF, seed=0)
    assert model.card.thin
    texts = reasons(model, few.matrix, currency="£")
    assert (texts[:, 0] != None).mean() > 0.8  # noqa: E711 - elementwise


def test_nobody_has_no_reasons(churn: Model, past: Examples) -> None:
    assert reasons(churn, past.matrix.where(np.zeros(len(past), dtype=bool)), currency="£").shape == (0, 3)


def _with(matrix: FeatureMatrix, column: int, value: float) -> FeatureMatrix:
    values = matrix.values.copy()
    values[:, column] = value
    return replace(matrix, values=values)
