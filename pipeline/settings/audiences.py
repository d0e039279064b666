"""The settings of audiences: what every campaign keeps to where its audience says nothing else."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from pipeline.settings.values import Duration, Frozen

NONE = "none"


def _none_as_null(value: object) -> object:
    """Take the word for the thing, as TOML has no null."""
    return None if value == NONE else value


class FrequencyCap(Frozen):
    """Who has been contacted `contacts` times in the days `within` waits.

    `channel` says which contacts count; left out, those of the channel that the audience needs consent to, and of
    e-mail where that is no channel.
    """

    contacts: Annotated[int, Field(ge=1)] = 4
    within: Duration = timedelta(days=7)
    channel: Literal["email", "sms", "push"] | None = None


def _cap(value: object) -> object:
    if value is None or value == NONE or isinstance(value, Mapping | FrequencyCap):
        return _none_as_null(value)
    raise ValueError(f'expected "none" or settings such as contacts: 4 and within: "7 days", got "{value}".')


DurationOrNone = Annotated[Duration | None, BeforeValidator(_none_as_null)]
CapOrNone = Annotated[FrequencyCap | None, BeforeValidator(_cap)]


class AudienceSettings(Frozen):
    """Whom campaigns leave in peace unless their audience says otherwise; each can be "none".

    `recent_buyers` are left out for so many days after an order: by default three, while the parcel is on its way. At
    most `frequency_cap` contacts: by default four in seven days. `quiet` is for how long after any contact there is no
    other, by default no time at all beyond what the cap asks for.
    """

    recent_buyers: DurationOrNone = timedelta(days=3)
    frequency_cap: CapOrNone = FrequencyCap()
    quiet: DurationOrNone = None
