"""Braze: custom attributes of users, found by customer id as Braze's `external_id`.

A list is a custom attribute too, named by the settings: true for whom a campaign may contact, false for who left.
What Braze keeps of its own (addresses, subscriptions, push tokens) is never sent.

Somebody Braze does not know yet is made known with these attributes alone, without an address, so that they are there
when the shop's app or site tells of the same customer; nobody can be contacted by them. A withdrawal makes nobody
known.

The key needs the permissions `users.track` and `users.export.ids`, and `users.track.bulk` where `bulk` is on.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyrate_limiter import Duration, Rate

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.braze.attributes import BRAZES_OWN, attributes, holds, values_of
from pipeline.publish.destinations.destination import Batch, Part, Receipt, Row
from pipeline.publish.destinations.http import Answer, Api
from pipeline.publish.destinations.pacing import Clock, Pace
from pipeline.publish.destinations.shared import cut, cut_by_size, without_addresses
from pipeline.publish.plain import Json

TRACK, TRACK_BULK, EXPORT = "/users/track", "/users/track/bulk", "/users/export/ids"
TRACK_ROWS, BULK_ROWS, EXPORT_ROWS = 75, 1000, 50
BULK_BYTES = 1_900_000  # Braze takes 2 MB; the rest is for what is around the attributes
MANY_ROWS = 10 * TRACK_ROWS
REASON_CHARACTERS = 200
NOT_FOUND = 404
ACCEPTED = ("success", "queued")
NOT_HELD = "Braze did not hold it after the connection was lost"


class Braze:
    """Braze as a platform; `clock` is another one where time is not the wall's.

    `bulk`: whether many changes go by `/users/track/bulk`, a thousand at a time, which Braze opens to some accounts.
    """

    def __init__(self, name: str, api_key: str, url: str, clock: Clock | None = None, *, bulk: bool = False) -> None:
        self.name, self._bulk = name, bulk
        self._api = Api(name, url, {"Authorization": f"Bearer {api_key}"}, clock)
        # Of the limits that Braze gives to different accounts the lowest (50,000 a minute, 50 and 250), less a little:
        # requests may arrive closer together than they went.
        self._paces = {
            TRACK: Pace((Rate(800, Duration.SECOND),), self._api.clock),
            TRACK_BULK: Pace((Rate(45, Duration.SECOND),), self._api.clock),
            EXPORT: Pace((Rate(240, Duration.MINUTE),), self._api.clock),
        }

    def batches(self, part: Part, rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
        """Cut rows by number; into larger batches, also by size, where there are many and Braze takes them."""
        if not (self._bulk and len(rows) > MANY_ROWS):
            return cut(rows, TRACK_ROWS)
        return cut_by_size(rows, BULK_ROWS, BULK_BYTES, lambda row: len(json.dumps(attributes(part, row))) + 1)

    def send(self, batch: Batch) -> Receipt:
        """Tell Braze, which takes the attributes in at once and shows them a moment later."""
        self._refuse_brazes_own(batch)
        told: list[Json] = [attributes(batch.part, row) for row in batch.rows]
        path = TRACK_BULK if len(told) > TRACK_ROWS else TRACK
        answer = self._ask(path, {"attributes": told})
        if answer.refused:
            raise BatchRefusedError(f"{self.name} refused a batch: status {answer.status}{_why(answer)}.")
        return Receipt(self._rejected(path, answer, batch.rows))

    def recover(self, batch: Batch) -> Receipt:
        """Ask what Braze holds; what it does not show, or not yet, goes again."""
        held = {user.get("external_id"): user.get("custom_attributes") or {} for user in self._users(batch.rows)}
        rejected = {
            row.customer_id: NOT_HELD for row in batch.rows if not holds(held.get(row.customer_id), batch.part, row)
        }
        return Receipt(rejected)

    def _users(self, rows: Sequence[Row]) -> Iterator[Mapping[str, Any]]:
        for some in cut(rows, EXPORT_ROWS):
            ids: list[Json] = [row.customer_id for row in some]
            fields: list[Json] = ["external_id", "custom_attributes"]
            answer = self._ask(EXPORT, {"external_ids": ids, "fields_to_export": fields})
            users = answer.body.get("users") if isinstance(answer.body, dict) else None
            if answer.refused or not isinstance(users, list) or not all(isinstance(user, dict) for user in users):
                raise self._unlike(EXPORT, answer)
            yield from users

    def _rejected(self, path: str, answer: Answer, rows: Sequence[Row]) -> dict[str, str]:
        """Return the reasons of rows that Braze left out; BatchRefusedError where it does not say which."""
        body = answer.body if isinstance(answer.body, dict) else {}
        errors = body.get("errors") or []
        if body.get("message") not in ACCEPTED or not isinstance(errors, list):
            raise self._unlike(path, answer)
        rejected = {}
        for error in errors:
            index = error.get("index") if isinstance(error, dict) else None
            if not isinstance(index, int) or not 0 <= index < len(rows):
                raise BatchRefusedError(f"{self.name} left out some of a batch: {_plain(error)}.")
            rejected[rows[index].customer_id] = _plain(error.get("type"))
        return rejected

    def _refuse_brazes_own(self, batch: Batch) -> None:
        """Raise where an attribute's name is one that means something to Braze: it would change more than ours."""
        names = {name for row in batch.rows for name in values_of(batch.part, row)}
        if wrong := sorted(name for name in names if name in BRAZES_OWN or not re.fullmatch(r"[\w -]{1,255}", name)):
            raise DestinationError(
                f"Expected names for {self.name} that are free at Braze, got {', '.join(wrong)}. "
                "Set a prefix, or give the list another attribute, in segcast.toml."
            )

    def _ask(self, path: str, content: Json) -> Answer:
        answer = self._api.request("POST", path, pace=self._paces[path], json=content)
        if answer.status == NOT_FOUND:
            raise self._unlike(path, answer)
        return answer

    def _unlike(self, path: str, answer: Answer) -> DestinationError:
        return DestinationError(
            f"Expected {self.name} to answer POST {path} as Braze does, got something else with status "
            f"{answer.status}. Check the destination's url: it is the REST endpoint of your instance."
        )


def _why(answer: Answer) -> str:
    message = answer.body.get("message") if isinstance(answer.body, dict) else None
    return f" ({_plain(message)})" if message else ""


def _plain(told: object) -> str:
    """Return what Braze says of an error, without anything that looks like an address."""
    return without_addresses(str(told or "no reason given"))[:REASON_CHARACTERS].rstrip(".")
