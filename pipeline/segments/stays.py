"""Who was in which segment before, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Places = npt.NDArray[np.int64]
Moments = npt.NDArray[np.datetime64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Stay:
    """The members of one segment before: the places of those who are still customers, and since when each was in."""

    places: Places
    since: Moments

    def among(self, customers: int) -> Truths:
        """Return of each of so many customers whether they were in."""
        was = np.zeros(customers, dtype=np.bool_)
        was[self.places] = True
        return was

    def since_of(self, members: Places, customers: int, as_of: datetime) -> pa.Array:
        """Return since when members at some places, of so many customers, are in: all along, or as of now."""
        since = np.full(customers, np.datetime64(as_of.astimezone(UTC).replace(tzinfo=None), "us"))
        since[self.places] = self.since
        return pa.array(since[members]).cast(pa.timestamp("us", "UTC"))


NO_STAY = Stay(np.empty(0, np.int64), np.empty(0, "datetime64[us]"))


def stays(memberships: pa.Table, customer_ids: pa.Array) -> Mapping[str, Stay]:
    """Return, by segment, who of the customers was in it by earlier memberships; a place is one in `customer_ids`."""
    places = pc.index_in(memberships["customer_id"].cast(pa.string()), value_set=customer_ids)
    still = memberships.append_column("place", places).filter(pc.is_valid(places))
    if not still.num_rows:
        return {}
    place = still["place"].to_numpy().astype(np.int64)
    since = still["since"].cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us")).to_numpy()
    return {name: Stay(place[rows], since[rows]) for name, rows in rows_by_segment(still).items()}


def rows_by_segment(memberships: pa.Table) -> dict[str, Places]:
    """Return the rows of each segment of a table of memberships."""
    names = memberships["segment"].combine_chunks().dictionary_encode()
    codes = names.indices.to_numpy()
    order = np.argsort(codes, kind="stable")  # quick, as the rows of a segment lie together
    rows = np.split(order, np.cumsum(np.bincount(codes, minlength=len(names.dictionary)))[:-1])
    return dict(zip(names.dictionary.to_pylist(), rows, strict=False))
