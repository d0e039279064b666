"""Whether the environment holds the keys that the settings name; destinations are asked for theirs by themselves."""

import os
from collections.abc import Iterator
from datetime import datetime

from flows.doctor.said import amiss, told
from flows.monitoring.notifying import NAME
from flows.project import Project
from pipeline.errors import SettingsError
from pipeline.events.quality.finding import Finding
from pipeline.publish.destinations.signing import signing_key


def keys(project: Project, at: datetime) -> Iterator[Finding]:
    """Yield each key that is not there, or is none."""
    try:
        project.terms(at)
    except SettingsError as error:
        yield told("pseudonym key", error)
    name = project.settings.monitoring.webhook_secret
    if name is not None:
        yield from _of_webhook(name)


def _of_webhook(name: str) -> Iterator[Finding]:
    secret = os.environ.get(name, "")
    if not secret.strip():
        sentence = f"Expected the secret of {NAME} in the environment variable {name}, which holds none."
        yield amiss("webhook", sentence, "Set the variable.")
        return
    try:
        signing_key(NAME, secret)
    except SettingsError as error:
        yield amiss("webhook", str(error), f"Set {name} anew.")
