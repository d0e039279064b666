"""Every feature there is."""

from features import cadence, orders, products, returns, season, value
from features.feature import Feature, FeatureColumn
from pipeline.errors import FeatureError, did_you_mean

CATALOGUE: tuple[Feature, ...] = (
    *orders.FEATURES,
    *cadence.FEATURES,
    *value.FEATURES,
    *products.FEATURES,
    *returns.FEATURES,
    *season.FEATURES,
)


def describe(features: tuple[Feature, ...] = CATALOGUE) -> tuple[FeatureColumn, ...]:
    """Return the description of every column, in the order of the catalogue."""
    return tuple(described for feature in features for described, _ in feature.columns())


def find(name: str, features: tuple[Feature, ...] = CATALOGUE) -> FeatureColumn:
    """Return one column's description; FeatureError names the nearest when there is none."""
    by_name = {column.name: column for column in describe(features)}
    if name not in by_name:
        raise FeatureError(f'There is no feature "{name}".{did_you_mean(name, by_name)} See `segcast features list`.')
    return by_name[name]
