"""Numbers, money and dates as people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.publish.report.wording import Wording, chance, count_of, percent, sentence

MINUS, NO_BREAK = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("GBP", 182400.4, "£182,400"),
        ("EUR", 99.5, "€99.50"),
        ("EUR", 99.999, "€100.00"),
        ("USD", -1200, f"{MINUS}$1,200"),
        ("CHF", 100, f"CHF{NO_BREAK}100"),
        ("GBP", 0, "£0"),
        ("GBP", None, "\N{EN DASH}"),
    ],
)
def test_money_has_its_symbol_and_separators(currency: str, amount: float | None, text: str) -> None:
    assert Wording(currency, ZoneInfo("UTC")).money(amount) == text


def test_dates_are_in_the_shops_time_zone() -> None:
    words = Wording("GBP", ZoneInfo("Europe/London"))
    moment = datetime(2010, 9, 9, 23, 5, tzinfo=UTC)
    assert (words.weekday(moment), words.time(moment)) == ("Fri 10 Sep 2010", "00:05")


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0%"),
        (0.0004, "<0.1%"),
        (0.021, "2.1%"),
        (0.12, "12%"),
        (0.996, ">99%"),
        (1.0, "100%"),
    ],
)
def test_a_share_never_rounds_to_none_or_all(share: float | None, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("probability", "text"), [(0.999, "99%"), (0.001, "1%"), (0.825, "82%"), (0.6, "60%")])
def test_no_chance_is_certain(probability: float, text: str) -> None:
    assert chance(probability) == text


def test_words_agree_with_their_number() -> None:
    assert (count_of(1, "customer"), count_of(4120, "customer")) == ("1 customer", "4,120 customers")


def test_a_sentence_begins_large_and_ends_once() -> None:
    assert (sentence("there is none"), sentence("Done."), sentence("")) == ("There is none.", "Done.", "")
