import numpy as np
import pytest

from features.catalogue import EVERYTHING, describe
from features.vocabulary import Vocabulary
from models.reasons.phrase import Peers
from models.reasons.plain_phrases import plain_phrase
from models.reasons.wording import in_words
from tests.models.shop import matrix_of

SHOP = Vocabulary(event_types=EVERYTHING.event_types, terms={"category": ("tea",)})
CATALOGUE = {column.name: column for column in describe(SHOP)}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("orders_365d", 12, "Orders placed in the last 365 days: 12"),
        ("revenue_365d", 1200.4, "Value of the orders placed in the last 365 days: £1,200"),
        ("refund_share_365d", 0.1, "Value given back over value ordered in the last 365 days: 10 %"),
        ("order_gap_mean_days", 20.66, "Mean days between successive days with an order: 20.7"),
        ("is_subscribed", 0, "A subscription was begun or renewed and none was ended since: no"),
        ("category_item_share_tea_lifetime", 0.49, 'Share of the items bought in the whole history in "tea": 49 %'),
        ("visits_7d", 3, "Visits begun in the last 7 days: 3"),
    ],
)
def test_a_feature_is_said_by_its_definition_and_the_customers_own_number(name: str, value: float, words: str) -> None:
    phrase = plain_phrase(CATALOGUE[name])
    assert phrase is not None
    assert in_words(phrase.words, {name: np.array([value])}, "£").tolist() == [words]


@pytest.mark.parametrize("name", ["usual_visit_hour", "days_to_birthday", "order_gap_spread_days", "lifecycle_stage"])
def test_codes_statistics_and_what_is_private_are_not_said(name: str) -> None:
    assert plain_phrase(CATALOGUE[name]) is None


def test_what_is_null_is_not_said() -> None:
    phrase = plain_phrase(CATALOGUE["days_since_last_visit"])
    assert phrase is not None
    rows = matrix_of([{"days_since_last_visit": 3}, {}], columns=[CATALOGUE["days_since_last_visit"]])
    assert phrase.holds(Peers(rows)).tolist() == [True, False]


def test_most_of_the_catalogue_can_be_said() -> None:
    said = [plain_phrase(column) for column in CATALOGUE.values()]
    assert sum(phrase is not None for phrase in said) > 0.8 * len(said)
