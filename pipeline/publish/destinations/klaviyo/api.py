"""What is asked of Klaviyo: each call at its own pace, pages read to their end, answers held to their form.

Every call is listed in `CALLS`; none subscribes anybody and none lifts a suppression. Addresses of e-mail go in bodies
only, never in a URL, which others write down.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyrate_limiter import Duration, Rate

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.http import Answer, Api
from pipeline.publish.destinations.pacing import Clock, Pace
from pipeline.publish.plain import Json

REVISION = "2026-07-15"
MEDIA_TYPE = "application/vnd.api+json"
PAGE_ROWS = 100
NOT_FOUND = 404
FILTER_CHARACTERS = 3000  # of a URL, before what it takes to quote them
UNDER_WAY = ("queued", "processing")
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, LONGEST_JOB_SECONDS = 1.0, 30.0, 7200.0

_PLAIN = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True)
class Call:
    """A request that Klaviyo knows, and how often it may be made.

    A little less often than Klaviyo allows (10 a second and 150 a minute to write, 75 and 750 to read): it counts when
    requests arrive, which may be closer together than they went.
    """

    method: str
    path: str
    per_second: int = 9
    per_minute: int = 145

    def pace(self, clock: Clock) -> Pace:
        """Return what holds to the limits; nothing was asked yet."""
        return Pace((Rate(self.per_second, Duration.SECOND), Rate(self.per_minute, Duration.MINUTE)), clock)


IMPORT = Call("POST", "/api/profile-bulk-import-jobs")
JOBS = Call("GET", "/api/profile-bulk-import-jobs")
JOB = Call("GET", "/api/profile-bulk-import-jobs/{id}")
IMPORT_ERRORS = Call("GET", "/api/profile-bulk-import-jobs/{id}/import-errors")
IMPORTED = Call("GET", "/api/profile-bulk-import-jobs/{id}/profiles")
PROFILES = Call("GET", "/api/profiles", per_second=70, per_minute=720)
UPDATE_PROFILE = Call("PATCH", "/api/profiles/{id}", per_second=70, per_minute=720)
ADD_TO_LIST = Call("POST", "/api/lists/{id}/relationships/profiles")
REMOVE_FROM_LIST = Call("DELETE", "/api/lists/{id}/relationships/profiles")
MEMBERS = Call("GET", "/api/lists/{id}/relationships/profiles", per_second=70, per_minute=720)
CALLS = (
    IMPORT,
    JOBS,
    JOB,
    IMPORT_ERRORS,
    IMPORTED,
    PROFILES,
    UPDATE_PROFILE,
    ADD_TO_LIST,
    REMOVE_FROM_LIST,
    MEMBERS,
)


class Resource(BaseModel):
    """A profile, a job or an error as Klaviyo tells it."""

    model_config = ConfigDict(frozen=True)

    id: str
    attributes: dict[str, Any] = Field(default={})


class _One(BaseModel):
    data: Resource


class _Links(BaseModel):
    next: str | None = None


class _Page(BaseModel):
    data: list[Resource]
    links: _Links = Field(default=_Links())


_Form = TypeVar("_Form", bound=BaseModel)


class KlaviyoApi:
    """Klaviyo's API with one private key."""

    def __init__(self, name: str, api_key: str, url: str, clock: Clock | None) -> None:
        headers = {"Authorization": f"Klaviyo-API-Key {api_key}", "revision": REVISION, "Accept": MEDIA_TYPE}
        self._api = Api(name, url, headers, clock)
        self._paces = {call: call.pace(self._api.clock) for call in CALLS}

    def import_profiles(self, content: bytes) -> str:
        """Begin an import and return the job's id; BatchRefusedError where it is refused."""
        answer = self._ask(IMPORT, content=content)
        if answer.refused:
            raise BatchRefusedError(f"{self._api.name} refused an import of profiles: {why(answer)}.")
        return self._form(IMPORT, _One, answer).data.id

    def finished(self, job_id: str) -> Resource:
        """Wait for a job, longer each time, and return it when it is over."""
        clock, pause_seconds = self._api.clock, FIRST_PAUSE_SECONDS
        until = clock.now() + LONGEST_JOB_SECONDS
        while (job := self._job(job_id)).attributes.get("status") in UNDER_WAY:
            if clock.now() > until:
                raise DestinationError(
                    f"Expected {self._api.name} to import profiles within {LONGEST_JOB_SECONDS / 3600:g} hours, but "
                    f"the job {job_id} is still under way. The next sync asks what became of it."
                )
            clock.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)
        return job

    def jobs_under_way(self) -> tuple[Resource, ...]:
        """Return the imports that are not over, whoever began them, the newest first."""
        filtering = f"any(status,{json.dumps(UNDER_WAY)})"
        return tuple(self._pages(JOBS, {"filter": filtering, "sort": "-created_at"}))

    def import_errors(self, job_id: str) -> Iterator[Resource]:
        """Yield what went wrong in a job; not the details, which may repeat an address."""
        fields = "code,title,source.pointer,original_payload"
        return self._pages(IMPORT_ERRORS, {"fields[import-error]": fields}, job_id)

    def imported(self, job_id: str) -> Iterator[Resource]:
        """Yield the profiles that a job created or changed, with `external_id` and `email`."""
        return self._pages(IMPORTED, {"fields[profile]": "external_id,email"}, job_id)

    def profiles(self, by: str, values: Sequence[str], fields: str) -> Iterator[Resource]:
        """Yield the profiles whose `id` or `external_id` is one of the values, with the fields asked for."""
        for some in _addressable(values):
            filtering = f"any({by},{json.dumps(some, ensure_ascii=False)})"
            yield from self._pages(PROFILES, {"filter": filtering, "fields[profile]": fields})

    def take_away(self, profile_id: str, names: Sequence[str]) -> Answer:
        """Remove properties of one profile."""
        unset: Json = {"patch_properties": {"unset": list(names)}}
        profile: Json = {"type": "profile", "id": profile_id, "attributes": {}, "meta": unset}
        return self._ask(UPDATE_PROFILE, profile_id, content=as_bytes({"data": profile}))

    def change_list(self, call: Call, list_id: str, profile_ids: Sequence[str]) -> Answer:
        """Put profiles on a list or take them off it."""
        profiles: list[Json] = [{"type": "profile", "id": profile_id} for profile_id in profile_ids]
        return self._ask(call, list_id, content=as_bytes({"data": profiles}))

    def members(self, list_id: str) -> Iterator[str]:
        """Yield the ids of the profiles on a list; nobody is on one that Klaviyo does not have."""
        return (profile.id for profile in self._pages(MEMBERS, {}, list_id, or_none=True))

    def _job(self, job_id: str) -> Resource:
        return self._form(JOB, _One, self._ask(JOB, job_id)).data

    def _pages(
        self, call: Call, params: Mapping[str, str], of: str = "", *, or_none: bool = False
    ) -> Iterator[Resource]:
        """Yield what all pages hold, nothing `or_none` of what is not there.

        Only the cursor of the next page is taken from an answer, not where to ask for it.
        """
        cursor: dict[str, str] = {}
        while True:
            answer = self._ask(call, of, params={**params, "page[size]": str(PAGE_ROWS), **cursor})
            if or_none and answer.status == NOT_FOUND:
                return
            page = self._form(call, _Page, answer)
            yield from page.data
            following = parse_qs(urlsplit(page.links.next or "").query).get("page[cursor]")
            if not following:
                return
            cursor = {"page[cursor]": following[0]}

    def _ask(
        self, call: Call, of: str = "", *, params: Mapping[str, str] | None = None, content: bytes | None = None
    ) -> Answer:
        headers = {} if content is None else {"Content-Type": MEDIA_TYPE}
        path = call.path.format(id=quote(of, safe=""))
        return self._api.request(
            call.method, path, pace=self._paces[call], params=params, content=content, headers=headers
        )

    def _form(self, call: Call, form: type[_Form], answer: Answer) -> _Form:
        """Return the answer in its form; the sentence of a failure repeats nothing of it."""
        asked = f"{call.method} {call.path}"
        if answer.refused:
            raise DestinationError(f"Expected {self._api.name} to answer {asked}, but {why(answer)}.")
        try:
            return form.model_validate(answer.body)
        except ValidationError:
            raise DestinationError(
                f"Expected {self._api.name} to answer {asked} as its revision {REVISION} says, got something else. "
                "Check the destination's url."
            ) from None


def _addressable(values: Sequence[str]) -> Iterator[list[str]]:
    """Cut values into what one page and one URL take."""
    some: list[str] = []
    for value in values:
        if some and (len(some) == PAGE_ROWS or sum(map(len, some)) + len(value) > FILTER_CHARACTERS):
            yield some
            some = []
        some.append(value)
    if some:
        yield some


def why(answer: Answer) -> str:
    """Return a refusal's status and codes, such as `status 400 (invalid)`; nothing that may hold an address."""
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    codes = sorted({str(error.get("code")) for error in errors or () if isinstance(error, dict)})
    return f"status {answer.status}" + (f" ({', '.join(codes)})" if codes else "")


def as_bytes(content: Json) -> bytes:
    """Return JSON with nothing between its parts."""
    return _PLAIN.encode(content).encode()
