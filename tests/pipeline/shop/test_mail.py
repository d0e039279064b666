from datetime import UTC, datetime

import numpy as np
import pytest

from pipeline.shop.calendar import Calendar
from pipeline.shop.lives import Lives, Market, live, open_market
from pipeline.shop.mail import Mails, Post, deliver

CALENDAR = Calendar(datetime(2024, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def market() -> Market:
    return open_market(CALENDAR, seed=4)


@pytest.fixture(scope="module")
def lives(market: Market) -> Lives:
    return next(live(market, 6000))


@pytest.fixture(scope="module")
def post(market: Market, lives: Lives) -> Post:
    return deliver(np.random.default_rng(1), market, lives)


def opened_share(post: Post, mask: np.ndarray) -> float:
    opened = set(zip(post.opened.mailing.tolist(), post.opened.customer.tolist(), strict=True))
    mails = post.delivered.where(mask)
    return float(
        np.mean([mail in opened for mail in zip(mails.mailing.tolist(), mails.customer.tolist(), strict=True)])
    )


def test_every_mail_is_delivered_or_bounces(post: Post, market: Market, lives: Lives) -> None:
    logged = market.mailings.days >= CALENDAR.days(CALENDAR.start)
    assert len(post.delivered) + len(post.bounced) == lives.sendings.sent[logged].sum()
    assert 0.005 < len(post.bounced) / len(post.delivered) < 0.03


def test_a_mail_is_clicked_and_passed_on_only_by_those_who_opened_it(post: Post) -> None:
    opened = {(mailing, customer): day for mailing, customer, day in told(post.opened)}
    for mails in (post.clicked, post.forwarded):
        assert len(mails) > 20
        assert all(opened[mailing, customer] < day for mailing, customer, day in told(mails))


def told(mails: Mails) -> list[tuple[int, int, float]]:
    return list(zip(mails.mailing.tolist(), mails.customer.tolist(), mails.days.tolist(), strict=True))


def test_the_weary_open_less(post: Post, lives: Lives) -> None:
    mails = post.delivered
    fatigue = lives.sendings.fatigue[mails.mailing, mails.customer]
    there = lives.orders.left[mails.customer] > mails.days
    assert opened_share(post, there & (fatigue > 1.9)) < 0.85 * opened_share(post, there & (fatigue < 1.1))


def test_those_who_have_left_open_less(post: Post, lives: Lives) -> None:
    there = lives.orders.left[post.delivered.customer] > post.delivered.days
    assert opened_share(post, ~there) < 0.5 * opened_share(post, there)


def test_those_with_an_appetite_open_more(post: Post, lives: Lives) -> None:
    appetite = lives.people.appetite[post.delivered.customer]
    assert opened_share(post, appetite > 0.5) > 3 * opened_share(post, appetite < 0.2)


def test_offers_are_clicked_more_than_newsletters(post: Post, market: Market) -> None:
    offer = market.mailings.campaign > 0
    clicked, opened = offer[post.clicked.mailing], offer[post.opened.mailing]
    assert clicked.sum() / opened.sum() > 1.4 * (~clicked).sum() / (~opened).sum()
