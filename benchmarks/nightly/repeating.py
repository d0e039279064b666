"""A shop whose every quarter is the same: as many customers do the same again, so that only the history grows.

A quarter of the simulated shop is repeated, thirteen weeks earlier each time and under other ids of events and orders;
what a customer does in it, another one did in the quarter before, so that some stay away for long and come back. The
customers themselves, consents and aliases are those of the one quarter. It rests in the store as nightly ingests leave
it: what became known on a day is one commit, late events and compaction among them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES, INGESTS
from pipeline.shop.simulate import SimulatedShop, simulate

END = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)
QUARTER = timedelta(weeks=13)  # so that every weekday stays one
MONTHS_A_QUARTER = 3
TURNS = 16  # after so many quarters a customer would do the same again


@dataclass(frozen=True)
class RepeatedShop:
    """So many quarters of a shop, the last of them as it was simulated."""

    quarter: SimulatedShop
    quarters: int

    @property
    def months(self) -> int:
        """How long its history is."""
        return self.quarters * MONTHS_A_QUARTER

    def nights(self, end: datetime, days_a_commit: int) -> Iterator[pa.Table]:
        """Yield the events that became known before a moment, some days of them after the other."""
        known = pa.concat_tables([self._earlier(back) for back in reversed(range(self.quarters))])
        received = known["received_at"].cast(pa.int64()).to_numpy() // (DAY // timedelta(microseconds=1))
        commits = received // days_a_commit
        last = (end - datetime(1970, 1, 1, tzinfo=UTC)) // DAY
        order = np.argsort(commits, kind="stable")
        order = order[received[order] < last]
        for places in np.split(order, np.flatnonzero(np.diff(commits[order])) + 1):
            yield known.take(pa.array(places))

    def write(self, store: Store, end: datetime, days_a_commit: int) -> int:
        """Write a store as it is after the nights before a moment; return how many events it has."""
        with store.writing() as change:
            for contract in (CUSTOMERS, CONSENTS, IDENTITIES):
                change.append(contract, getattr(self.quarter, contract.name))
        written = 0
        for number, events in enumerate(self.nights(end, days_a_commit)):
            with store.writing() as change:
                change.append(EVENTS, events)
                change.append(INGESTS, _record(number, events))
                change.compact(store.engine)
            written += len(events)
        return written

    def export(self, folder: Path, day: datetime) -> int:
        """Write the file that a night of the last quarter finds: what became known on the day before it."""
        received = self.quarter.events["received_at"]
        begin, end = (pa.scalar(moment, received.type) for moment in (day - DAY, day))
        fresh = self.quarter.events.filter(pc.and_(pc.greater_equal(received, begin), pc.less(received, end)))
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(fresh, folder / f"{day:%Y-%m-%d}.parquet", compression="zstd")
        return len(fresh)

    def _earlier(self, back: int) -> pa.Table:
        """Return the events of so many quarters earlier."""
        if not back:
            return self.quarter.events
        events, by = self.quarter.events, pa.scalar(back * QUARTER, pa.duration("us"))
        own = pc.unique(self.quarter.customers["customer_id"])
        turned = np.roll(np.arange(len(own)), back * len(own) // TURNS)
        others = own.take(pc.index_in(events["customer_id"], own.take(pa.array(turned))))
        told = {
            "customer_id": pc.coalesce(others, events["customer_id"]),  # an alias stays whose it is
            **{name: pc.subtract(events[name], by) for name in ("occurred_at", "received_at")},
            **{name: pc.binary_join_element_wise(f"{back}", events[name], "-") for name in ("event_id", "order_id")},
        }
        return pa.table({name: told.get(name, events[name]) for name in events.column_names}, events.schema)


def one_quarter(customers: int, seed: int) -> SimulatedShop:
    """Simulate the quarter before `END`, each event told once."""
    shop = simulate(customers, END - QUARTER, END, seed)
    ids = shop.events["event_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    once = pa.array(np.sort(np.unique(ids, return_index=True)[1]))
    return SimulatedShop(shop.events.take(once), shop.customers, shop.consents, shop.identities)


def some_customers(shop: SimulatedShop, most: int) -> SimulatedShop:
    """Return a smaller shop: of everything what is about the first customers."""
    some = shop.customers["customer_id"].unique()[:most]
    aliases = shop.identities.filter(pc.is_in(shop.identities["customer_id"], some))
    own = pa.concat_arrays([some, aliases["alias"].combine_chunks()])
    return SimulatedShop(
        shop.events.filter(pc.is_in(shop.events["customer_id"], own)),
        shop.customers.filter(pc.is_in(shop.customers["customer_id"], some)),
        shop.consents.filter(pc.is_in(shop.consents["customer_id"], own)),
        aliases,
    )


def _record(number: int, events: pa.Table) -> pa.Table:
    """Return what an ingest notes of the file that told these events."""
    counts = {"rows_read": len(events), "rows_kept": len(events), "rows_written": len(events)}
    told = {
        "source": "events",
        "file": f"{number}.parquet",
        "digest": f"{number:064x}",
        "settings": "0" * 64,
        "cursor": None,
        **counts,
        "duplicates": 0,
        "quarantined": 0,
        "ingested_at": pc.max(events["received_at"]).as_py(),
    }
    return pa.Table.from_pylist([told], INGESTS.schema)
