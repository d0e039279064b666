"""At the start of a night: removing what one that was killed has left, so that nothing of it stays for ever."""

from flows.night.runs import RUNS
from flows.night.work import Work
from flows.project import Project
from pipeline.publish.folder import one_writer, unfinished


def sweep(project: Project) -> tuple[str, ...]:
    """Remove drafts, unfinished files, and what MLflow holds of trainings that never became a version.

    Returns what was removed, for the log. The event log mends itself with its next change.
    """
    Work(project).sweep()
    for path in (project.folder / RUNS).glob(".*.fresh"):
        path.unlink()
    if project.published.exists():
        with one_writer(project.published), unfinished(project.published):
            pass  # what a process that died had left there is swept
    return project.registry.sweep()
