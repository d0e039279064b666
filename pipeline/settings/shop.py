"""The whole of `segcast.toml`."""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.settings.audiences import AudienceSettings
from pipeline.settings.destinations import Destinations
from pipeline.settings.money import MoneySettings
from pipeline.settings.monitoring import MonitoringSettings
from pipeline.settings.publications import PublicationSettings
from pipeline.settings.schedule import ScheduleSettings
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
    words in a page's address; left out, the usual ones, such as "pricing" and "delivery". `trusted` names features that
    training shall not take for a leak of the outcome, however much they tell. `engine` works them out: DuckDB in this
    process, or Apache Spark, see docs/spark.md.
    """

    traits: Distinct = ()
    key_pages: Distinct | None = None
    trusted: Distinct = ()
    engine: Literal["duckdb", "spark"] = "duckdb"


def _task_name(name: str) -> str:
    if re.fullmatch("[a-z][a-z0-9_]{0,39}", name) is None:
        raise ValueError(
            f'expected a task\'s name of at most 40 lower case letters, digits and underscores, such as "churn_30d", '
            f'got "{name}".'
        )
    return name


TaskName = Annotated[str, AfterValidator(_task_name)]


class TaskSettings(Frozen):
    """What to predict, about whom, and how far ahead; what is left out keeps the ready task's value.

    The outcome is what comes in the `horizon` that begins `gap` after the prediction. `lookback` bounds how old the
    cut-offs to learn from may be.
    """

    population: str | None = None
    target: str | None = None
    horizon: Duration | None = None
    gap: Duration | None = None
    lookback: Duration | None = None


class TrainingSettings(Frozen):
    """How many past cut-offs are stacked, how far apart, and the seed of everything drawn at random.

    `search_trials` ways of growing trees are tried for each task, no new one after `search_minutes`; none unless asked.
    """

    cut_offs: int = Field(default=6, ge=1, le=60)
    every: Duration = timedelta(days=30)
    seed: int = 0
    search_trials: int = Field(default=0, ge=0, le=10_000)
    search_minutes: float | None = Field(default=None, gt=0)


class Settings(Frozen):
    """The whole of `segcast.toml`."""

    shop: ShopSettings
    sources: tuple[Source, ...] = ()
    privacy: PrivacySettings = PrivacySettings()
    features: FeatureSettings = FeatureSettings()
    tasks: dict[TaskName, TaskSettings] = Field(default={})
    training: TrainingSettings = TrainingSettings()
    money: MoneySettings = MoneySettings()
    audiences: AudienceSettings = AudienceSettings()
    publications: PublicationSettings = PublicationSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    destinations: Destinations = ()
