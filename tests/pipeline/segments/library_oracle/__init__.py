"""Every segment of the library once more, naively, from the raw events of each customer: a module a group."""

from tests.pipeline.segments.library_oracle import (
    care,
    engagement,
    habit,
    intent,
    predicted,
    price,
    recency,
    rfm,
    season,
    stage,
    value,
)
from tests.pipeline.segments.library_oracle.shop import Rule

GROUPS = (value, recency, intent, engagement, price, season, habit, care, rfm, stage, predicted)
RULES: dict[str, tuple[Rule, ...]] = {name: rules for group in GROUPS for name, rules in group.RULES.items()}
