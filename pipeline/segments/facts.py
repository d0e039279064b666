"""All that segments are decided by: what is known of every customer, and what has been decided before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.conditions.known import Kind, Known
from pipeline.conditions.nodes import Column, IsNull, Node, walk
from pipeline.conditions.questions import Consented, InSegment
from pipeline.segments.asking import Answers
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment
from pipeline.segments.stays import Stay, Truths, stays


@dataclass(frozen=True)
class Facts:
    """One value a customer, in one order, of everything that may be read.

    `columns` are those of the profiles and `kinds` what they hold, `unknown` those of them that nobody has a value in;
    `answers` what conditions ask beside them; `before` who was in which segment; `moment` when all this was so.
    """

    columns: pa.Table
    kinds: Mapping[str, Kind]
    unknown: frozenset[str]
    event_types: frozenset[str]
    purposes: frozenset[str]
    answers: Mapping[Node, pa.Array]
    before: Mapping[str, Stay]
    moment: datetime

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    @property
    def customer_ids(self) -> pa.Array:
        """The customers, in the order of all values."""
        return self.columns["customer_id"].combine_chunks()

    def and_of(self, members: Mapping[str, Truths]) -> "Facts":
        """Return the facts and who is in some segments, so that others can look into them."""
        inside: dict[Node, pa.Array] = {InSegment(name): pa.array(truths) for name, truths in members.items()}
        return replace(self, answers={**self.answers, **inside})

    def known_to(self, segment: Segment) -> Known:
        """Return what the segment may name: a column that nobody has a value in only if it asks for nulls itself."""
        excused = {name for definition in segment.definitions for name in _asked_for_null(definition)}
        lacking = self.unknown - excused
        return Known(
            columns={name: kind for name, kind in self.kinds.items() if name not in lacking},
            event_types=self.event_types,
            segments=frozenset(node.name for node in self.answers if isinstance(node, InSegment)),
            purposes=self.purposes,
        )


def facts_of(
    profiles: Profiles, answers: Answers, memberships: pa.Table | None, segments: Iterable[Segment] = ()
) -> Facts:
    """Return all that decides the segments; `memberships` are those of the run before."""
    ids = profiles.table["customer_id"].cast(pa.string()).combine_chunks()
    agreed: dict[Node, pa.Array] = {
        Consented(purpose): pc.is_in(ids, value_set=those) for purpose, those in answers.consented.items()
    }
    return Facts(
        columns=profiles.table,
        kinds=profiles.kinds,
        unknown=frozenset(_unknown(profiles, segments)),
        event_types=answers.event_types,
        purposes=answers.purposes,
        answers={**answers.of_events(ids), **agreed},
        before={} if memberships is None else stays(memberships, ids),
        moment=profiles.as_of,
    )


def _unknown(profiles: Profiles, segments: Iterable[Segment]) -> Iterable[str]:
    """Yield the columns read in which nobody has a value, in a shop that has customers at all."""
    read = {name for segment in segments for definition in segment.definitions for name in definition.needs}
    for name in read & profiles.kinds.keys():
        if len(profiles) and pc.all(pc.is_null(profiles.table[name], nan_is_null=True)).as_py():
            yield name


def _asked_for_null(segment: Segment) -> Iterable[str]:
    """Yield the columns of which a segment asks whether they are null, so that it knows what to make of that."""
    nodes = (node for condition in segment.conditions for node in walk(condition) if isinstance(node, IsNull))
    return (part.name for node in nodes for part in walk(node) if isinstance(part, Column))
