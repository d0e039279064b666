"""A little Klaviyo for a loopback server: profiles, lists and import jobs, as its documentation says they are."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.loopback import Received, Reply

KEY = "pk_little"
PAGE_ROWS = 100
IMPORT_ROWS, IMPORT_BYTES, PROFILE_BYTES, LIST_ROWS = 10_000, 5_000_000, 100_000, 1000


@dataclass
class Job:
    """An import under way or over; `looks` are how often it is asked after before it is carried out."""

    id: str
    profiles: list[dict[str, Any]]
    looks: int
    status: str = "queued"
    errors: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        counts = {"total_count": len(self.profiles), "failed_count": len(self.errors)}
        over = {"completed_count": len(self.profiles) - len(self.errors)} if self.status == "complete" else {}
        attributes = {"status": self.status, "created_at": "2026-07-15T00:00:00+00:00", **counts, **over}
        return {"type": "profile-bulk-import-job", "id": self.id, "attributes": attributes}


@dataclass
class LittleKlaviyo:
    """Answers as Klaviyo does. `profiles` by id hold `external_id`, `email` and `properties`; `lists` hold ids.

    `looks` are how often a job is asked after before it is over; `ends_as` is the status that it then has. `unsets`:
    whether an import carries out what is to be unset. `repeats`: whether an import error repeats the profile.
    `renames`: whether an import changes an external id that a profile has already.
    """

    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    looks: int = 2
    ends_as: str = "complete"
    unsets: bool = True
    repeats: bool = True
    renames: bool = True
    imported_rows: int = 0
    _ids: Iterable[int] = field(default_factory=count)
    _by: dict[str, dict[str, str]] = field(default_factory=lambda: {"external_id": {}, "email": {}})

    def __call__(self, request: Received) -> Reply:
        if request.headers.get("authorization") != f"Klaviyo-API-Key {KEY}":
            return _refusal(401, "not_authenticated")
        for method, pattern, answer in self._answers():
            found = re.fullmatch(pattern, request.path)
            if method == request.method and found:
                return answer(request, *found.groups())
        raise AssertionError(f"no answer to {request.method} {request.path}")

    def add(self, external_id: str | None, email: str | None, **properties: Any) -> str:
        """Keep a profile that somebody else made; return its id."""
        profile_id = f"P{next(self._ids)}"
        self.profiles[profile_id] = {"properties": properties}
        self._name(profile_id, external_id=external_id, email=email)
        return profile_id

    def remove(self, profile_id: str) -> None:
        """Forget a profile, as when it is deleted or merged with another."""
        gone = self.profiles.pop(profile_id)
        for name, known in self._by.items():
            known.pop(gone.get(name), None)

    def of(self, external_id: str) -> dict[str, Any]:
        """The properties of a customer."""
        return self.profiles[self._by["external_id"][external_id]]["properties"]

    def _answers(self) -> tuple[tuple[str, str, Callable[..., Reply]], ...]:
        jobs, members = "/api/profile-bulk-import-jobs", "/api/lists/([^/]+)/relationships/profiles"
        return (
            ("POST", jobs, self._import),
            ("GET", jobs, self._list_jobs),
            ("GET", f"{jobs}/([^/]+)", self._job),
            ("GET", f"{jobs}/([^/]+)/import-errors", lambda request, job: _page(request, self.jobs[job].errors)),
            ("GET", f"{jobs}/([^/]+)/profiles", self._imported),
            ("GET", "/api/profiles", self._find),
            ("PATCH", "/api/profiles/([^/]+)", self._update),
            ("GET", members, self._members),
            ("POST", members, self._join),
            ("DELETE", members, self._leave),
        )

    def _import(self, request: Received) -> Reply:
        profiles = request.json["data"]["attributes"]["profiles"]["data"]
        if len(request.body) > IMPORT_BYTES:
            return _refusal(413, "payload_too_large")
        if len(profiles) > IMPORT_ROWS or any(len(json.dumps(each)) > PROFILE_BYTES for each in profiles):
            return _refusal(400, "invalid")
        self.imported_rows += len(profiles)
        job = Job(f"J{next(self._ids)}", profiles, self.looks)
        self.jobs[job.id] = job
        return Reply(202, {"data": job.told()})

    def _job(self, _: Received, job_id: str) -> Reply:
        job = self.jobs[job_id]
        job.looks -= 1
        if job.looks <= 0 and job.status != self.ends_as:
            self._carry_out(job)
        elif job.status == "queued":
            job.status = "processing"
        return Reply(json={"data": job.told()})

    def _list_jobs(self, request: Received) -> Reply:
        _, statuses = _any(request)
        newest = [job.told() for job in reversed(self.jobs.values()) if job.status in statuses]
        return _page(request, newest)

    def _carry_out(self, job: Job) -> None:
        job.status = self.ends_as
        for place, profile in enumerate(job.profiles if self.ends_as == "complete" else ()):
            if wrong := self._upsert(profile):
                source = {"pointer": f"/data/attributes/profiles/data/{place}/attributes" if self.repeats else "/data"}
                told = {"source": source, "original_payload": profile if self.repeats else None}
                attributes = {"code": wrong[0], "title": wrong[1], "detail": "not asked for", **told}
                job.errors.append({"type": "import-error", "id": f"{job.id}-{place}", "attributes": attributes})

    def _upsert(self, profile: dict[str, Any]) -> tuple[str, str] | None:
        attributes = profile["attributes"]
        names = {name: attributes[name] for name in self._by if name in attributes}
        if "@" not in names.get("email", "@"):
            return "invalid", f"{names['email']}@ is not an address."
        found = {self._by[name][value] for name, value in names.items() if value in self._by[name]}
        if "id" in profile and profile["id"] not in self.profiles:
            return "not_found", "Not found."
        if len(found | ({profile["id"]} if "id" in profile else set())) > 1:
            return "duplicate_profile", "Conflict."
        profile_id = profile.get("id") or next(iter(found), None) or f"P{next(self._ids)}"
        if not self.renames and self.profiles.get(profile_id, {}).get("external_id"):
            names.pop("external_id", None)
        self._name(profile_id, **names)
        held = self.profiles[profile_id]["properties"]
        held.update(attributes.get("properties", {}))
        if self.unsets:
            _unset(profile, held)
        return None

    def _name(self, profile_id: str, **names: str | None) -> None:
        profile = self.profiles.setdefault(profile_id, {"properties": {}})
        for name, value in names.items():
            profile[name] = value
            if value is not None:
                self._by[name][value] = profile_id

    def _imported(self, request: Received, job_id: str) -> Reply:
        names = {each["attributes"].get("email") for each in self.jobs[job_id].profiles}
        return _page(
            request, [self._told(self._by["email"][name], request) for name in names if name in self._by["email"]]
        )

    def _find(self, request: Received) -> Reply:
        by, values = _any(request)
        known = {each: each for each in self.profiles} if by == "id" else self._by[by]
        return _page(request, [self._told(known[value], request) for value in values if value in known])

    def _told(self, profile_id: str, request: Received) -> dict[str, Any]:
        fields = request.params["fields[profile]"].split(",")
        profile = self.profiles[profile_id]
        return {"type": "profile", "id": profile_id, "attributes": {name: profile.get(name) for name in fields}}

    def _update(self, request: Received, profile_id: str) -> Reply:
        _unset(request.json["data"], self.profiles[profile_id]["properties"])
        return Reply(json={"data": {"type": "profile", "id": profile_id, "attributes": {}}})

    def _members(self, request: Received, list_id: str) -> Reply:
        if list_id not in self.lists:
            return _refusal(404, "not_found")
        return _page(request, [{"type": "profile", "id": each} for each in self.lists[list_id]])

    def _join(self, request: Received, list_id: str) -> Reply:
        return self._change(request, list_id, lambda members, ids: [*dict.fromkeys([*members, *ids])])

    def _leave(self, request: Received, list_id: str) -> Reply:
        return self._change(request, list_id, lambda members, ids: [each for each in members if each not in ids])

    def _change(self, request: Received, list_id: str, changed: Callable[..., list[str]]) -> Reply:
        ids = [each["id"] for each in request.json["data"]]
        if list_id not in self.lists or not all(each in self.profiles for each in ids):
            return _refusal(404, "not_found")
        if len(ids) > LIST_ROWS:
            return _refusal(400, "invalid")
        self.lists[list_id] = changed(self.lists[list_id], dict.fromkeys(ids))
        return Reply(204)


def _unset(profile: Mapping[str, Any], properties: dict[str, Any]) -> None:
    for name in profile.get("meta", {}).get("patch_properties", {}).get("unset", ()):
        properties.pop(name, None)


def _any(request: Received) -> tuple[str, list[str]]:
    found = re.fullmatch(r"any\((\w+),(\[.*\])\)", request.params["filter"])
    assert found, request.params["filter"]
    return found[1], json.loads(found[2])


def _page(request: Received, resources: list[dict[str, Any]]) -> Reply:
    size, start = int(request.params.get("page[size]", 20)), int(request.params.get("page[cursor]", 0))
    assert size <= PAGE_ROWS
    more = start + size < len(resources)
    following = f"https://elsewhere.example/api/things?page%5Bcursor%5D={start + size}" if more else None
    return Reply(json={"data": resources[start : start + size], "links": {"self": "https://…", "next": following}})


def _refusal(status: int, code: str) -> Reply:
    return Reply(status, {"errors": [{"status": status, "code": code, "title": code, "detail": "ann@example.org"}]})
