"""The settings of the schedule: when flows run by themselves, where `segcast serve` runs them."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator

from pipeline.settings.values import Frozen

NEVER = "none"
FIELDS = 5  # cron's own: with seconds, two readers of cron disagree on where they stand


def _cron(text: str) -> str:
    """Return a cron expression with its spaces in order, or "none"; ValueError for anything else."""
    fields = text.split()
    if len(fields) == 1 and text.strip().casefold() == NEVER:
        return NEVER
    wrong = f"{len(fields)} of them" if len(fields) != FIELDS else _never_comes(" ".join(fields))
    if wrong:
        raise ValueError(
            'expected minute, hour, day, month and weekday as cron writes them, such as "0 3 * * *" for three in the '
            f'morning, or "none" for never, got "{text}" ({wrong}).'
        )
    return " ".join(fields)


def _never_comes(cron: str) -> str | None:
    """Return what is wrong with a cron expression, None where there is a moment that it names."""
    try:
        next(CronSim(cron, datetime(2000, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        return str(error)
    except StopIteration:
        return "no such day ever comes"
    return None


Cron = Annotated[str, AfterValidator(_cron)]


class ScheduleSettings(Frozen):
    """When flows begin, as cron writes it, in the shop's time zone; "none" for never."""

    nightly: Cron = "0 3 * * *"
    retrain: Cron = "0 1 * * 0"


def next_start(cron: str, after: datetime, time_zone: str) -> datetime | None:
    """Return the first moment after another at which a schedule begins, in the shop's time; None for never.

    Where the clocks skip the hour or show it twice it begins once, as cron does.
    """
    return None if cron == NEVER else next(CronSim(cron, after.astimezone(ZoneInfo(time_zone))))
