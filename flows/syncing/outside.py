"""What the destinations of a project hold, as far as they confirmed it."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows.project import Project
from pipeline.publish.destinations.outbox.outbox import Outbox, RefusedRow, reading_outbox
from pipeline.publish.destinations.secrets import missing


@dataclass(frozen=True)
class PartHeld:
    """How many customers one part has, and how many it refused."""

    part: str
    holds: int
    refused: int


@dataclass(frozen=True)
class Outside:
    """One destination: what it was told of last, and when; null where it never was to the end.

    Of rows `under_way` it is not known whether they arrived. `missing` says which secrets are not there. A destination
    that is not `configured` any more still holds what it was told.
    """

    name: str
    to: str | None
    told_of: str | None
    told_at: datetime | None
    parts: tuple[PartHeld, ...]
    under_way: int
    missing: tuple[str, ...] = ()

    @property
    def configured(self) -> bool:
        """Whether the settings name it."""
        return self.to is not None


def look_outside(project: Project, environ: Mapping[str, str] = os.environ) -> tuple[Outside, ...]:
    """Return every destination of the settings, and those that are in them no more but hold somebody or a copy."""
    configured = {one.name: one for one in project.settings.destinations}
    with reading_outbox(project.folder) as outbox:
        parts, under_way = _parts(outbox), outbox.under_way()
        names = dict.fromkeys((*configured, *parts, *under_way, *outbox.copied_to()))
        return tuple(
            Outside(
                name,
                configured[name].to if name in configured else None,
                *_last_told(outbox, name),
                parts.get(name, ()),
                under_way.get(name, 0),
                tuple(missing(configured[name], environ)) if name in configured else (),
            )
            for name in names
        )


def refused_rows(project: Project) -> tuple[RefusedRow, ...]:
    """Return every row that a destination refused."""
    with reading_outbox(project.folder) as outbox:
        return tuple(outbox.refused())


def _parts(outbox: Outbox) -> dict[str, tuple[PartHeld, ...]]:
    holds = {(one.destination, str(one.part)): one.customers for one in outbox.held()}
    refused = Counter((row.destination, str(row.part)) for row in outbox.refused())
    found: dict[str, tuple[PartHeld, ...]] = {}
    for name, part in dict.fromkeys((*holds, *refused)):
        held = PartHeld(part, holds.get((name, part), 0), refused[name, part])
        found[name] = (*found.get(name, ()), held)
    return found


def _last_told(outbox: Outbox, name: str) -> tuple[str | None, datetime | None]:
    told = outbox.last_told(name)
    return (told.publication_id, datetime.fromisoformat(told.at)) if told else (None, None)
