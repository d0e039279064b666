"""What was unlike before and is over is no finding of tonight's, though a span of weeks still shows it."""

from datetime import timedelta

import numpy as np
import pytest

from pipeline.events.quality.amounts import about_amounts
from pipeline.events.quality.answers import about_answers
from pipeline.events.quality.fields import about_fields
from pipeline.events.quality.lately import DAYS, Lately
from tests.rows import AS_OF

DAY = timedelta(days=1)
OVER = [(1, 3), (1, 7), (3, 10), (7, 20)]
LASTING = [(0, 1), (0, 5), (0, 20)]


def of_days(usual, other, ended, began):
    """A series by days before now that was another from `began` days ago to `ended` days ago."""
    return np.where((np.arange(DAYS) >= ended) & (np.arange(DAYS) < began), other, usual)


def sized(ended, began, *, times=100.0, a_day=40.0):
    """Orders that were so many times as large for some days."""
    n = np.full(DAYS, a_day)
    noise = np.random.default_rng(3).normal(0, 0.1, DAYS)
    mean = of_days(np.log(50), np.log(50 * times), ended, began) + noise
    return Lately("order_placed", n, {}, n, n * mean, n * (mean**2 + 0.25))


def told_by(event_type, share, *, a_day=40.0):
    """Events of which so many tell a discount, by day."""
    n, nothing = np.full(DAYS, a_day), np.zeros(DAYS)
    return Lately(event_type, n, {"discount": n * share}, nothing, nothing, nothing)


def counted(event_type, events):
    nothing = np.zeros(DAYS)
    return Lately(event_type, events, {}, nothing, nothing, nothing)


def amounts(*past):
    return list(about_amounts(past, AS_OF, "UTC"))


def fields(*past):
    return list(about_fields(past, AS_OF, "UTC"))


def answers(ended, began):
    """Hundred e-mails each day, thirty of them opened, but for some days."""
    sent, opened = np.full(DAYS, 100.0), of_days(30.0, 0.0, ended, began)
    return list(about_answers([counted("email_delivered", sent), counted("email_opened", opened)], AS_OF, "UTC"))


@pytest.mark.parametrize(("ended", "began"), OVER)
def test_amounts_that_are_of_their_size_again_are_over(ended, began):
    assert amounts(sized(ended, began)) == []
    assert amounts(sized(ended, began, times=0.01)) == []


@pytest.mark.parametrize(("ended", "began"), LASTING)
def test_amounts_that_are_of_another_size_still_are_found(ended, began):
    (told,) = amounts(sized(ended, began))
    assert told.figures["started_at"] == AS_OF - began * DAY
    assert told.figures["times"]["order_placed"] == pytest.approx(100, rel=0.25)


def test_a_small_shop_tells_by_as_many_days_as_it_takes():
    assert amounts(sized(3, 10, a_day=8.0)) == []
    (told,) = amounts(sized(0, 10, a_day=8.0))
    assert told.figures["event_types"] == ["order_placed"]


@pytest.mark.parametrize(("ended", "began"), [(1, 7), (3, 14), (6, 28)])
def test_a_column_that_is_told_again_is_over(ended, began):
    assert fields(told_by("order_placed", of_days(1.0, 0.0, ended, began))) == []


@pytest.mark.parametrize(("ended", "began"), LASTING)
def test_a_column_that_is_lost_still_is_found(ended, began):
    (told,) = fields(told_by("order_placed", of_days(1.0, 0.0, ended, began)))
    assert told.figures["started_at"] == AS_OF - began * DAY


def test_what_is_told_of_several_types_is_true_of_each():
    lost = told_by("order_placed", of_days(1.0, 0.0, 0, 5)), told_by("item_purchased", of_days(0.5, 0.05, 0, 5))
    (told,) = fields(*lost)
    assert told.sentence.endswith("at most 5.0 % of these events have one, usually at least 50.0 %.")
    assert told.figures["share"] == pytest.approx(0.05)


@pytest.mark.parametrize(("ended", "began"), [(3, 28), (3, 21), (6, 28)])
def test_messages_that_are_answered_again_are_over(ended, began):
    assert answers(ended, began) == []


@pytest.mark.parametrize("began", [5, 20])
def test_messages_that_are_answered_no_more_are_found(began):
    (told,) = answers(0, began)
    assert told.figures["started_at"] == AS_OF - began * DAY


def test_each_answer_is_told_with_its_own_numbers():
    sent = counted("email_delivered", np.full(DAYS, 100.0))
    lost = [counted(name, of_days(n, 0.0, 0, 5)) for name, n in (("email_opened", 30.0), ("email_clicked", 20.0))]
    (told,) = about_answers([sent, *lost], AS_OF, "UTC")
    assert told.sentence.endswith(": 0 instead of about 59 and 0 instead of about 39.")
