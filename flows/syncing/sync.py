"""Telling every destination of the newest publication, each on its own."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flows.project import Project
from flows.syncing.receipts import RECEIPTS, UNDERWAY, receipts
from pipeline.errors import DestinationError, SegcastError, SettingsError, did_you_mean
from pipeline.publish.destinations.open import open_platform, open_whole
from pipeline.publish.destinations.outbox.outbox import Outbox, reading_outbox, writing_outbox
from pipeline.publish.destinations.pacing import Clock
from pipeline.publish.destinations.telling.addresses import Addresses
from pipeline.publish.destinations.telling.sync import preview_platform, sync_platform
from pipeline.publish.destinations.telling.told import PartPreview, Told
from pipeline.publish.published import Publication, named
from pipeline.settings.destinations import (
    AnyDestination,
    AnyPlatform,
    AnyWhole,
    PlatformSettings,
    Purpose,
)

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Synced:
    """What became of one destination: a platform was `told`, or of a whole one rows or files `changed`.

    `problem` is the sentence that says why it is not told to the end; it goes on with the next sync.
    """

    destination: str
    to: str
    told: Told | None = None
    changed: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as programs read it."""
        parts = [
            {
                "part": str(part.part),
                "sent": part.sent,
                "withdrawn": part.withdrawn,
                "unchanged": part.unchanged,
                "refused": part.refused,
                "withheld": part.withheld,
            }
            for part in (self.told.parts if self.told else ())
        ]
        recovered = self.told.recovered if self.told else 0
        told = {"destination": self.destination, "to": self.to, "parts": parts, "recovered": recovered}
        return {**told, "changed": self.changed, "problem": self.problem}


@dataclass(frozen=True)
class Rehearsed:
    """What one destination would be told: a platform in its `parts`, or of a whole one rows or files `changed`."""

    destination: str
    to: str
    parts: tuple[PartPreview, ...] = ()
    changed: Mapping[str, int] = field(default_factory=dict)
    problem: str | None = None


def sync(
    project: Project,
    now: datetime,
    names: Sequence[str] = (),
    *,
    publication: str | None = None,
    environ: Mapping[str, str] = os.environ,
    clock: Clock | None = None,
    tell: Tell = lambda _: None,
) -> tuple[Synced, ...]:
    """Tell the destinations of these names, or all, of a publication, the newest unless one is named.

    One that fails has a `problem` and stops no other; without any, nothing is done. SettingsError for a name that there
    is not, PublicationError without a publication. `now` is the moment at which the sync begins, `environ` holds the
    secrets, and `clock` is another one where waiting is not to take time.
    """
    chosen = chosen_destinations(project, names)
    if not chosen:
        return ()
    working = _syncing(project, named(project.published, publication), now, environ, clock)
    found: list[Synced] = []
    faults: list[Exception] = []
    for one in chosen:
        tell(f"Telling {one.name}")
        try:
            found.append(working.synced(one))
        except Exception as fault:  # noqa: BLE001 - a mistake of ours, raised again once the others were told
            faults.append(fault)
    if faults:
        raise faults[0]
    return tuple(found)


def rehearse(
    project: Project,
    now: datetime,
    names: Sequence[str] = (),
    *,
    publication: str | None = None,
    environ: Mapping[str, str] = os.environ,
    first: int | None = None,
) -> tuple[Rehearsed, ...]:
    """Return exactly what `sync` would tell, and change nothing; of each part the `first` rows, all by default."""
    chosen = chosen_destinations(project, names)
    if not chosen:
        return ()
    working = _syncing(project, named(project.published, publication), now, environ)
    return tuple(working.rehearsed(one, first) for one in chosen)


def chosen_destinations(project: Project, names: Sequence[str]) -> tuple[AnyDestination, ...]:
    """Return the destinations of these names in the order of the settings; all without a name."""
    known = {one.name: one for one in project.settings.destinations}
    for name in names:
        if name not in known:
            raise SettingsError(
                f'Expected a destination of segcast.toml, got "{name}".{did_you_mean(name, known)} '
                f"There {'is' if len(known) == 1 else 'are'} {', '.join(known) or 'none'}."
            )
    return tuple(one for one in known.values() if not names or one.name in names)


def raise_problems(synced: Sequence[Synced]) -> None:
    """Raise a DestinationError with every destination's problem, if there is one; the publication stands."""
    problems = [f"{one.destination}: {one.problem}" for one in synced if one.problem]
    if problems:
        raise DestinationError(f"The publication stands, but not every destination took it. {' '.join(problems)}")


@dataclass(frozen=True)
class _Syncing:
    """What all destinations of one sync share; `addresses` by the purpose that must have been agreed to."""

    project: Project
    publication: Publication
    moment: Callable[[], datetime]
    addresses: Mapping[Purpose, Addresses]
    environ: Mapping[str, str]
    clock: Clock | None

    def synced(self, settings: AnyDestination) -> Synced:
        try:
            if isinstance(settings, PlatformSettings):
                return Synced(settings.name, settings.to, told=self._told(settings))
            return Synced(settings.name, settings.to, changed=self._delivered(settings))
        except SegcastError as problem:
            return Synced(settings.name, settings.to, problem=str(problem))

    def rehearsed(self, settings: AnyDestination, first: int | None) -> Rehearsed:
        try:
            if isinstance(settings, PlatformSettings):
                return Rehearsed(settings.name, settings.to, parts=self._previewed(settings, first))
            return Rehearsed(settings.name, settings.to, changed=self._foreseen(settings))
        except SegcastError as problem:
            return Rehearsed(settings.name, settings.to, problem=str(problem))

    def _told(self, settings: AnyPlatform) -> Told:
        platform = open_platform(settings, self.environ, self.clock)
        with writing_outbox(self.project.folder) as outbox:
            return sync_platform(
                platform, settings, self.publication, outbox, self.addresses[settings.consent], self.moment()
            )

    def _previewed(self, settings: AnyPlatform, first: int | None) -> tuple[PartPreview, ...]:
        with reading_outbox(self.project.folder) as outbox:
            return preview_platform(settings, self.publication, outbox, self.addresses[settings.consent], first)

    def _delivered(self, settings: AnyWhole) -> Mapping[str, int]:
        """Hand over the publication; who was forgotten since an earlier one was is taken out of that copy, too."""
        whole = open_whole(settings, self.environ, self.project.folder)
        with writing_outbox(self.project.folder) as outbox:
            outbox.claim(settings.name, settings.to)
            began = self.moment()  # who is forgotten meanwhile may be in a copy already
            changed = whole.deliver(self.publication, forgotten=self._has_forgotten(settings, outbox))
            outbox.mark_told(settings.name, self.publication.publication_id, began)
        return dict(changed)

    def _foreseen(self, settings: AnyWhole) -> Mapping[str, int]:
        whole = open_whole(settings, self.environ, self.project.folder)
        with reading_outbox(self.project.folder) as outbox:
            return whole.preview(self.publication, forgotten=self._has_forgotten(settings, outbox))

    def _has_forgotten(self, settings: AnyWhole, outbox: Outbox) -> bool:
        """Say whether somebody was forgotten since a destination was last told to the end."""
        told = outbox.last_told(settings.name)
        since = datetime.fromisoformat(told.at) if told else None
        if (self.project.store.folder / UNDERWAY).exists():
            return True
        return any(since is None or one.at >= since for one in receipts(self.project.folder / RECEIPTS))


def _syncing(
    project: Project,
    publication: Publication,
    now: datetime,
    environ: Mapping[str, str],
    clock: Clock | None = None,
) -> _Syncing:
    moment = _passing(now)
    purposes = {one.consent for one in project.settings.destinations if isinstance(one, PlatformSettings)}
    addresses = {purpose: Addresses(project.store, purpose, moment) for purpose in purposes}
    return _Syncing(project, publication, moment, addresses, environ, clock)


def _passing(now: datetime) -> Callable[[], datetime]:
    """Return what tells the time from a given moment on."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)
