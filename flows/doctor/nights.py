"""How the last night went, whether one is under way, and when the next begins."""

from collections.abc import Iterator
from datetime import datetime

from flows.doctor.said import amiss, fine
from flows.night.lock import is_under_way
from flows.night.runs import RUNS, Outcome, RunRecord, last_run
from flows.project import Project
from pipeline.events.quality.finding import Finding
from pipeline.settings.schedule import next_start


def nights(project: Project, at: datetime) -> Iterator[Finding]:
    """Yield what the records of runs say, and the schedule as seen from the moment `at`."""
    try:
        run = last_run(project.folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        folder = project.folder / RUNS
        yield amiss("last run", f"A record in {folder} cannot be read ({error}).", f"Move it out of {folder}.")
    else:
        yield _last(run, under_way=is_under_way(project)) if run else fine("last run", "There was none yet.")
    yield _schedule(project, at)


def _last(run: RunRecord, *, under_way: bool) -> Finding:
    about, began = "last run", f"{run.run_id} began {run.began:%Y-%m-%d %H:%M} UTC"
    if run.outcome is None and under_way:
        return fine(about, f"{began} and is under way: {run.step}.")
    match run.outcome:
        case None:
            sentence = f"{began} and was killed during {run.step or 'its first steps'}."
            return amiss(about, sentence, "segcast run goes on where it broke.")
        case Outcome.FAILED:
            return amiss(about, f"{began} and failed: {run.error}", "segcast run, once that is mended.")
        case Outcome.HELD_BACK:
            return amiss(about, f"{began} and was held back: {run.held_back}", "segcast status")
        case Outcome.PUBLISHED:
            return fine(about, f"{began} and published {run.publication}.")


def _schedule(project: Project, at: datetime) -> Finding:
    cron, time_zone = project.settings.schedule.nightly, project.settings.shop.time_zone
    begins = next_start(cron, at, time_zone)
    if begins is None:
        return fine("schedule", "No night begins by itself.")
    when = f"{begins:%Y-%m-%d %H:%M} ({time_zone})"
    return fine("schedule", f'The next night is due {when}, where `segcast serve` runs or cron has "{cron}".')
