"""A project's sources into its event log."""

from datetime import datetime, timedelta

from flows.project import Project
from pipeline.errors import SettingsError, did_you_mean
from pipeline.events.retention import expire
from pipeline.settings import AnySource
from pipeline.sources import ingest as ingests
from pipeline.sources.reports import IngestReport, Preview

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def ingest(
    project: Project, at: datetime, source: str | None = None, known_at: datetime | None = None
) -> tuple[IngestReport, ...]:
    """Bring new files of every source, or of one, into the log, and let go of what is past retention.

    Rows that do not say when they arrived count as known from `known_at`, by default from `at`, when they are read;
    those of a source's first load from when they occurred.
    """
    terms = project.terms(at)
    reports = ingests.ingest(project.store, chosen(project, source), project.folder, at, terms, known_at)
    if terms.oldest is not None:
        expire(project.store, terms.oldest)
    return reports


def known_tonight(as_of: datetime, at: datetime) -> datetime:
    """Return from when the files count as known that a night as of a moment reads at another.

    A night's `as_of` is the midnight whose files it reads, and nothing was published of that moment before they were
    there. So they count as known just before it; from when they are read they would be in tomorrow's publication only.
    Of two nights of one day, the later one knows later, so that what it reads of a customer is the newest. A night that
    looks back over a day or more, or ahead, knows its files from when it reads them.
    """
    since = at - as_of
    # A day fits into the last second: 100,000 is more than the seconds that it has.
    return as_of - SECOND + since / 100_000 if timedelta(0) <= since < DAY else at


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
