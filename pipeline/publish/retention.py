"""Letting go of old publications: hidden at once, so that nobody meets half of one, then deleted."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.errors import PublicationError
from pipeline.publish.folder import hide, one_writer, unfinished
from pipeline.publish.published import Publication, latest, publications


def prune(folder: Path, retention: timedelta, spared: Publication | None = None) -> tuple[Publication, ...]:
    """Remove publications of moments more than `retention` before that of the newest, and return them, oldest first.

    The newest one and whatever is of the moment before it, or younger, stay however old they are: tonight's changes are
    counted against them. A reader finds a publication whole or not at all; what a process that dies has hidden is
    deleted by the next. PublicationError says what could not be removed.
    """
    if not folder.exists():
        return ()
    try:
        with one_writer(folder):
            with unfinished(folder):
                pass  # what a process that died had hidden is swept
            old = tuple(one for one in expired(folder, retention) if one != spared)
            for publication in old:
                shutil.rmtree(hide(publication.path))
            return old
    except OSError as cause:
        raise PublicationError(
            f"Expected to remove old publications from {folder}, but {cause.strerror or cause} "
            f"({cause.filename or folder}). The newest ones are whole. Make the folder writable and run again.",
        ) from cause


def expired(folder: Path, retention: timedelta) -> tuple[Publication, ...]:
    """Return the publications that `prune` would remove now."""
    newest = latest(folder)
    if newest is None:
        return ()
    kept = kept_at(folder, retention, newest.as_of)
    return tuple(one for one in publications(folder, before=newest.as_of) if one not in kept)


def kept_at(folder: Path, retention: timedelta | None, as_of: datetime) -> tuple[Publication, ...]:
    """Return the earlier publications that stay once there is one of a moment, oldest first; all without retention."""
    before = publications(folder, before=as_of)
    if retention is None or not before:
        return before
    kept_from = min(as_of - retention, before[-1].as_of)
    return tuple(one for one in before if one.as_of >= kept_from)
