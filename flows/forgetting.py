"""Forgetting a person: from the log, the shop's files and every publication, with a receipt that does not say who.

Destinations are told with the next sync. The receipt names those that hold the person until then.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from flows.night.lock import one_night
from flows.night.work import Work
from flows.project import Project
from flows.syncing.holding import folders_of_copies, held_outside
from flows.syncing.receipts import RECEIPTS, UNDERWAY, Receipt, new_receipt, write_receipt
from pipeline.errors import StoreError
from pipeline.events.forget import erase, find_person
from pipeline.events.forgotten import recall, remember
from pipeline.events.person import Person
from pipeline.events.pseudonyms import pseudonym, pseudonym_key
from pipeline.events.whole import write_whole
from pipeline.publish.destinations.outbox.outbox import OUTBOX
from pipeline.publish.redact import redact
from pipeline.sources.erase import erase_from_files
from pipeline.sources.erase_text import holds


@dataclass(frozen=True)
class Request:
    """Whom to forget, and what of it is done. It rests in the store, names and all, until everything is done."""

    customer_id: str
    ids: tuple[str, ...]
    contacts: tuple[str, ...]
    snapshot_before: int
    tables: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    publications: Mapping[str, int] = field(default_factory=dict)
    still: tuple[str, ...] = ()
    held: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether anything named the person."""
        return bool(self.tables or self.files or self.publications)


def forget(project: Project, customer_id: str, at: datetime) -> Receipt | None:
    """Erase a person from the log, from the files that its sources read and from every publication.

    None for somebody who was forgotten before and of whom nothing was found; StoreError for somebody whom nothing
    names. A process that dies leaves a note of what it was about; the next call, whoever it is for, finishes it first.
    """
    key = pseudonym_key(project.settings.privacy.pseudonym_key, os.environ)
    with _one_at_a_time(project):
        finished = _finish_interrupted(project, key, at)
        if finished is not None and finished.is_of(customer_id):
            return finished
        person = find_person(project.store, customer_id, key)
        before = project.store.snapshot.number
        request = Request(customer_id, tuple(sorted(person.ids)), tuple(sorted(person.contacts)), before)
        _note(project, request)
        receipt = _carry_out(project, request, key, at)
    if receipt is None and not _was_forgotten(project, customer_id, key):
        raise StoreError("Expected the id of somebody whom this project knows, but nothing in it names that one.")
    return receipt


def _finish_interrupted(project: Project, key: bytes | None, at: datetime) -> Receipt | None:
    path = project.store.folder / UNDERWAY
    if not path.exists():
        return None
    told = Request(**json.loads(path.read_text(encoding="utf-8")))
    # What came in since then may name the person in further ways.
    known = find_person(project.store, told.customer_id, key)
    ids, contacts = known.ids | set(told.ids), known.contacts | set(told.contacts)
    request = replace(told, ids=tuple(sorted(ids)), contacts=tuple(sorted(contacts)))
    return _carry_out(project, request, key, at)


def _carry_out(project: Project, request: Request, key: bytes | None, at: datetime) -> Receipt | None:
    """Do all that a request asks for, note each step, and write the receipt last; None when nothing was found."""
    person = Person(frozenset(request.ids), frozenset(request.contacts), key)
    Work(project).forget()
    request = replace(request, tables=_sum(request.tables, erase(project.store, person)))
    _note(project, request)
    files = erase_from_files(project.store, project.settings.sources, project.folder, person)
    request = replace(request, files=_sum(request.files, files.rows))
    _note(project, request)
    request = replace(request, publications=_sum(request.publications, redact(project.published, person, at)))
    _note(project, request)
    request = replace(
        request,
        still=(*files.still, *_others_that_name(project, person, files.looked_at)),
        held=held_outside(project, person.ids),
    )
    receipt = _receipt(project, request, at) if request.found else None
    (project.store.folder / UNDERWAY).unlink()
    return receipt


def _receipt(project: Project, request: Request, at: datetime) -> Receipt:
    with project.store.writing():
        # Somebody who was only in a file or a list must not come with the next export either.
        remember(project.store, (*request.ids, *request.contacts))
    receipt = new_receipt(
        request.customer_id,
        at=at,
        tables=request.tables,
        files=request.files,
        publications=request.publications,
        still=request.still,
        held=request.held,
        snapshots=(request.snapshot_before, project.store.snapshot.number),
    )
    write_receipt(project.folder / RECEIPTS, receipt)
    return receipt


def _others_that_name(project: Project, person: Person, looked_at: frozenset[Path]) -> Iterator[str]:
    """Yield the files of the project folder that are nobody's to change and hold something telling of the person."""
    told = Person(person.telling)
    own = (project.store.folder, project.published, project.folder / RECEIPTS, *folders_of_copies(project))
    for path in sorted(project.folder.rglob("*")) if told.ids else ():
        place = path.relative_to(project.folder)
        ours = path in looked_at or place.name.startswith(OUTBOX) or any(path.is_relative_to(one) for one in own)
        hidden = any(part.startswith(".") for part in place.parts)
        if path.is_file() and not (ours or hidden or path.is_symlink()) and holds(path, told.searched("utf-8")):
            yield place.as_posix()


def _was_forgotten(project: Project, customer_id: str, key: bytes | None) -> bool:
    known = recall(project.store)
    return customer_id in known or (key is not None and pseudonym(customer_id, key) in known)


def _note(project: Project, request: Request) -> None:
    write_whole(project.store.folder / UNDERWAY, json.dumps(asdict(request)))


@contextmanager
def _one_at_a_time(project: Project) -> Iterator[None]:
    """Hold the project, once a night that is under way is over: it knows the person, and would publish."""
    project.store.folder.mkdir(parents=True, exist_ok=True)
    with one_night(project, wait=True, work="forgetting"), FileLock(project.store.folder / ".forgetting"):
        yield


def _sum(some: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: some.get(name, 0) + more.get(name, 0) for name in {**some, **more}}
