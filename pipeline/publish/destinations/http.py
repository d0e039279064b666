"""Requests to a platform: paced, retried where that helps, and every failure in one sentence without secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from pipeline.errors import DestinationError
from pipeline.publish.destinations.pacing import Clock, Pace, SystemClock
from pipeline.publish.plain import Json

ATTEMPTS = 6
LONGEST_WAIT_SECONDS = 60.0
LONGEST_ASKED_SECONDS = 600.0
TIMEOUT_SECONDS = 30.0
FIRST_REFUSAL, TOO_MANY, FIRST_FAILURE = 400, 429, 500
UNAUTHORISED = (401, 403)

_backoff = wait_random_exponential(multiplier=1, max=LONGEST_WAIT_SECONDS)


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
    """One platform's API, on one client whose connections are kept."""

    def __init__(
        self,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        clock: Clock | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Hold the secret's `headers`, which are in no message; `clock` is another one where time is not the wall's."""
        self.name = name
        self.clock = clock or SystemClock()
        self._client = httpx.Client(base_url=base_url, headers=dict(headers), timeout=timeout_seconds)

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
        platform asks for or after waits that grow and vary. DestinationError when that does not help, or when the
        platform does not accept the secret.
        """
        built = self._client.build_request(
            method, path, params=params, json=json, content=content, headers=dict(headers or {})
        )
        retrying = Retrying(
            retry=retry_if_exception_type(_NoAnswerError),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait_seconds,
            sleep=self.clock.sleep,
            reraise=True,
        )
        try:
            answer = retrying(self._once, built, pace)
        except _NoAnswerError as last:
            raise DestinationError(
                f"Expected {self.name} to answer {method} {path}, but {last}, {ATTEMPTS} times. "
                "What it did not accept goes with the next sync."
            ) from last
        if answer.status in UNAUTHORISED:
            raise DestinationError(
                f"Expected {self.name} to accept the key, got status {answer.status} for {method} {path}. "
                "Check the key and what it is allowed to do."
            )
        return answer

    def _once(self, request: httpx.Request, pace: Pace) -> Answer:
        pace.wait()
        try:
            response = self._client.send(request)
        except httpx.TransportError as cause:
            raise _NoAnswerError(f"the connection failed ({type(cause).__name__})") from cause
        if response.status_code == TOO_MANY or response.status_code >= FIRST_FAILURE:
            raise _NoAnswerError(f"the status was {response.status_code}", _asked_seconds(response))
        return Answer(response.status_code, _json(response))


class _NoAnswerError(Exception):
    """Nothing was said that the same request, sent again, may not change."""

    def __init__(self, sentence: str, wait_seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.wait_seconds = wait_seconds


def _json(response: httpx.Response) -> Any:  # noqa: ANN401 - the platform's own shape, read by who knows it
    """Return the answer's JSON; a refusal need not hold any."""
    try:
        return response.json() if response.content else None
    except ValueError as cause:
        if response.status_code >= FIRST_REFUSAL:
            return None
        raise _NoAnswerError("the answer was no JSON") from cause


def _wait_seconds(state: RetryCallState) -> float:
    """Wait as long as the platform asks for, within reason, else longer each time, by chance more or less."""
    asked = getattr(state.outcome.exception() if state.outcome else None, "wait_seconds", None)
    return _backoff(state) if asked is None else min(asked, LONGEST_ASKED_SECONDS)


def _asked_seconds(response: httpx.Response) -> float | None:
    """Return what `Retry-After` asks for, in seconds or as a date."""
    asked = response.headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
