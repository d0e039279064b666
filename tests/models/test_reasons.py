from dataclasses import replace

import numpy as np

from features.matrix import FeatureMatrix
from models.examples import Examples
from models.model import Model
from models.phrase import Peers
from models.phrases import PHRASES
from models.reasons import reasons
from models.training import train
from tests.models.shop import AS_OF, CHURN, TOPICS, cut_offs, shop

SAYABLE = [phrase for phrase in PHRASES if set(phrase.reads) <= set(TOPICS)]  # this shop knows of orders alone


def test_reasons_are_three_distinct_topics_that_push_the_way_of_the_score(churn: Model, past: Examples) -> None:
    now = past.matrix.at(cut_offs(1)[0])
    texts = reasons(churn, now, currency="£")
    predicted, pushes = churn.predict(now), churn.topics_pushing(now)
    leaving = predicted >= min(predicted.mean(), 0.5)
    peers = Peers(now)
    own = [dict(zip(now.names, row, strict=True)) for row in now.values.tolist()]
    truths = {phrase: phrase.holds(peers) for phrase in SAYABLE}
    for row in range(len(now)):
        topics = []
        for text in filter(None, texts[row]):
            meant = next(
                p for p in SAYABLE if p.leaving == leaving[row] and truths[p][row] and p.words(own[row], "£") == text
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
    for_leaving = [(phrase, phrase.holds(peers)) for phrase in SAYABLE if phrase.leaving]
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


def test_a_topic_without_words_is_passed_over(churn: Model, past: Examples) -> None:
    now = past.matrix.at(cut_offs(1)[0])
    told = tuple(replace(one, topic="weather") if one.topic == "recency" else one for one in now.features)
    without = replace(now, features=told)
    assert "weather" in churn.topics_pushing(without)
    texts = reasons(churn, without, currency="£")
    assert not any(text.startswith(("No order", "Last order")) for text in texts.ravel() if text)
    assert any(texts.ravel())


def test_a_model_of_topics_without_words_has_no_reasons(churn: Model, past: Examples) -> None:
    mute = replace(past.matrix, features=tuple(replace(one, topic="weather") for one in past.matrix.features))
    assert not reasons(churn, mute, currency="£").any()
