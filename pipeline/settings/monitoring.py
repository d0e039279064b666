"""The settings of monitoring: which severe findings hold a publication back or ask for training, and who is told."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from pipeline.errors import did_you_mean
from pipeline.settings.destinations import EnvironmentName, Url
from pipeline.settings.values import Distinct, Duration, Frozen

ABOUT_THE_LOG = (
    "aliases",
    "amounts",
    "clock skew",
    "currencies",
    "duplicates",
    "event types",
    "freshness",
    "future times",
    "identity conflicts",
    "known customers",
    "lost field",
    "set aside",
    "suspected bots",
    "tracking gap",
)
ABOUT_PREDICTIONS = ("base rate", "came out", "feature drift", "model age", "score drift")
ABOUT_CUSTOMERS = ("population", "segment sizes")
ABOUT = (*ABOUT_THE_LOG, *ABOUT_PREDICTIONS, *ABOUT_CUSTOMERS)
"""Whatever a finding can be about."""


def _known(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if word not in ABOUT:
            raise ValueError(
                f'expected what a finding is about, one of {", ".join(sorted(ABOUT))}, got "{word}".'
                f"{did_you_mean(word, ABOUT)}"
            )
    return words


About = Annotated[Distinct, AfterValidator(_known)]


class MonitoringSettings(Frozen):
    """What follows from a severe finding, by what it is about, as `segcast monitor` shows it.

    One of `block` keeps the last publication in force, one of `retrain` asks for training, at most every
    `retrain_every`. `webhook` is an address that is told of every night's findings, signed with the key in the
    environment variable `webhook_secret`.
    """

    block: About = ("amounts", "freshness", "lost field", "population", "score drift", "set aside", "tracking gap")
    retrain: About = ("base rate", "came out", "feature drift", "model age", "score drift")
    retrain_every: Duration = timedelta(days=7)
    webhook: Url | None = None
    webhook_secret: EnvironmentName | None = None

    @model_validator(mode="after")
    def _has_both_or_none(self) -> Self:
        if (self.webhook is None) != (self.webhook_secret is None):
            raise ValueError("expected webhook and webhook_secret together, got one of them without the other.")
        return self
