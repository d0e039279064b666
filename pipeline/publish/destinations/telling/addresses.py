"""Who agreed to be told of at a platform, and under which address, as of the moment at which it is asked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.events.consent import permission
from pipeline.events.contactable import EMAIL, address_field, addresses, agreed
from pipeline.events.store import Store

NO_CONSENT, NO_ADDRESS, SHARED_ADDRESS = "no consent", "no address", "address of another customer"


class Addresses:
    """What a store says now; a store that has changed is read again, at what is then `moment()`.

    Whoever does not want to be profiled is not told of either, whatever else they agreed to.
    Addresses are e-mail addresses, and only given for the purpose "email": whoever agreed to be called or notified did
    not agree to have their e-mail address told. An address belongs to one customer, the last one of whom it came in.
    """

    def __init__(self, store: Store, purpose: str, moment: Callable[[], datetime]) -> None:
        self._store = store
        self._purpose = purpose
        self._moment = moment
        self._held: _Known | None = None

    @property
    def state(self) -> int:
        """The number of the store's newest snapshot: as long as it stays the same, so do all answers."""
        return int(self._store.snapshot.number)

    def of(self, customer_ids: Iterable[str]) -> dict[str, str | None]:
        """Return those of the customers who may be told of, each with the e-mail address, None where none is needed."""
        return _rows(self._known.reachable, customer_ids)

    def for_withdrawal(self, customer_ids: Iterable[str]) -> dict[str, str | None]:
        """Return the e-mail addresses of the customers, of those who do not agree any more too: to take back with.

        None for another purpose: what was never told is not told to take back.
        """
        if self._purpose != EMAIL:
            return {}
        return _rows(self._known.every, customer_ids)

    @property
    def reachable(self) -> pa.Array:
        """The ids of all who may be told of."""
        return self._known.reachable["customer_id"].combine_chunks()

    def withheld(self, customer_ids: pa.Array) -> dict[str, int]:
        """Count those of the customers who may not be told of, by why."""
        known = self._known
        silent = customer_ids.filter(pc.invert(pc.is_in(customer_ids, known.agreed)))
        left = customer_ids.filter(pc.is_in(customer_ids, known.agreed))
        missing = left.filter(pc.invert(pc.is_in(left, known.addressed)))
        shared = left.filter(pc.and_(pc.is_in(left, known.addressed), pc.invert(pc.is_in(left, self.reachable))))
        counts = {NO_CONSENT: len(silent), NO_ADDRESS: len(missing), SHARED_ADDRESS: len(shared)}
        return {reason: count for reason, count in counts.items() if count}

    @property
    def _known(self) -> "_Known":
        if self._held is None or self._held.number != self.state:
            self._held = _Known(self._store, self._purpose, self._moment(), self.state)
        return self._held


@dataclass(frozen=True)
class _Known:
    """What one snapshot of the store says at a moment."""

    store: Store
    purpose: str
    as_of: datetime
    number: int

    @cached_property
    def agreed(self) -> pa.Array:
        """The ids of those who agreed."""
        return self._read(self._agreed)["customer_id"].combine_chunks()

    @cached_property
    def addressed(self) -> pa.Array:
        """The ids of those of whom the purpose's address is known; all who agreed where it needs none."""
        field = address_field(self.purpose)
        if field is None:
            return self.agreed
        return self._read(addresses(self.store, field, self.as_of))["customer_id"].combine_chunks()

    @cached_property
    def reachable(self) -> pa.Table:
        """`customer_id` and `address` of those who may be told of."""
        if self.purpose != EMAIL:
            ids = self.agreed.filter(pc.is_in(self.agreed, self.addressed))
            return pa.table({"customer_id": ids, "address": pa.nulls(len(ids), pa.string())})
        known = addresses(self.store, EMAIL, self.as_of).semi_join(self._agreed, "customer_id")
        order = (known.received_at.desc(), known.customer_id.asc())
        ranked = known.mutate(place=ibis.row_number().over(group_by=known.address.strip().lower(), order_by=order))
        return self._read(ranked.filter(ranked.place == 0).select("customer_id", "address"))

    @cached_property
    def every(self) -> pa.Table:
        """`customer_id` and `address` of everybody of whom an e-mail address is known."""
        return self._read(addresses(self.store, EMAIL, self.as_of).select("customer_id", "address"))

    @property
    def _agreed(self) -> ibis.Table:
        profiled = permission(self.store.consents(self.as_of), self.as_of, self.store.profiling)
        return profiled.among(agreed(self.store, self.purpose, self.as_of))

    def _read(self, rows: ibis.Table) -> pa.Table:
        return self.store.engine.to_pyarrow(rows).combine_chunks()


def _rows(known: pa.Table, customer_ids: Iterable[str]) -> dict[str, str | None]:
    asked = pa.array(customer_ids, pa.string())
    found = known.filter(pc.is_in(known["customer_id"], asked))
    rows: Mapping[str, str | None] = dict(
        zip(found["customer_id"].to_pylist(), found["address"].to_pylist(), strict=True)
    )
    return dict(rows)
