'''Any address that takes signed JSON: batches of rows, signed as the Standard Webhooks specification says.

Each batch is one `POST` with the headers `webhook-id`, which stays the same if the batch is sent again,
`webhook-timestamp`, seconds since 1970, and `webhook-signature`, `v1,` and the HMAC-SHA256 of id, timestamp and body.
The body is JSON in UTF-8:

    {"type": "segcast.profile", "part": "profile", "list": null,
     "rows": [{"customer_id": "c-1", "values": {"segcast_vip": true, "segcast_cluster": null}, "withdrawn": false}]}

Of a profile, `values` are the properties that differ, null where one is to be taken away. Of a list, the type is
`segcast.list`, `list` its id, and the value `{"member": true}` or false. `withdrawn` rows take everything away: the
customer is no longer to be told of. `email` is there only with `address = true`, null where none is known and in
`withdrawn` rows.

A receiver answers 200, 202 or 204 once it has kept the batch. A batch whose answer was lost comes again: a `webhook-id`
that was seen is not kept twice, and answered as it was the first time. With 200 the receiver may refuse rows,
`{"rejected": {"c-1": "no such customer"}}`, and the others count as kept; an answer has a body of JSON or none. 400,
413 or 422 refuse the batch, which then comes in halves; 410 says to stop. This is how to know that a request is ours:

    import base64, hashlib, hmac, time

    def is_ours(secret: str, headers: dict[str, str], body: bytes) -> bool:
        """Whether a request was signed with `secret` within the last five minutes; header names in lower case."""
        encoded = secret.removeprefix("whsec_")
        key = base64.b64decode(encoded) if encoded != secret else secret.encode()
        sent_at = headers["webhook-timestamp"]
        if abs(time.time() - int(sent_at)) > 300:
            return False
        signed = b".".join([headers["webhook-id"].encode(), sent_at.encode(), body])
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        given = [one.removeprefix("v1,") for one in headers["webhook-signature"].split()]
        return any(hmac.compare_digest(expected, one) for one in given)
'''

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pyrate_limiter import Duration, Rate

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.destination import Batch, Kept, Part, Receipt, Row
from pipeline.publish.destinations.http import Api
from pipeline.publish.destinations.pacing import Clock, Pace, SystemClock
from pipeline.publish.destinations.shared import cut
from pipeline.publish.destinations.signing import ID, Signing, signing_key
from pipeline.publish.plain import Json
from pipeline.settings.destinations import WebhookDestination

ROWS_AT_ONCE = 500  # about 200 KB of the usual properties
RATES = (Rate(10, Duration.SECOND),)
ACCEPTED = (200, 202, 204)
AT_FAULT = (400, 413, 422)
GONE = 410
LONGEST_REASON = 200


class Webhook:
    """An address as a destination; `secret` is the key of its signatures, base64 after `whsec_` or any plain text."""

    def __init__(
        self,
        settings: WebhookDestination,
        secret: str,
        clock: Clock | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take the address and the key; SettingsError where that is none. `now` is the wall's clock."""
        self.name = settings.name
        self._with_address = settings.address
        parts = urlsplit(settings.url)
        self._path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        clock = clock or SystemClock()
        signing = Signing(signing_key(f'destination "{settings.name}"', secret), now)
        self._api = Api(settings.name, f"{parts.scheme}://{parts.netloc}", {}, clock, auth=signing)
        self._pace = Pace(RATES, clock)

    def batches(self, part: Part, rows: Sequence[Row]) -> Iterator[tuple[Row, ...]]:  # noqa: ARG002 - all are cut alike
        """Cut rows into batches of 500."""
        return cut(rows, ROWS_AT_ONCE)

    def send(self, batch: Batch) -> Receipt:
        """Post a batch; a row that the receiver names is rejected."""
        headers = {"Content-Type": "application/json", ID: batch.batch_id}
        answer = self._api.request("POST", self._path, pace=self._pace, content=self._body(batch), headers=headers)
        if answer.status in AT_FAULT:
            raise BatchRefusedError(
                f"Expected {self.name} to take a batch, but it answers with status {answer.status}."
            )
        if answer.status == GONE:
            raise DestinationError(
                f"{self.name} says that nothing is to be sent there any more (status {GONE}). "
                "Remove the destination, or give it another url."
            )
        if answer.status not in ACCEPTED:
            raise DestinationError(
                f"Expected {self.name} to answer with status {', '.join(map(str, ACCEPTED))}, got {answer.status}. "
                "Check its url."
            )
        return Receipt(rejected=_rejected(batch, answer.body))

    def recover(self, batch: Batch) -> Receipt:
        """Send a batch again under its own id, which a receiver that has it ignores."""
        return self.send(batch) if batch.rows else Receipt()

    def _body(self, batch: Batch) -> bytes:
        part = batch.part
        told = {
            "type": f"segcast.{part.kept}",
            "part": str(part),
            "list": part.remote if part.kept is Kept.LIST else None,
            "rows": [self._row(row) for row in batch.rows],
        }
        return json.dumps(told, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()

    def _row(self, row: Row) -> dict[str, Json]:
        told: dict[str, Json] = {
            "customer_id": row.customer_id,
            "values": dict(row.values),
            "withdrawn": row.is_withdrawal,
        }
        return told | ({"email": None if row.is_withdrawal else row.address} if self._with_address else {})


def _rejected(batch: Batch, body: Any) -> dict[str, str]:  # noqa: ANN401 - whatever the receiver says
    """Return the reasons of the batch's own rows, in short and without their addresses."""
    told = body.get("rejected") if isinstance(body, Mapping) else None
    if not isinstance(told, Mapping):
        return {}
    return {row.customer_id: _reason(told[row.customer_id], row) for row in batch.rows if row.customer_id in told}


def _reason(told: object, row: Row) -> str:
    said = str(told).replace(row.address, "***") if row.address else str(told)
    return " ".join(said.split())[:LONGEST_REASON] or "no reason was given"
