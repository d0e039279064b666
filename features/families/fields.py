"""Columns that only those shops have whose vocabulary has something to say: the others would get a column of zeros."""

from collections.abc import Callable
from dataclasses import dataclass

from features.feature import Feature
from features.vocabulary import Told, Vocabulary

PRICE_BANDS = "price_bands"


@dataclass(frozen=True)
class OfField(Feature):
    """A feature that tells nothing of a shop whose log never fills a field."""

    field: str = ""

    def _values(self, vocabulary: Vocabulary) -> tuple[Told | None, ...]:
        known = vocabulary.price_bands if self.field == PRICE_BANDS else vocabulary.of(self.field)
        return super()._values(vocabulary) if known else ()


def where_known(field: str) -> Callable[[Feature], Feature]:
    """Keep a feature from shops without any value of the field, or without "price_bands"."""

    def limited(feature: Feature) -> Feature:
        return OfField(**vars(feature), field=field)

    return limited
