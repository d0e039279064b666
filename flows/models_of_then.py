"""A project as if a past moment were the present: only models that knew nothing of what came after serve it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from flows.project import Project
from models.artefacts import NEXT_ORDER
from models.orders.next_order import trusted
from models.registry import CHAMPION, CLUSTERS, Registry, Version
from models.registry.versions import told_as_of
from models.tasks import Task
from pipeline.errors import ModelError


@dataclass(frozen=True)
class RegistryAsOf(Registry):
    """The versions trained as of a moment or before, of which the newest that passed its gate serves.

    `tasks` are those of today, by name: a version that answers another question serves none of them. What is trained
    here is registered, but whatever is in service today, and whatever waits to be, stays so.
    """

    moment: datetime
    tasks: Mapping[str, Task]

    def versions(self, name: str) -> tuple[Version, ...]:
        """Return the versions that the moment could have had, oldest first; the one that serves is the champion."""
        then = [one for one in super().versions(name) if self.trained_as_of(one) <= self.moment]
        ordered = sorted(then, key=lambda one: (self.trained_as_of(one), one.number))
        serving = next((one.number for one in reversed(ordered) if self._may_serve(one)), None)
        return tuple(replace(one, aliases=(CHAMPION,) if one.number == serving else ()) for one in ordered)

    def promote(self, name: str, number: int) -> Version:
        """Return a version that passed its gate: here that alone puts it into service."""
        return next(one for one in self.versions(name) if one.number == number)

    def trained_as_of(self, version: Version) -> datetime:
        """Return the moment that a version knew nothing after; the end of time for one that cannot be read."""
        return told_as_of(self._card(version)) or datetime.max.replace(tzinfo=self.moment.tzinfo)

    def challenge(self, name: str, number: int) -> None:
        """Let whatever waits to be put into service today wait on."""

    def _may_serve(self, version: Version) -> bool:
        card, asked = self._card(version), self.tasks.get(version.name)
        if version.name == CLUSTERS:
            return True
        if version.name == NEXT_ORDER:
            return trusted(card["backtest"])[0]
        verdict = card.get("verdict")
        return bool(verdict and verdict["promote"]) and (asked is None or Task.from_dict(card["task"]) == asked)

    def _card(self, version: Version) -> Mapping[str, Any]:
        """Return a version's card, an empty one where it cannot be read: such a version never served."""
        if version.folder not in self._cards:
            try:
                self._cards[version.folder] = version.card
            except ModelError:
                self._cards[version.folder] = {}
        return self._cards[version.folder]

    @cached_property
    def _cards(self) -> dict[Path, Mapping[str, Any]]:
        """The cards read so far: every one is checked against its files' digests, and asked for often."""
        return {}


@dataclass(frozen=True)
class ProjectAsOf(Project):
    """The project at a past moment: its log and settings are those of today, its models those that `moment` had."""

    moment: datetime

    @cached_property
    def registry(self) -> RegistryAsOf:  # cached, for it remembers what it has read
        """The models."""
        now = Project(self.folder, self.settings)
        asked = (*now.tasks, *filter(None, [now.category_task]))
        tasks = {task.name: task for task in asked}
        return RegistryAsOf(now.registry.uri, now.registry.artefacts, self.moment, tasks)
