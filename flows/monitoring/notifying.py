"""Telling an address of the shop's what a night found: one signed message, which can fail and hinders nothing.

The message is one `POST`, signed as docs/destinations.md says of the destination `webhook`, with this body:

    {"type": "segcast.night", "shop": "…", "run_id": "…", "as_of": "2026-07-01T00:00:00+00:00", "outcome": "held back",
     "publication_id": null, "sentence": "Held back, and …",
     "findings": [{"about": "freshness", "severity": "severe", "sentence": "…", "action": "…", "figures": {}}]}
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from pyrate_limiter import Duration, Rate

from flows.project import Project
from pipeline.errors import DestinationError, SettingsError
from pipeline.events.quality.finding import Finding
from pipeline.publish.destinations.http import Api
from pipeline.publish.destinations.pacing import Clock, Pace, SystemClock
from pipeline.publish.destinations.signing import ID, Signing, signing_key
from pipeline.publish.plain import plain

NAME = "the webhook of [monitoring]"
RATES = (Rate(10, Duration.SECOND),)


@dataclass(frozen=True)
class Message:
    """What came of a run, and what it found; `sentence` says why nothing was published, where nothing was."""

    run_id: str
    as_of: datetime
    outcome: str
    findings: tuple[Finding, ...]
    publication_id: str | None = None
    sentence: str = ""


def notify(
    project: Project,
    message: Message,
    *,
    environ: Mapping[str, str] = os.environ,
    clock: Clock | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Tell the address of `[monitoring]`, and return why that failed in a sentence; empty if it did not, or has none.

    A message that is sent again, for the same run, has the same id.
    """
    settings = project.settings.monitoring
    if settings.webhook is None or settings.webhook_secret is None:
        return ""
    secret = environ.get(settings.webhook_secret, "")
    if not secret.strip():
        return (
            f"Expected the secret of {NAME} in the environment variable {settings.webhook_secret}, which holds none. "
            "Nobody was told of the findings."
        )
    try:
        signing = Signing(signing_key(NAME, secret), now)
        _post(settings.webhook, _body(project, message), message.run_id, clock or SystemClock(), signing)
    except (DestinationError, SettingsError) as error:
        return f"Nobody was told of the findings. {error}"
    return ""


def _post(url: str, body: bytes, key: str, clock: Clock, signing: Signing) -> None:
    parts = urlsplit(url)
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    api = Api(NAME, f"{parts.scheme}://{parts.netloc}", {}, clock, auth=signing)
    headers = {"Content-Type": "application/json", ID: key}
    answer = api.request("POST", path, pace=Pace(RATES, clock), content=body, headers=headers)
    if answer.refused:
        raise DestinationError(f"Expected {NAME} to take a message, got status {answer.status}. Check its address.")


def _body(project: Project, message: Message) -> bytes:
    told = {
        "type": "segcast.night",
        "shop": project.settings.shop.name,
        "run_id": message.run_id,
        "as_of": message.as_of,
        "outcome": message.outcome,
        "publication_id": message.publication_id,
        "sentence": message.sentence,
        "findings": message.findings,
    }
    return json.dumps(plain(told), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
