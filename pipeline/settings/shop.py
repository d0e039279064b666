"""The whole of `segcast.toml`."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from pipeline.settings.sources import Source
from pipeline.settings.values import Currency, Distinct, Duration, Frozen, TimeZone


class ShopSettings(Frozen):
    """Who the shop is, what day it is there, and what its money is called."""

    name: str
    time_zone: TimeZone = "UTC"
    currency: Currency = "EUR"


class PrivacySettings(Frozen):
    """Who may be profiled, for how long the log is kept, and under which names.

    `profiling` is "opt_in" (only those who said yes) or "opt_out" (all but those who said no); left out, it is opt-in
    for a shop that records answers about profiling and opt-out for one that records none. `retention` bounds the age of
    events. `pseudonym_key` names the environment variable with the key under which ids rest.
    """

    profiling: Literal["opt_in", "opt_out"] | None = None
    retention: Duration | None = None
    pseudonym_key: str | None = None


class FeatureSettings(Frozen):
    """What features may know of a customer beside events, and which pages say more than others.

    `traits` are the only ones that become features: none unless named, for a trait is personal data. `key_pages` are
    words in a page's address; left out, the usual ones, such as "pricing" and "delivery". `engine` works them out:
    DuckDB in this process, or Apache Spark, see docs/spark.md.
    """

    traits: Distinct = ()
    key_pages: Distinct | None = None
    engine: Literal["duckdb", "spark"] = "duckdb"


class TaskSettings(Frozen):
    """What to predict, about whom, and how far ahead; what is left out keeps the built-in task's value."""

    population: str | None = None
    target: str | None = None
    horizon: Duration | None = None


class TrainingSettings(Frozen):
    """How many past cut-offs are stacked, how far apart, and the seed of everything drawn at random."""

    cut_offs: int = Field(default=6, ge=1, le=60)
    every: Duration = timedelta(days=30)
    seed: int = 0


class Settings(Frozen):
    """The whole of `segcast.toml`."""

    shop: ShopSettings
    sources: tuple[Source, ...] = ()
    privacy: PrivacySettings = PrivacySettings()
    features: FeatureSettings = FeatureSettings()
    tasks: dict[str, TaskSettings] = Field(default={})
    training: TrainingSettings = TrainingSettings()
