"""Who came and who went since the publication before."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition


@dataclass(frozen=True)
class Change:
    """Customers of one segment who were not in it before, and who were but are not any more."""

    entered: int
    left: int


def changes(edition: Edition) -> Mapping[str, Change]:
    """Return the change of every segment that the earlier publication held too.

    A segment that is new, or was left out then, is absent: everyone in it would count as having entered.
    """
    if edition.earlier is None:
        return {}
    before, now = edition.earlier.memberships(), edition.memberships
    known = [segment.name for segment in edition.decided if segment.name in edition.earlier.definitions]
    return {name: _change(before.of(name)["customer_id"], now.of(name)["customer_id"]) for name in known}


def redefined(edition: Edition) -> frozenset[str]:
    """Return the segments whose definition differs from the earlier publication's, so that a change may be ours."""
    if edition.earlier is None:
        return frozenset()
    before = edition.earlier.definitions
    known = [segment for segment in edition.decided if segment.name in before]
    return frozenset(segment.name for segment in known if before[segment.name] != segment.definition_version)


def _change(before: pa.ChunkedArray, now: pa.ChunkedArray) -> Change:
    return Change(entered=_absent(now, before), left=_absent(before, now))


def _absent(customers: pa.ChunkedArray, others: pa.ChunkedArray) -> int:
    """Count the `customers` who are not among `others`."""
    return len(customers) - int(pc.sum(pc.is_in(customers, others)).as_py() or 0)
