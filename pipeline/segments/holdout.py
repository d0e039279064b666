"""Who is held out of a segment's campaigns, so that what the campaigns bring can be measured."""

from collections.abc import Mapping

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.events.engine import connect

HASHED_DIGITS = 8


def held_out_among(segment: str, share: float, customers: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """Return of each customer, in the order given, whether their hash falls into the share, at least 0 and below 1.

    The same on every machine and every night, and whoever is held out of a share is held out of a larger one. Of one
    segment, it says nothing about another.
    """
    return held_out_of({segment: share}, pa.repeat(segment, len(customers)), customers)


def held_out_of(
    shares: Mapping[str, float], segments: pa.Array | pa.ChunkedArray, customers: pa.Array | pa.ChunkedArray
) -> npt.NDArray[np.bool_]:
    """Return the same of members of many segments at once, each row of a segment that `shares` names and a customer."""
    rows = pa.table({"segment": segments, "customer_id": customers, "place": np.arange(len(customers))})
    limits = pa.table({"segment": list(shares), "below": pa.array(map(_limit, shares.values()), pa.string())})
    engine = connect("UTC")
    try:
        members = ibis.memtable(rows).join(ibis.memtable(limits), "segment")
        digits = (members.segment + ibis.literal("/") + members.customer_id).hexdigest("md5").substr(0, HASHED_DIGITS)
        places = engine.to_pyarrow(members.filter(digits < members.below).select("place"))["place"].to_numpy()
    finally:
        engine.disconnect()
    mask = np.zeros(len(customers), np.bool_)
    mask[places] = True
    return mask


def _limit(share: float) -> str:
    return f"{int(share * 16**HASHED_DIGITS):0{HASHED_DIGITS}x}"
