from datetime import UTC, datetime

import numpy as np
import pytest

from pipeline.shop.calendar import Calendar
from pipeline.shop.campaigns import (
    HELD_OUT_SHARE,
    KNOWN_DAYS,
    OFFER_DAYS,
    Mailings,
    Sendings,
    plan_mailings,
    send,
    treated,
)
from pipeline.shop.consent import EMAIL, Answers, ask
from pipeline.shop.population import Population, draw_population

CALENDAR = Calendar(datetime(2023, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC))
MAILINGS = plan_mailings(CALENDAR)


@pytest.fixture(scope="module")
def people() -> Population:
    return draw_population(np.random.default_rng(1), CALENDAR, 4000)


@pytest.fixture(scope="module")
def sent(people: Population) -> tuple[Sendings, Answers]:
    email = ask(np.random.default_rng(2), EMAIL, people.joined)
    return send(np.random.default_rng(3), MAILINGS, people, email)


def test_offers_never_overlap() -> None:
    assert (np.diff(MAILINGS.starts) > OFFER_DAYS).all()


def test_a_mailing_is_named_after_what_it_is_and_its_date() -> None:
    names = MAILINGS.names(CALENDAR)
    assert len(set(names)) == len(names)
    assert names[:2] == ["offer-2022-01-10", "newsletter-2022-01-21"]


def test_a_share_is_held_out_of_campaigns_at_random_and_of_newsletters_nobody(
    people: Population, sent: tuple[Sendings, Answers]
) -> None:
    sendings, offers = sent[0], MAILINGS.campaign > 0
    listed = sendings.sent | sendings.held_out
    assert sendings.held_out[offers].sum() / listed[offers].sum() == pytest.approx(HELD_OUT_SHARE, abs=0.01)
    assert not sendings.held_out[~offers].any()
    assert not (sendings.sent & sendings.held_out).any()
    appetite = np.broadcast_to(people.appetite, listed.shape)
    assert appetite[sendings.held_out].mean() == pytest.approx(
        appetite[sendings.sent & offers[:, None]].mean(), abs=0.01
    )


def test_nobody_is_mailed_before_signing_up_or_without_a_consent_that_stands(sent: tuple[Sendings, Answers]) -> None:
    sendings, email = sent
    day = MAILINGS.days[:, np.newaxis]
    stands = email.granted & (email.joined < day - KNOWN_DAYS) & (day < email.withdrawn)
    assert ((sendings.sent | sendings.held_out) == stands).all()


def test_fatigue_counts_mails_and_recovers(people: Population) -> None:
    mailings = Mailings(days=np.array([800.0, 800.0, 1090.0]), campaign=np.array([0, 0, 0]))
    email = ask(np.random.default_rng(2), EMAIL, np.zeros(len(people)))
    sendings, after = send(np.random.default_rng(3), mailings, people, email)
    mailed = sendings.sent.all(axis=0)
    np.testing.assert_allclose(sendings.fatigue[:, mailed][:, 0], [1, 2, 1], atol=1e-3)
    assert (after.withdrawn <= email.withdrawn).all()


def test_the_more_mails_of_late_the_more_withdraw(people: Population) -> None:
    lost = []
    for every in (60.0, 5.0):
        mailings = Mailings(days=np.arange(12) * every + 10, campaign=np.zeros(12, np.int64))
        email = ask(np.random.default_rng(2), EMAIL, np.zeros(len(people)))
        lost.append(np.isfinite(send(np.random.default_rng(3), mailings, people, email)[0].annoyed).mean())
    assert lost[1] > 3 * lost[0] > 0


def test_nobody_is_treated_by_no_campaign(sent: tuple[Sendings, Answers]) -> None:
    mine = treated(MAILINGS, sent[0])
    assert mine.shape == (4000, len(MAILINGS.starts) + 1)
    assert not mine[:, 0].any()
