"""Which predicted segment and which rule look for the same customers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """A predicted segment and the rule that it is held against, by name."""

    predicted: str
    rule: str


PAIRS = (
    Pair("predicted_at_risk", "at_risk"),
    Pair("predicted_at_risk", "lapsed"),
    Pair("likely_to_buy", "recent_buyer"),
    Pair("likely_to_buy", "browse_abandoner"),
)
