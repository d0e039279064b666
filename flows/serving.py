"""What a Prefect server is asked to run of a project, and when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.project import Project
from pipeline.settings.schedule import NEVER, next_start

FLOWS = "flows.nightly"  # deployed by module path: a file's would put flows/ itself on the path


@dataclass(frozen=True)
class Served:
    """One deployment: a flow of `flows.nightly` for one project.

    `cron` is read in the shop's `time_zone`, "none" for what runs only when it is triggered; `next_start` is null then.
    """

    flow: str
    name: str
    cron: str
    time_zone: str
    next_start: datetime | None
    parameters: Mapping[str, Any]
    tags: tuple[str, ...]
    about: str

    @property
    def deployment(self) -> str:
        """What Prefect calls it: the flow's name and the deployment's."""
        return f"segcast-{self.flow}/{self.name}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "deployment": self.deployment,
            "entrypoint": f"{FLOWS}.{self.flow}",
            "schedule": None if self.cron == NEVER else self.cron,
            "time_zone": self.time_zone,
            "next_start": self.next_start.isoformat() if self.next_start else None,
            "parameters": dict(self.parameters),
            "tags": list(self.tags),
            "at_a_time": 1,
            "about": self.about,
        }


def served(project: Project, after: datetime, name: str | None = None) -> tuple[Served, ...]:
    """Return the deployments of a project, with when each begins next after a moment.

    `name` is what they are called, by default the shop: two shops of one name on one server need different ones.
    """
    schedule, zone = project.settings.schedule, project.settings.shop.time_zone
    called = name or slug(project.settings.shop.name)
    folder = {"folder": str(project.folder.resolve())}
    plans = (
        ("nightly", schedule.nightly, folder, "New events in, scores, segments, publication, destinations"),
        ("retrain", schedule.retrain, folder, "Train, judge, promote what passes its gate"),
        ("backfill", NEVER, {**folder, "every_days": 7}, "Publish as of past days: give it `since`"),
    )
    return tuple(
        Served(flow, called, cron, zone, next_start(cron, after, zone), given, ("segcast", called), about)
        for flow, cron, given, about in plans
    )


def slug(name: str) -> str:
    """Return a name in lower case letters, digits and hyphens."""
    return re.sub("[^a-z0-9]+", "-", name.casefold()).strip("-") or "shop"
