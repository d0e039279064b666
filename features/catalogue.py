"""Every feature there is."""

from collections.abc import Collection

from features.families import (
    affinity,
    browsing,
    cadence,
    carts,
    channels,
    devices,
    discounts,
    emails,
    lifecycle,
    messages,
    orders,
    products,
    returns,
    search,
    season,
    subscriptions,
    support,
    surveys,
    timing,
    traffic,
    traits,
    usage,
    value,
)
from features.feature import Feature, FeatureColumn
from features.vocabulary import Vocabulary
from pipeline.errors import FeatureError, did_you_mean
from pipeline.events.event_types import EVENT_TYPES

EVERYTHING = Vocabulary(event_types=tuple(EVENT_TYPES))  # a shop that logs all there is, before its names are learned

CATALOGUE: tuple[Feature, ...] = (
    *orders.FEATURES,
    *cadence.FEATURES,
    *value.FEATURES,
    *products.FEATURES,
    *returns.FEATURES,
    *discounts.FEATURES,
    *carts.FEATURES,
    *browsing.FEATURES,
    *search.FEATURES,
    *emails.FEATURES,
    *messages.FEATURES,
    *traffic.FEATURES,
    *devices.FEATURES,
    *channels.FEATURES,
    *timing.FEATURES,
    *affinity.FEATURES,
    *usage.FEATURES,
    *lifecycle.FEATURES,
    *season.FEATURES,
    *surveys.FEATURES,
    *traits.FEATURES,
    *support.FEATURES,
    *subscriptions.FEATURES,
)


def describe(
    vocabulary: Vocabulary = EVERYTHING, features: tuple[Feature, ...] = CATALOGUE
) -> tuple[FeatureColumn, ...]:
    """Return the description of every column of a shop with this vocabulary, in the order of the catalogue."""
    return tuple(described for feature in features for described, _ in feature.columns(vocabulary))


def features_named(
    names: Collection[str], vocabulary: Vocabulary, features: tuple[Feature, ...] = CATALOGUE
) -> tuple[Feature, ...]:
    """Return the features that have any column of these names in a shop with this vocabulary."""
    return tuple(each for each in features if any(told.name in names for told, _ in each.columns(vocabulary)))


def features_of_everybody(names: Collection[str], vocabulary: Vocabulary) -> tuple[Feature, ...]:
    """Return the features named, and one that everybody with an event has, so that nobody is missed."""
    return tuple(dict.fromkeys((lifecycle.days_since_first_event, *features_named(names, vocabulary))))


def find(name: str, vocabulary: Vocabulary = EVERYTHING, features: tuple[Feature, ...] = CATALOGUE) -> FeatureColumn:
    """Return one column's description; FeatureError names the nearest when there is none."""
    by_name = {column.name: column for column in describe(vocabulary, features)}
    if name not in by_name:
        raise FeatureError(f'There is no feature "{name}".{did_you_mean(name, by_name)} See `segcast features list`.')
    return by_name[name]
