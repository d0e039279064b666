import numpy as np
import pytest

from models.reasons.wording import in_words


@pytest.mark.parametrize(
    ("template", "number", "words"),
    [
        ("No order for {x:days}", 74.4, "No order for 74 days"),
        ("No order for {x:days}", 1.4, "No order for 1 day"),
        ("{x:orders} in the last year", 1200, "1,200 orders in the last year"),
        ("{x:e-mails}", 1, "1 e-mail"),
        ("Last order {x:ago}", 0.9, "Last order less than a day ago"),
        ("Last order {x:ago}", 1, "Last order 1 day ago"),
        ("usually {x:whole}", 20.6, "usually 21"),
        ("{x:number} times", 1.4999, "1.5 times"),
        ("Spent {x:money}, less than most", 1199.6, "Spent £1,200, less than most"),
        ("Gave back {x:share}", 0.62, "Gave back 62 %"),
        ("Spend down {x:change}", 0.38, "Spend down 62 %"),
        ("Visits up {x:change}", 1.5, "Visits up 50 %"),
        ("Subscribed: {x:truth}", 1, "Subscribed: yes"),
        ("Subscribed: {x:truth}", 0, "Subscribed: no"),
        ("Number: {x:whole}", -0.2, "Number: 0"),
    ],
)
def test_a_number_is_said_as_a_person_would(template: str, number: float, words: str) -> None:
    assert in_words(template, {"x": np.array([number])}, "£").tolist() == [words]


def test_each_customer_is_told_their_own_numbers() -> None:
    own = {"a": np.array([1.0, 2.0, 1.2, 2.0]), "b": np.array([30.0, 30.0, 30.0, 7.0])}
    assert in_words("{a:orders}, every {b:whole}", own, "").tolist() == [
        "1 order, every 30",
        "2 orders, every 30",
        "1 order, every 30",
        "2 orders, every 7",
    ]


def test_words_without_a_number_are_the_same_for_everybody() -> None:
    assert in_words("Only one order so far", {}, "£").tolist() == ["Only one order so far"]
