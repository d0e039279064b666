from dataclasses import replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.catalogue import describe
from features.matrix import FeatureMatrix
from models.examples import Examples
from models.model import Model
from models.reasons.direction import means_leaving
from models.reasons.phrase import Peers, Phrase
from models.reasons.phrases import PHRASES
from models.reasons.plain_phrases import plain_phrase
from models.reasons.pushes import feature_pushes
from models.reasons.reasons import raised, reasons
from models.reasons.wording import Texts, in_words
from models.tasks import Task, TaskKind
from models.training import train
from tests.models.shop import AS_OF, CHURN, TOPICS, cut_offs, shop

SAYABLE = [phrase for phrase in PHRASES if set(phrase.reads) <= set(TOPICS)]  # this shop knows of orders alone
CATALOGUE = {column.name: column for column in describe()}
BUYING = Task("buying", CHURN.population, "happened(order_placed)", CHURN.horizon)
ASKING = Task("asking", CHURN.population, "happened(support_contacted)", CHURN.horizon)
ENDING = Task("ending", CHURN.population, "happened(subscription_cancelled)", CHURN.horizon)


@pytest.fixture(scope="module")
def now(past: Examples) -> FeatureMatrix:
    """Customers at the latest cut-off, with the features as the catalogue defines them."""
    rows = past.matrix.at(cut_offs(1)[0])
    return replace(rows, features=tuple(CATALOGUE[name] for name in rows.names))


def told(model: Model, matrix: FeatureMatrix, currency: str = "£") -> Texts:
    return reasons(model, matrix, model.predict(matrix), currency=currency)


def named(model: Model, matrix: FeatureMatrix) -> list[list[tuple[Phrase, float]]]:
    """For each customer the phrases of the reasons, and how far each one's topic, or feature, pushes the score up."""
    texts, peers = told(model, matrix), Peers(matrix)
    pushes, columns = feature_pushes(model, matrix, threads=1)
    plain = [phrase for column in matrix.features if (phrase := plain_phrase(column))]
    known: list[dict[str, tuple[Phrase, float]]] = [{} for _ in texts]
    for phrase in (*SAYABLE, *plain):
        topic = [name in columns and (TOPICS[name] == phrase.topic) for name in columns]
        own = [name == phrase.reads[0] for name in columns]
        push = pushes[:, topic if phrase.leaving is not None else own].sum(axis=1)
        rows = np.flatnonzero(phrase.holds(peers))
        words = in_words(phrase.words, {name: peers[name][rows] for name in phrase.reads}, "£")
        for row, text in zip(rows, np.broadcast_to(words, rows.shape), strict=True):
            known[row].setdefault(text, (phrase, float(push[row])))
    return [[known[row][text] for text in texts[row] if text] for row in range(len(texts))]


@pytest.mark.parametrize("task", [CHURN, BUYING, ASKING, ENDING], ids=lambda task: task.name)
def test_no_reason_pushes_against_the_score_unless_there_is_no_other(
    churn: Model, now: FeatureMatrix, task: Task
) -> None:
    model = replace(churn, task=task)
    up, meaning = raised(model.predict(now), TaskKind.PROBABILITY), means_leaving(task)
    assert np.all(up[model.predict(now) >= model.predict(now).mean()])
    for row, found in enumerate(named(model, now)):
        for phrase, push in found:
            assert (push > 0) == up[row] or len(found) == 1
            assert phrase.leaving is None or (meaning is not None and phrase.leaving == (up[row] == meaning))
        assert len({phrase.topic for phrase, _ in found}) == len(found)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32 - 1),
    customers=st.integers(2, 40),
    unknown=st.floats(0, 0.5),
    task=st.sampled_from([CHURN, BUYING, ASKING, ENDING]),
)
def test_whoever_is_over_the_average_is_told_what_raises_the_score(
    churn: Model, now: FeatureMatrix, seed: int, customers: int, unknown: float, task: Task
) -> None:
    """Any customers, beside any others, with any of what is known about them unknown."""
    random = np.random.default_rng(seed)
    rows = now.where(np.isin(np.arange(len(now)), random.choice(len(now), customers, replace=False)))
    values = np.where(random.random(rows.values.shape) < unknown, np.nan, rows.values)
    some, model = replace(rows, values=values), replace(churn, task=task)
    predicted = model.predict(some)
    for over, found in zip(predicted > predicted.mean(), named(model, some), strict=True):
        assert not over or all(push > 0 for _, push in found) or len(found) == 1


def test_a_definition_never_says_what_a_phrase_for_the_contrary_would(churn: Model, now: FeatureMatrix) -> None:
    up, peers = raised(churn.predict(now), TaskKind.PROBABILITY), Peers(now)
    against = {
        topic: np.any([p.holds(peers) & (up != p.leaving) for p in SAYABLE if p.topic == topic], axis=0)
        for topic in {phrase.topic for phrase in SAYABLE}
    }
    plain = [
        (row, phrase) for row, found in enumerate(named(churn, now)) for phrase, _ in found if phrase.leaving is None
    ]
    assert plain
    assert not any(against[phrase.topic][row] for row, phrase in plain if phrase.topic in against)


def test_nearly_everybody_has_three_reasons(churn: Model, now: FeatureMatrix) -> None:
    lengths = np.array([len(found) for found in named(churn, now)])
    assert (lengths == 3).mean() > 0.8
    assert (lengths >= 1).all()


def test_an_amount_over_the_average_is_explained_by_what_raises_it(spend: Model, now: FeatureMatrix) -> None:
    predicted = spend.predict(now)
    up = raised(predicted, TaskKind.AMOUNT)
    assert np.all(up[predicted >= predicted.mean()])
    assert 0 < up.mean() < 1
    for row, found in enumerate(named(spend, now)):
        assert all((push > 0) == up[row] for _, push in found) or len(found) == 1


def test_leaving_and_buying_are_told_the_other_way_round(churn: Model, now: FeatureMatrix) -> None:
    """Of the same score, read as a chance of leaving and as one of buying."""
    up = raised(churn.predict(now), TaskKind.PROBABILITY)
    for task, of_leavers in ((CHURN, "No order for "), (BUYING, "Last order ")):
        starts = {str(text)[: len(of_leavers)] for text in told(replace(churn, task=task), now)[up].ravel()}
        assert of_leavers in starts
    as_buyers = told(replace(churn, task=BUYING), now)[up].ravel()
    assert not any(str(text).startswith("No order for ") for text in as_buyers)


def test_a_target_that_takes_no_side_is_explained_by_definitions(churn: Model, now: FeatureMatrix) -> None:
    texts = told(replace(churn, task=ASKING), now)
    assert all(phrase.leaving is None for found in named(replace(churn, task=ASKING), now) for phrase, _ in found)
    assert any(text and ": " in text for text in texts.ravel())


def test_who_is_more_likely_to_leave_than_not_is_never_explained_by_what_keeps_customers(churn: Model) -> None:
    """Also where most customers leave, so that a half is under the average."""
    now = shop(2500, [AS_OF]).matrix
    leavers = now.where(churn.predict(now) >= np.quantile(churn.predict(now), 0.3))
    gloomy = replace(churn, calibration=replace(churn.calibration, intercept=churn.calibration.intercept + 2))
    assert gloomy.predict(leavers).mean() > 0.6
    for likely, found in zip(gloomy.predict(leavers) >= 0.5, named(gloomy, leavers), strict=True):
        if likely:
            assert all(phrase.leaving is not False for phrase, _ in found)


def test_a_longer_silence_speaks_louder_for_leaving(churn: Model) -> None:
    """Of two customers alike but for the wait, the score and the push of recency are no lower for the longer wait."""
    rows = shop(2500, [AS_OF]).matrix
    fresh, silent = (with_value(rows, "days_since_last_order", since) for since in (5, 200))
    assert (churn.predict(silent) >= churn.predict(fresh)).mean() > 0.99
    assert recency(churn, silent).mean() > recency(churn, fresh).mean()


def recency(model: Model, matrix: FeatureMatrix) -> npt.NDArray[np.float64]:
    pushes, columns = feature_pushes(model, matrix, threads=1)
    return pushes[:, [TOPICS[name] == "recency" for name in columns]].sum(axis=1)


def test_the_same_customer_has_the_same_reasons_whatever_the_order_of_rows(churn: Model, now: FeatureMatrix) -> None:
    back = replace(now, customer_id=now.customer_id[::-1], values=now.values[::-1])
    assert told(churn, back)[::-1].tolist() == told(churn, now).tolist()


def test_customers_who_are_many_are_told_in_parts_as_they_would_be_together(
    churn: Model, now: FeatureMatrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = told(churn, now).tolist()
    monkeypatch.setattr("models.reasons.reasons.READ_AT_ONCE", 100)
    assert told(churn, now).tolist() == together


def test_the_currency_stands_before_amounts(churn: Model, past: Examples) -> None:
    texts = told(churn, past.matrix, "EUR ")
    assert any("Spent EUR " in text for text in texts.ravel() if text)


def test_a_thin_model_has_reasons_too() -> None:
    few = shop(450, cut_offs(2))
    model = train(CHURN, few, as_of=AS_OF, seed=0)
    assert model.card.thin
    texts = told(model, few.matrix)
    assert (texts[:, 0] != None).mean() > 0.8  # noqa: E711 - elementwise


def test_nobody_has_no_reasons(churn: Model, past: Examples) -> None:
    assert told(churn, past.matrix.where(np.zeros(len(past), dtype=bool))).shape == (0, 3)


def with_value(matrix: FeatureMatrix, name: str, value: float) -> FeatureMatrix:
    values = matrix.values.copy()
    values[:, matrix.names.index(name)] = value
    return replace(matrix, values=values)


def test_a_topic_without_words_speaks_by_definition_after_those_with_words(churn: Model, now: FeatureMatrix) -> None:
    described = tuple(
        replace(one, topic="weather", definition="Days of silence." if one.name == "days_since_last_order" else "")
        if one.topic == "recency"
        else replace(one, definition="")
        for one in now.features
    )
    texts = told(churn, replace(now, features=described))
    assert not any(text.startswith(("No order", "Last order")) for text in texts.ravel() if text)
    plain = np.array([[text is not None and text.startswith("Days of silence: ") for text in row] for row in texts])
    assert plain.any()
    assert not (plain[:, :-1] & ~plain[:, 1:] & (texts[:, 1:] != None)).any()  # noqa: E711 - elementwise


def test_a_model_of_topics_without_words_and_definitions_has_no_reasons(churn: Model, past: Examples) -> None:
    weather = tuple(replace(one, topic="weather", definition="") for one in past.matrix.features)
    mute = replace(past.matrix, features=weather)
    assert not told(churn, mute).any()


def test_the_horizon_does_not_matter_to_the_direction() -> None:
    assert means_leaving(replace(BUYING, horizon=timedelta(days=7))) is means_leaving(BUYING)
