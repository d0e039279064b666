"""A project's sources into its event log."""

from datetime import datetime

from flows.project import Project
from pipeline.errors import SettingsError, did_you_mean
from pipeline.events.retention import expire
from pipeline.settings import AnySource
from pipeline.sources import ingest as ingests
from pipeline.sources.reports import IngestReport, Preview


def ingest(project: Project, at: datetime, source: str | None = None) -> tuple[IngestReport, ...]:
    """Bring new files of every source, or of one, into the log, and let go of what is past retention."""
    terms = project.terms(at)
    reports = ingests.ingest(project.store, chosen(project, source), project.folder, at, terms)
    if terms.oldest is not None:
        expire(project.store, terms.oldest)
    return reports


def preview(project: Project, at: datetime, source: str | None = None) -> Preview:
    """Say what an ingest of every source, or of one, would store and what it would not."""
    return ingests.preview(project.store, chosen(project, source), project.folder, at, project.terms(at))


def chosen(project: Project, name: str | None) -> tuple[AnySource, ...]:
    """Return all sources, or the ones of a name; SettingsError when there is none."""
    sources = project.settings.sources
    found = tuple(source for source in sources if name in {None, source.name})
    if not found and name is not None:
        names = [source.name for source in sources]
        raise SettingsError(
            f'Expected a source in segcast.toml, got "{name}".{did_you_mean(name, names)} '
            f"There are: {', '.join(names) or 'none'}."
        )
    return found
