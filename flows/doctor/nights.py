"""How the last runs went, whether one is under way, and when the next night begins."""

from collections.abc import Iterator
from datetime import datetime

from flows.doctor.said import amiss, fine
from flows.night.lock import is_under_way
from flows.night.runs import NIGHT, TRAINING, Outcome, RunRecord, last_run, unreadable
from flows.project import Project
from pipeline.events.quality.finding import Finding
from pipeline.settings.schedule import next_start

AGAIN = {NIGHT: "segcast run", TRAINING: "segcast train"}  # a backfill is nothing that a project waits for


def nights(project: Project, at: datetime) -> Iterator[Finding]:
    """Yield what the records of runs say, and the schedule as seen from the moment `at`."""
    for path in unreadable(project.folder):
        yield amiss("records", f"{path} cannot be read.", "Move it away: nothing else depends on it.")
    last = {work: last_run(project.folder, work) for work in AGAIN}
    if last[NIGHT] is None:
        yield fine("last night", "There was none yet.")
    for run in filter(None, last.values()):
        yield _last(run, under_way=is_under_way(project, run.work))
    yield _schedule(project, at)


def _last(run: RunRecord, *, under_way: bool) -> Finding:
    about, began = f"last {run.work}", f"{run.run_id} began {run.began:%Y-%m-%d %H:%M} UTC"
    if run.outcome is None and under_way:
        return fine(about, f"{began} and is under way: {run.step}.")
    match run.outcome:
        case None:
            sentence = f"{began} and was killed during {run.step or 'its first steps'}."
            return amiss(about, sentence, f"{AGAIN[run.work]} goes on where it broke.")
        case Outcome.FAILED:
            return amiss(about, f"{began} and failed: {run.error}", f"{AGAIN[run.work]}, once that is mended.")
        case Outcome.HELD_BACK:
            return amiss(about, f"{began} and was held back: {run.held_back}", "segcast status")
        case Outcome.PUBLISHED:
            return fine(about, f"{began} and published {run.publication}.")
        case Outcome.DONE:
            return fine(about, f"{began} and was done.")


def _schedule(project: Project, at: datetime) -> Finding:
    cron, time_zone = project.settings.schedule.nightly, project.settings.shop.time_zone
    begins = next_start(cron, at, time_zone)
    if begins is None:
        return fine("schedule", "No night begins by itself.")
    when = f"{begins:%Y-%m-%d %H:%M} ({time_zone})"
    return fine("schedule", f'The next night is due {when}, where `segcast serve` runs or cron has "{cron}".')
