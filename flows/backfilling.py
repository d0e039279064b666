"""Publications as of past days, each as if made on its day: its models knew nothing of what came later."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flows.learning.training import Trained, train_tasks
from flows.models_of_then import ProjectAsOf
from flows.night.lock import one_night
from flows.night.order import DECIDE, LOOK, WATCH
from flows.night.recorded import recorded
from flows.night.runs import BACKFILL, Outcome
from flows.night.work import Work
from flows.project import Project
from flows.publishing.pressing import Proof, press_proof
from flows.segmenting.scoring import score
from flows.steps import Do, Step
from pipeline.errors import UserError
from pipeline.publish.published import latest, publications

RETRAIN_EVERY = timedelta(days=90)
BEGUN = "backfill"  # in `work/`: that there was no publication yet when these past days were begun
FORETELL = Step("score", score, retries=1, doing="Scoring every customer")
PRESS = Step("publish", press_proof, retries=1, timeout=timedelta(hours=1), doing="Publishing")


@dataclass(frozen=True)
class Backfilled:
    """One past day, its publication, and whether that stood there before; and what was trained for it."""

    as_of: datetime
    publication_id: str
    stood: bool
    trained: tuple[Trained, ...] = ()


def past_days(since: datetime, until: datetime, every: timedelta) -> tuple[datetime, ...]:
    """Return the moments from one to another, both among them where the steps meet it, oldest first."""
    if until < since:
        raise UserError(f"Expected --since before --until, got {since:%Y-%m-%d} and {until:%Y-%m-%d}.")
    return tuple(since + every * step for step in range((until - since) // every + 1))


def not_kept(project: Project, days: Sequence[datetime]) -> str | None:
    """Return the sentence about past days whose publications the next night would let go of again, None without any."""
    retention, newest = project.settings.publications.retention, latest(project.published)
    end = max([*days, *([newest.as_of] if newest else [])])
    if retention is None or min(days) >= end - retention:
        return None
    return (
        f"Publications are kept for {retention.days} days: the next `segcast run` removes those from before "
        f"{end - retention:%Y-%m-%d} again. Set [publications] retention higher to keep them."
    )


def backfill(
    project: Project,
    days: Sequence[datetime],
    at: datetime,
    *,
    do: Do,
    retrain_every: timedelta = RETRAIN_EVERY,
    keep_going: bool = False,
    wait: bool = False,
    tell: Callable[[Backfilled], None] = lambda _: None,
) -> tuple[Backfilled, ...]:
    """Publish as of past moments, the oldest first, those without a publication; `tell` hears of each.

    `at` is the present. Each is served by the newest models that passed their gate and were trained as of it or before;
    where nothing was trained within `retrain_every` before it, they are trained as of it. What is in service today
    stays so, as does the newest publication, no finding holds anything back, and no destination is told. Broken off, it
    can be begun again.
    """
    done = []
    with (
        one_night(project, wait=wait, work=BACKFILL),
        recorded(project, max(days), at, do, BACKFILL) as run,
        Work(project).temporary_files(),
        _behind(project, days),
    ):
        for moment in sorted(days):
            standing = {one.as_of: one.publication_id for one in publications(project.published)}
            if moment in standing:
                one = Backfilled(moment, standing[moment], stood=True)
            else:
                then = ProjectAsOf(project.folder, project.settings, moment)
                one = _published(then, run, retrain_every, keep_going=keep_going)
                run.published(one.publication_id)
            done.append(one)
            tell(one)
        run.ended(Outcome.DONE)
    return tuple(done)


@contextmanager
def _behind(project: Project, days: Sequence[datetime]) -> Iterator[None]:
    """Refuse days later than the newest publication: no monitor would have seen what is in force then.

    Where nothing is published, all days may be, also when they are begun again.
    """
    newest, begun = latest(project.published), Work(project).folder / BEGUN
    if newest is None:
        begun.touch()
    elif not begun.exists() and max(days) > newest.as_of:
        raise UserError(
            f"Expected past days up to {newest.as_of:%Y-%m-%d}, of which the newest publication is, got "
            f"{max(days):%Y-%m-%d}: `segcast run` publishes those. Try --until {newest.as_of:%Y-%m-%d}."
        )
    yield
    begun.unlink(missing_ok=True)


def _published(then: ProjectAsOf, do: Do, retrain_every: timedelta, *, keep_going: bool) -> Backfilled:
    quality = do(LOOK, then, then.moment)
    trained = train_tasks(then, then.moment, do=do) if is_due(then, retrain_every) else ()
    profiles = do(FORETELL, then, then.moment)
    decision = do(DECIDE, then, profiles, trained, keep_going=keep_going)
    findings = do(WATCH, then, profiles, decision, quality)
    publication = do(PRESS, then, Proof(profiles, decision, quality, findings), trained)
    return Backfilled(then.moment, publication.publication_id, stood=False, trained=trained)


def is_due(then: ProjectAsOf, every: timedelta) -> bool:
    """Say whether a past moment needs models of its own: not if each task was trained within a time before it.

    Nor if all was done that could be: a moment at which something was trained and all of it published. What was trained
    as of the moment itself may be half the work of a run that broke off.
    """
    moments = {task.name: _trained_within(then, task.name, every) for task in then.tasks}
    published = {one.as_of for one in publications(then.published, before=then.moment)}
    tried = {moment for own in moments.values() for moment in own}
    return not tried & published and not all(moments.values())


def _trained_within(then: ProjectAsOf, name: str, every: timedelta) -> set[datetime]:
    """Return the moments, earlier than the past one by less than a time, as of which a task was trained."""
    moments = {then.registry.trained_as_of(one) for one in then.registry.versions(name)}
    return {moment for moment in moments if then.moment - every < moment < then.moment}
