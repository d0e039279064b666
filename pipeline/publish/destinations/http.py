"""Requests to a platform: paced, retried where that helps, and every failure in one sentence without secrets."""

import math
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
    wait_random,
)

from pipeline.errors import DestinationError
from pipeline.publish.destinations.pacing import Clock, Pace, SystemClock
from pipeline.publish.plain import Json

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 60.0
LONGEST_ASKED_SECONDS = 600.0
TIMEOUT_SECONDS = 30.0
FIRST_REDIRECTION, FIRST_REFUSAL, FIRST_FAILURE = 300, 400, 500
UNAUTHORISED = (401, 403)
TRY_AGAIN = (408, 425, 429)
HOPELESS = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)  # the request itself cannot be sent, ever

_backoff = wait_exponential_jitter(initial=1, max=LONGEST_WAIT_SECONDS, jitter=1)
_jitter = wait_random(0, 0.5)


@dataclass(frozen=True)
class Answer:
    """What a platform said: `body` is its JSON, null where it said nothing."""

    status: int
    body: Any

    @property
    def refused(self) -> bool:
        """Whether the platform found the request at fault."""
        return self.status >= FIRST_REFUSAL


class Api:
    """One platform's API, on one client whose connections are kept as long as the API is."""

    def __init__(
        self,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        clock: Clock | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        auth: httpx.Auth | None = None,
    ) -> None:
        """Hold the secret's `headers`, which are in no message, or `auth`, which is asked anew at each attempt.

        `clock` is another one where time is not the wall's.
        """
        self.name = name
        self.clock = clock or SystemClock()
        try:
            self._client = httpx.Client(base_url=base_url, headers=dict(headers), timeout=timeout_seconds, auth=auth)
        except (httpx.InvalidURL, ValueError):
            # What was wrong may be the secret itself: neither it nor the error, which quotes it, is repeated.
            raise DestinationError(
                f"Expected an address and a key for {name} that can be sent, but one of them holds signs that cannot. "
                "Check both for what was copied along with them."
            ) from None
        weakref.finalize(self, self._client.close)

    def request(
        self,
        method: str,
        path: str,
        *,
        pace: Pace,
        params: Mapping[str, str] | None = None,
        json: Json = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the platform's answer, a refusal (a status from 400 to 499) too; each attempt waits for `pace`.

        A status of 429 or 5xx, a lost connection and an answer that is no JSON are tried again, after as long as the
        platform asks for or after waits that grow and vary. DestinationError when that does not help, when it asks for
        more than ten minutes, when it sends elsewhere or does not accept the secret.
        """
        built = self._client.build_request(
            method, path, params=params, json=json, content=content, headers=dict(headers or {})
        )
        retrying = Retrying(
            retry=retry_if_exception(_may_help),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait_seconds,
            sleep=self.clock.sleep,
            reraise=True,
        )
        try:
            answer = retrying(self._once, built, pace)
        except _NoAnswerError as last:
            tried = retrying.statistics.get("attempt_number", 1)
            raise DestinationError(
                f"Expected {self.name} to answer {method} {path}, but {last}{_times(tried)}. "
                "What it did not accept goes with the next sync."
            ) from last
        self._refuse_strangers(answer, f"{method} {path}")
        return answer

    def _once(self, request: httpx.Request, pace: Pace) -> Answer:
        pace.wait()
        try:
            response = self._client.send(request)
        except httpx.RequestError as cause:
            hopeless = isinstance(cause, HOPELESS)
            raise _NoAnswerError(f"the connection failed ({type(cause).__name__})", hopeless=hopeless) from cause
        if response.status_code in TRY_AGAIN or response.status_code >= FIRST_FAILURE:
            asked = _asked_seconds(response)
            waiting = f" and it asks to wait {asked:,.0f} seconds" if asked else ""
            raise _NoAnswerError(f"the status was {response.status_code}{waiting}", asked)
        return Answer(response.status_code, _json(response))

    def _refuse_strangers(self, answer: Answer, what: str) -> None:
        """Raise where whoever answered is not the platform, or does not know us."""
        if answer.status in UNAUTHORISED:
            raise DestinationError(
                f"Expected {self.name} to accept the key, got status {answer.status} for {what}. "
                "Check the key and what it is allowed to do."
            )
        if FIRST_REDIRECTION <= answer.status < FIRST_REFUSAL:
            raise DestinationError(
                f"Expected {self.name} to answer {what}, but it sends elsewhere (status {answer.status}). "
                "Check the address of the destination."
            )


class _NoAnswerError(Exception):
    """Nothing was said that the same request, sent again, may not change; unless it is `hopeless`."""

    def __init__(self, sentence: str, wait_seconds: float | None = None, *, hopeless: bool = False) -> None:
        super().__init__(sentence)
        self.wait_seconds = wait_seconds
        self.hopeless = hopeless or (wait_seconds or 0) > LONGEST_ASKED_SECONDS


def _may_help(error: BaseException) -> bool:
    return isinstance(error, _NoAnswerError) and not error.hopeless


def _times(attempts: int) -> str:
    return f", {attempts} times" if attempts > 1 else ""


def _json(response: httpx.Response) -> Any:  # noqa: ANN401 - the platform's own shape, read by who knows it
    """Return the answer's JSON; a refusal need not hold any."""
    try:
        return response.json() if response.content else None
    except ValueError as cause:
        if response.status_code >= FIRST_REDIRECTION:
            return None
        raise _NoAnswerError("the answer was no JSON") from cause


def _wait_seconds(state: RetryCallState) -> float:
    """Wait as long as the platform asks for and a little, by chance more or less, else longer each time."""
    asked = getattr(state.outcome.exception() if state.outcome else None, "wait_seconds", None)
    return _backoff(state) if asked is None else asked + _jitter(state)


def _asked_seconds(response: httpx.Response) -> float | None:
    """Return what `Retry-After` asks for, in seconds or as a date."""
    asked = response.headers.get("Retry-After", "")
    try:
        seconds = float(asked)
    except ValueError:
        return _seconds_until(asked)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _seconds_until(date: str) -> float | None:
    try:
        return max(0.0, (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
