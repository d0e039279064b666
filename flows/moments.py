"""At which moments a project's tasks may learn and be judged: where the log can tell what came afterwards."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.project import Project
from models.cut_offs import rolling_cut_offs
from models.tasks import Task
from pipeline.errors import NotEnoughDataError
from pipeline.events.gaps import SILENT, known_gaps, overlaps

MOST_UNHEARD = 0.1  # of an outcome, in which the tracker was silent about what the target counts


def cut_offs_of(project: Project, task: Task, as_of: datetime) -> tuple[datetime, ...]:
    """Return the cut-offs that training a task as of a moment and its rolling backtest need, earliest first."""
    training = project.settings.training
    start, last = project.store.span()
    found = rolling_cut_offs(
        as_of, task.reach, start, every=training.every, stack=training.cut_offs, lookback=task.lookback
    )
    # A log that stopped before as_of is silent about what came after: that is no evidence that nobody bought.
    heard = (cut_off for cut_off in found if cut_off + task.reach <= midnight_after(last, project.store.time_zone))
    # Nor is a tracker that was down while the outcome came about.
    gaps = known_gaps(project.store, as_of + timedelta(microseconds=1))
    return tuple(
        cut_off
        for cut_off in heard
        if overlaps(gaps, task.event_types, task.outcome_begins(cut_off), cut_off + task.reach, kinds=(SILENT,))
        <= MOST_UNHEARD
    )


def midnight_after(last: datetime, time_zone: str) -> datetime:
    """Return the end of the day on which the log stops: of the shop's or of UTC's, as exports may end by either."""
    days = (last.astimezone(zone) for zone in (ZoneInfo(time_zone), UTC))
    return max(day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) for day in days)


def require_complete(project: Project, task: Task, as_of: datetime) -> None:
    """Raise NotEnoughDataError unless the log tells all that came of a task asked at a moment."""
    _, last = project.store.span()
    end = midnight_after(last, project.store.time_zone)
    if as_of + task.reach > end:
        raise NotEnoughDataError(
            f"A backtest of {task.name} as of {as_of:%Y-%m-%d} expected events to {as_of + task.reach:%Y-%m-%d}, "
            f"got a log that ends before {end:%Y-%m-%d}. Choose an earlier --as-of or a shorter --horizon."
        )
