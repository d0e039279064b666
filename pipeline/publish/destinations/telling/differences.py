"""What a platform is to be told: what is wanted of it, less what it has confirmed that it holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.destinations.destination import Row
from pipeline.publish.destinations.outbox.outbox import Outbox
from pipeline.publish.destinations.telling.entries import Entries, differing, known, named, taken_back
from pipeline.publish.destinations.telling.wanted import NOBODY, WantedPart
from pipeline.publish.plain import Json


@dataclass(frozen=True)
class Difference:
    """What is to become of one customer's entry in a part.

    `after` are the values that are to be told, null for what is to be taken away, and `before` what is held of these,
    null for nothing and for what is not known. `is_new`: the customer is not in the part yet. `is_withdrawal`: is no
    longer to be told of.
    """

    customer_id: str
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    is_new: bool = False
    is_withdrawal: bool = False

    def to_send(self) -> Row:
        """Return the row that tells it, without an address yet."""
        return Row(self.customer_id, self.after, is_withdrawal=self.is_withdrawal)


@dataclass(frozen=True)
class Differences:
    """Those of some customers, in order of their ids, and how many others are `unchanged`.

    Who is `done_with` is no longer to be told of either, but what is held of them leaves nothing to take back.
    """

    rows: tuple[Difference, ...]
    unchanged: int
    done_with: tuple[str, ...] = ()


def differences(wanted: WantedPart, outbox: Outbox, destination: str, told_of: pa.Array) -> Iterator[Differences]:
    """Yield what differs, some ten thousand customers at a time; `told_of` are all of whom profiles are wanted."""
    for chunk, over, up_to in _bounded(wanted):
        yield _between(wanted, chunk, outbox.entries(destination, wanted.part, over, up_to), told_of)


def _bounded(wanted: WantedPart) -> Iterator[tuple[pa.Table, str, str | None]]:
    """Yield each chunk with the ids between which nobody else is wanted: after one, and up to another or for ever."""
    over = ""
    waiting = pa.table({"customer_id": NOBODY, "entries": NOBODY})
    for chunk in wanted.chunks():
        if len(waiting):
            last = waiting["customer_id"][-1].as_py()
            yield waiting, over, last
            over = last
        waiting = chunk
    yield waiting, over, None


def _between(wanted: WantedPart, chunk: pa.Table, held: Entries, told_of: pa.Array) -> Differences:
    customers, entries = (chunk[name].combine_chunks() for name in ("customer_id", "entries"))
    held_ids = pa.array(held.customer_ids, pa.string())
    place = pc.index_in(customers, value_set=held_ids)
    other = np.flatnonzero(~_equal(wanted.names, entries, held, place))
    changes = [
        change
        for change in _changes(wanted, customers.take(other), entries.take(other), held, place.take(other))
        if change.after or change.is_new
    ]
    withdrawals = _withdrawals(wanted, held, _leaving(wanted, customers, held_ids), told_of)
    rows = sorted([*changes, *(one for one in withdrawals if one.after)], key=lambda row: row.customer_id)
    done_with = tuple(one.customer_id for one in withdrawals if not one.after)
    return Differences(tuple(rows), len(customers) - len(changes), done_with)


def _equal(names: Sequence[str], entries: pa.Array, held: Entries, place: pa.Array) -> npt.NDArray[np.bool_]:
    """Say of each wanted text whether the same names and the same text are held; those that differ may yet be equal."""
    shapes = {shape_id for shape_id, known in held.shapes.items() if tuple(known) == tuple(names)}
    same_names = pa.array([shape_id in shapes for shape_id in held.shape_ids], pa.bool_())
    same_text = pc.equal(entries, pa.array(held.texts, pa.string()).take(place))
    return np.asarray(pc.fill_null(pc.and_(same_text, same_names.take(place)), False), np.bool_)  # noqa: FBT003


def _changes(
    wanted: WantedPart, customers: pa.Array, entries: pa.Array, held: Entries, place: pa.Array
) -> Iterator[Difference]:
    found = zip(customers.to_pylist(), entries.to_pylist(), place.to_pylist(), strict=True)
    for customer_id, text, at in found:
        values = named(wanted.names, text)
        if at is None:
            yield Difference(customer_id, {}, values, is_new=True)
        else:
            before = held.values(at)
            changed = differing(values, before, wanted.kept)
            yield Difference(customer_id, known(before, changed), changed)


def _leaving(wanted: WantedPart, customers: pa.Array, held_ids: pa.Array) -> list[int]:
    """Return the places of those who are held and neither wanted nor staying."""
    right = pc.or_(pc.is_in(held_ids, customers), pc.is_in(held_ids, wanted.staying))
    return list(np.flatnonzero(~np.asarray(right, np.bool_)).tolist())


def _withdrawals(wanted: WantedPart, held: Entries, places: Sequence[int], told_of: pa.Array) -> list[Difference]:
    if not places:
        return []
    ids = pa.array([held.customer_ids[place] for place in places], pa.string())
    still = pc.is_in(ids, told_of).to_pylist()
    found = []
    for place, customer_id, is_told_of in zip(places, ids.to_pylist(), still, strict=True):
        before = held.values(place)
        changed = taken_back(wanted.part, before)
        found.append(Difference(customer_id, known(before, changed), changed, is_withdrawal=not is_told_of))
    return found
