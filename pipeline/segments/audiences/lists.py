"""The members of segments as places in one order of customers, from which audiences are put together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.reach import Reach
from pipeline.segments.audiences.rules import Members
from pipeline.segments.holdout import held_out_among
from pipeline.segments.membership import Memberships
from pipeline.segments.segment import Segment
from pipeline.segments.stays import Places, Truths, rows_by_segment

NOWHERE: Places = np.empty(0, np.int64)


@dataclass(frozen=True)
class Lists:
    """Who of the customers in `reach` is in each segment, and who of them its list holds out.

    `holdouts` are the shares held out, by the name of every segment that was decided.
    """

    reach: Reach
    members: Mapping[str, Places]
    held_out: Mapping[str, Places]
    holdouts: Mapping[str, float]

    def of(self, audience: Audience) -> Members:
        """Return the members of an audience and what its lists say of them."""
        places = np.flatnonzero(self._at_any(self._places(name) for name in audience.include))
        excluded = {name: self._at_any([self._places(name)])[places] for name in audience.exclude}
        return Members(audience, self.reach, places, excluded, self._at_any(self._held_out(audience))[places])

    def _held_out(self, audience: Audience) -> Iterator[Places]:
        """Yield the places of those whom an included segment's list holds out, and whom it would of a larger share."""
        for name in audience.include:
            yield self.held_out.get(name, NOWHERE)
            if audience.holdout is not None and audience.holdout > self.holdouts.get(name, 0.0):
                places = self._places(name)
                customers = self.reach.customer_id.take(pa.array(places))
                yield places[held_out_among(name, audience.holdout, customers)]

    def _places(self, segment: str) -> Places:
        return self.members.get(segment, NOWHERE)

    def _at_any(self, places: Iterable[Places]) -> Truths:
        """Return of every customer whether they are at one of the places."""
        at = np.zeros(len(self.reach.customer_id), np.bool_)
        for some in places:
            at[some] = True
        return at


def lists_of(memberships: Memberships, segments: Sequence[Segment], reach: Reach) -> Lists:
    """Return the lists of all segments that were decided; `reach` has everybody who is on one."""
    table, left_out = memberships.table, {entry.segment for entry in memberships.left_out}
    place = pc.index_in(table["customer_id"], value_set=reach.customer_id).to_numpy().astype(np.int64)
    out = table["held_out"].to_numpy().astype(np.bool_)
    rows = rows_by_segment(table)
    return Lists(
        reach,
        {name: place[those] for name, those in rows.items()},
        {name: place[those[out[those]]] for name, those in rows.items()},
        {segment.name: segment.holdout for segment in segments if segment.name not in left_out},
    )
