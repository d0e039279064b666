"""The proof of a published row: everything worked out again from the log and the models of then, and compared."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.project import Project
from flows.segmenting.scoring import score
from flows.tracing.back_then import ProjectThen, back_then, kept_snapshot
from pipeline.conditions.questions import InSegment
from pipeline.publish.manifest import code_version
from pipeline.publish.published import Publication
from pipeline.segments.asking import ask
from pipeline.segments.deciding import decide
from pipeline.segments.facts import Facts, facts_of
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment

CLOSE = 1e-9  # relative: processors may differ in the last digit
UNRECORDED = ("expected_next_order_at", "expected_next_order_from", "expected_next_order_until", "next_category_")


@dataclass(frozen=True)
class Difference:
    """A value that was published, and what it is when worked out again."""

    what: str
    published: Any
    again: Any


@dataclass(frozen=True)
class Proof:
    """How many published values were worked out again, which differ, and why they may.

    `log` says in words which log was read, `notes` what was taken as published or could not be compared.
    """

    compared: int
    differences: tuple[Difference, ...]
    log: str
    why: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether all of them came out as published."""
        return not self.differences


@dataclass(frozen=True)
class Compared:
    """How many published values were worked out again, which differ, and in `notes` what was not."""

    values: int = 0
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Again:
    """What a publication's customers were, worked out again: profiles and, of one segment, its facts and members."""

    project: ProjectThen
    profiles: Profiles

    def place(self, customer_id: str) -> int:
        """Return the row of a customer, or -1."""
        return int(pc.index(self.profiles.table["customer_id"], customer_id).as_py())

    def facts(self, segment: Segment, publication: Publication, before: Publication | None) -> Facts:
        """Return all that decides a segment, with the published members of those that it looks into."""
        history = self.project.history(publication.as_of)
        answers = ask([segment], history, self.project.store.consents(publication.as_of))
        facts = facts_of(self.profiles, answers, _remembered(segment, publication, before), [segment])
        published = publication.memberships()
        return facts.and_of(
            {
                name: np.asarray(
                    pc.is_in(facts.customer_ids, value_set=published.of(name)["customer_id"].combine_chunks())
                )
                for name in looked_into(segment)
            }
        )


Comparing = Callable[[Again], Compared]
"""What compares published values with what was worked out again."""


def nothing_beside(_: Again) -> Compared:
    """Compare nothing."""
    return Compared()


def work_again(project: Project, publication: Publication) -> Again:
    """Score everybody again on the log of today, as far as it was known then, by the models of then."""
    then = back_then(project, publication)
    return Again(then, score(then, publication.as_of))


def prove(again: Again, publication: Publication, customer_id: str, beside: Comparing = nothing_beside) -> Proof:
    """Compare what was published of a customer with what was worked out again; where it differs, look for the cause.

    `beside` compares what stands beside the predictions. When the next order or category is expected is not compared:
    which version of their models was in service is not recorded.
    """
    told = publication.predictions_of(customer_id) or {}

    def compared(those: Again) -> Compared:
        found, own = beside(those), tuple(_differences(told, those, customer_id))
        return replace(found, values=found.values + _recorded(told), differences=(*own, *found.differences))

    found = compared(again)
    why = tuple(_why(again, publication, found.differences, compared)) if found.differences else ()
    return Proof(found.values, found.differences, "the log of today, as far as it was known then", why, found.notes)


def looked_into(segment: Segment) -> list[str]:
    """Return the segments into which one looks, whose members are taken as published."""
    return sorted(question.name for question in segment.asks if isinstance(question, InSegment))


def membership_again(segment: Segment, facts: Facts, place: int) -> bool:
    """Say whether the customer at a place is a member by what was worked out again."""
    return bool(decide([segment], facts).members[segment.name][place])


def _recorded(told: Mapping[str, Any]) -> int:
    return sum(1 for name in told if not name.startswith(UNRECORDED))


def _differences(told: Mapping[str, Any], again: Again, customer_id: str) -> Iterator[Difference]:
    place = again.place(customer_id)
    if place < 0:
        yield Difference("customer_id", "known", "unknown")
        return
    table = again.profiles.table
    for name, value in told.items():
        now = table[name][place].as_py() if name in table.column_names else None
        if not name.startswith(UNRECORDED) and not is_close(value, now):
            yield Difference(name, value, now)


def is_close(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever a column holds
    """Say whether two values are the same but for the last digits of a number."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE) or (math.isnan(one) and math.isnan(other))
    return bool(one == other)


def _why(
    again: Again, publication: Publication, differences: tuple[Difference, ...], compared: Comparing
) -> Iterator[str]:
    """Yield what is likely to have made the differences, the surest first."""
    project = again.project
    yield from _by_the_log(again, publication, differences, compared)
    made_by = publication.manifest["code_version"]
    if made_by != code_version():
        yield f"It was made by Segcast {made_by}; this is {code_version()}, which may work something out differently."
    if project.settings.privacy.retention is not None:
        yield "The settings' retention removes old events from the log, which were still there then."
    if project.economics.assumed == ():
        yield "What is at stake and the bands follow from [money] in the settings, which may have been changed since."


def _by_the_log(
    again: Again, publication: Publication, differences: tuple[Difference, ...], compared: Comparing
) -> Iterator[str]:
    """Yield whether the log made the differences: those that its version of then does not have."""
    store = again.project.store
    number, now = publication.manifest["data_snapshot"], store.snapshot.number
    if number == now:
        return
    at = kept_snapshot(store, number)
    if at is None:
        yield (
            f"Version {number} of the log, which was read then, is not kept any more, as after a request to be "
            "forgotten or by retention: whether what went made the difference cannot be told."
        )
        return
    then = replace(again.project, at=at)
    left = {one.what for one in compared(Again(then, score(then, publication.as_of))).differences}
    gone = [one.what for one in differences if one.what not in left]
    if gone:
        yield (
            f"On version {number} of the log, which was read then, {_as_published(gone, left)}: rows that were taken "
            f"in or changed since, up to version {now}, count as known before {publication.as_of:%Y-%m-%d %H:%M}."
        )


def _as_published(gone: list[str], left: set[str]) -> str:
    if not left:
        return "it comes out as published"
    return f"{', '.join(gone)} {'comes' if len(gone) == 1 else 'come'} out as published"


def _remembered(segment: Segment, publication: Publication, before: Publication | None) -> pa.Table | None:
    """Return who was a member before, if the segment was then defined as it was in the publication."""
    if before is None:
        return None
    if before.definitions.get(segment.name) != publication.definitions[segment.name]:
        return None
    return before.memberships().of(segment.name)
