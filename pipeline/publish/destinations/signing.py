"""Signatures of requests as the Standard Webhooks specification says: the HMAC-SHA256 of id, time and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Generator
from datetime import datetime

import httpx

from pipeline.errors import SettingsError

ID = "webhook-id"
ENCODED = "whsec_"


class Signing(httpx.Auth):
    """Signs a request at the moment at which it goes: one that had to wait is not too old for its receiver."""

    requires_request_body = True

    def __init__(self, key: bytes, now: Callable[[], datetime]) -> None:
        """Take the key and the wall's clock."""
        self._key = key
        self._now = now

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the headers of the signature."""
        sent_at = str(int(self._now().timestamp()))
        signed = b".".join((request.headers[ID].encode(), sent_at.encode(), request.content))
        digest = base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256)).decode()
        request.headers.update({"webhook-timestamp": sent_at, "webhook-signature": f"v1,{digest}"})
        yield request


def signing_key(whose: str, secret: str) -> bytes:
    """Return the key that a secret spells: base64 after `whsec_`, or any plain text; SettingsError where it is none."""
    secret = secret.strip()
    encoded = secret.removeprefix(ENCODED)
    try:
        key = base64.b64decode(encoded, validate=True) if encoded != secret else secret.encode()
    except binascii.Error:
        key = b""
    if not key:
        raise SettingsError(
            f"The secret of {whose} was expected as {ENCODED} and base64, or as any text, but is something else. "
            "Copy it again from where it was made."
        )
    return key
