"""One ordinary night in the process that is measured: what each of its steps took."""

import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from flows.night.night import night
from flows.plain import plain_do
from flows.project import open_project
from flows.steps import P, Step, T

INGESTED = timedelta(hours=3)  # after the moment as of which it publishes


class Timed:
    """A `Do` that notes the seconds of every step, by the clock and of the processor."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        self.seconds: dict[str, float] = {}
        self.cpu_seconds: dict[str, float] = {}
        self._do = plain_do()

    def __call__(self, step: Step[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the step's function returns."""
        began, worked = time.perf_counter(), _cpu_seconds()
        result = self._do(step, *args, **kwargs)
        self.seconds[step.name] = self.seconds.get(step.name, 0.0) + time.perf_counter() - began
        self.cpu_seconds[step.name] = self.cpu_seconds.get(step.name, 0.0) + _cpu_seconds() - worked
        return result


def carry_out(folder: str, as_of: str) -> None:
    """Do the night's work of a project and print what its steps took, and the publication that came of it."""
    moment, timed = datetime.fromisoformat(as_of), Timed()
    told = night(open_project(Path(folder)), moment, moment + INGESTED, do=timed, anyway=True)
    if told.publication is None:
        raise SystemExit(f"Expected a publication, got none: {told.held_back}")
    steps = {"seconds": timed.seconds, "cpu_seconds": timed.cpu_seconds}
    os.write(1, json.dumps({**steps, "publication_id": told.publication.publication_id}).encode())


def _cpu_seconds() -> float:
    """Return what this process and those of its children that have ended took of the processor."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system
