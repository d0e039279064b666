"""Platforms of our own on the loopback address, each with a book of what it accepted in which night."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.little_hubspot import CONTACTS, LISTS, LittleHubSpot
from tests.loopback import Answering, Received, Reply
from tests.pipeline.publish.destinations.little_klaviyo import LittleKlaviyo

LIST = "Listed1"
ACCEPTED = (200, 202, 204, 207)

Values = Mapping[str, Any]
Row = tuple[str, str, Values]
"""A customer, the part that it is about, and what was told."""


@dataclass
class Book:
    """Counts by night, customer, part, property and value how often a platform accepted it."""

    night: int = 0
    told: Counter[tuple[int, str, str, str, str]] = field(default_factory=Counter)

    def note(self, rows: Iterator[Row]) -> None:
        """Write down the rows of one request."""
        for customer_id, part, values in rows:
            self.told.update((self.night, customer_id, part, name, json.dumps(values[name])) for name in values)

    @property
    def rows(self) -> int:
        """How many rows were accepted that differ in night, customer or part."""
        return len({key[:3] for key in self.told})

    @property
    def twice(self) -> int:
        """How many of them were told the same in two requests of a night."""
        return len({key[:3] for key, count in self.told.items() if count > 1})


@dataclass
class Trap:
    """Kills a process when the platforms are asked for the `at`-th time, `before` or after they did what was asked."""

    count: int = 0
    at: int = 0
    before: bool = False
    pid: int | None = None

    def set(self, at: int, *, before: bool, pid: int) -> None:
        """Count from now on."""
        self.count, self.at, self.before, self.pid = 0, at, before, pid

    def on_the_way(self, answer: Answering) -> Answering:
        """Let a platform answer, and kill who asks if it is time."""

        def answered(request: Received) -> Reply:
            self.count += 1
            hit = self.pid if self.count == self.at else None
            if hit and self.before:
                os.kill(hit, signal.SIGKILL)
            reply = answer(request)
            if hit and not self.before:
                os.kill(hit, signal.SIGKILL)
            return reply

        return answered


class Hook:
    """A receiver of webhooks; one whose id it has seen it ignores and counts as `again`."""

    def __init__(self) -> None:
        self.profiles: dict[str, dict[str, Any]] = {}
        self.listed: set[str] = set()
        self.seen: set[str] = set()
        self.again = 0

    def __call__(self, request: Received) -> Reply:
        """Keep a batch."""
        if request.headers["webhook-id"] in self.seen:
            self.again += 1
            return Reply(204)
        self.seen.add(request.headers["webhook-id"])
        for customer_id, part, values in hook_rows(request):
            if part == "profile":
                self.profiles.setdefault(customer_id, {}).update(values)
            else:
                (self.listed.add if values["member"] else self.listed.discard)(customer_id)
        return Reply(204)


def noting(book: Book, answer: Answering, rows: Callable[[Received], Iterator[Row]]) -> Answering:
    """Let a platform answer, and write down what it accepted; `rows` tells what a request says."""

    def answered(request: Received) -> Reply:
        said = list(rows(request))
        reply = answer(request)
        if reply.status in ACCEPTED:
            book.note(iter(said))
        return reply

    return answered


def noting_new(book: Book, hook: Hook) -> Answering:
    """Let a receiver answer, and write down what it did not ignore."""

    def answered(request: Received) -> Reply:
        is_new = request.headers["webhook-id"] not in hook.seen
        reply = hook(request)
        if is_new:
            book.note(hook_rows(request))
        return reply

    return answered


def hook_rows(request: Received) -> Iterator[Row]:
    """Yield what a webhook tells."""
    told = request.json
    for row in told["rows"]:
        yield row["customer_id"], "list" if told["type"] == "segcast.list" else "profile", row["values"]


def klaviyo_rows(platform: LittleKlaviyo) -> Callable[[Received], Iterator[Row]]:
    """Return what tells what a request sets at Klaviyo."""

    def rows(request: Received) -> Iterator[Row]:
        if request.method == "POST" and request.path.endswith("/profile-bulk-import-jobs"):
            for profile in request.json["data"]["attributes"]["profiles"]["data"]:
                emptied = profile.get("meta", {}).get("patch_properties", {}).get("unset", ())
                attributes = profile["attributes"]
                yield attributes["external_id"], "profile", {**attributes["properties"], **dict.fromkeys(emptied)}
        elif request.method in {"POST", "DELETE"} and "/relationships/" in request.path:
            for named in request.json["data"]:
                profile = platform.profiles.get(named["id"], {})
                yield profile.get("external_id", named["id"]), "list", {"member": request.method == "POST"}

    return rows


def hubspot_rows(platform: LittleHubSpot) -> Callable[[Received], Iterator[Row]]:
    """Return what tells what a request sets at HubSpot."""

    def rows(request: Received) -> Iterator[Row]:
        if request.path in {f"{CONTACTS}update", f"{CONTACTS}upsert"}:
            for told in request.json["inputs"]:
                values = {name: value or None for name, value in told["properties"].items() if name != "email"}
                yield _who(platform, told["id"]), "profile", values
        elif request.method == "PUT" and request.path.startswith(LISTS):
            for setting, member in (("recordIdsToAdd", True), ("recordIdsToRemove", False)):
                for record in request.json[setting]:
                    yield _who(platform, record), "list", {"member": member}

    return rows


def _who(platform: LittleHubSpot, name: str) -> str:
    email = name if "@" in name else platform.contacts.get(name, {}).get("email", name)
    return email.partition("@")[0]
