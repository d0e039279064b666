"""How long rows are kept: what is older than a moment goes, except what is still in force."""

from collections.abc import Mapping
from datetime import datetime

import ibis
import pyarrow as pa

from pipeline.events.consent import withdrawals
from pipeline.events.contract import Contract
from pipeline.events.forget import purge
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, GAPS, IDENTITIES, QUARANTINE
from pipeline.events.writing import Writing

WHOLLY = (EVENTS, QUARANTINE, GAPS)


def expire(store: Store, before: datetime) -> Mapping[str, int]:
    """Delete what dates from before the UTC instant `before` from all tables together; return rows by table.

    An unsubscription among the events that go is written down as the answer that it is. Of consents, the last answer of
    each customer about each purpose stays, and so does the last one from before
    `before`: it was in force then. An alias stays while either id has events or is a customer. The files of earlier
    versions go too. Nothing is written, and nothing is returned, when nothing is old enough.
    """
    with store.writing() as change:
        _write_down(store, change, before)
        expired = {contract.name: _delete_old(store, change, contract, before) for contract in WHOLLY}
        expired[CONSENTS.name] = _delete(change, CONSENTS, _keys(store, CONSENTS, _superseded(store, before)))
        expired[IDENTITIES.name] = _delete(change, IDENTITIES, _keys(store, IDENTITIES, _idle(store, before)))
    purge(store)
    return {name: count for name, count in expired.items() if count}


def _write_down(store: Store, change: Writing, before: datetime) -> None:
    """Add as answers the refusals that old events say: when those are gone, an older yes would be in force again."""
    old = withdrawals(_old(store.read(EVENTS), EVENTS, before))
    last = old.group_by("customer_id", "purpose").aggregate(
        granted=old.granted.any(),
        received_at=old.received_at.argmax(old.occurred_at),
        occurred_at=old.occurred_at.max(),
    )
    written = store.read(CONSENTS)
    said = last.anti_join(written, list(CONSENTS.key)).select(*CONSENTS.columns)
    rows = store.engine.to_pyarrow(said).cast(CONSENTS.schema)
    if rows.num_rows:
        change.append(CONSENTS, rows)


def _delete_old(store: Store, change: Writing, contract: Contract, before: datetime) -> int:
    count = int(store.engine.execute(_old(store.read(contract), contract, before).count()))
    if count:
        change.delete_before(contract, before)
    return count


def _delete(change: Writing, contract: Contract, doomed: pa.Table) -> int:
    if doomed.num_rows:
        change.delete(contract, doomed)
    return len(doomed)


def _old(rows: ibis.Table, contract: Contract, before: datetime) -> ibis.Table:
    return rows.filter(rows[contract.dated_by] < ibis.literal(before))


def _superseded(store: Store, before: datetime) -> ibis.Table:
    """Return the answers from before the moment that a later one from before it has replaced."""
    old = _old(store.read(CONSENTS), CONSENTS, before)
    newest_first = ibis.window(
        group_by=(old.customer_id, old.purpose), order_by=(old.occurred_at.desc(), old.granted.asc())
    )
    ranked = old.mutate(place=ibis.row_number().over(newest_first))
    return ranked.filter(ranked.place > 0)


def _idle(store: Store, before: datetime) -> ibis.Table:
    """Return the old claims between ids that neither have events left nor are customers."""
    events = store.read(EVENTS)
    left = events.filter(events.occurred_at >= ibis.literal(before)).select("customer_id")
    present = ibis.union(left, store.read(CUSTOMERS).select("customer_id"), distinct=True)
    old = _old(store.read(IDENTITIES), IDENTITIES, before)
    return old.anti_join(present, "customer_id").anti_join(present.view(), [("alias", "customer_id")])


def _keys(store: Store, contract: Contract, rows: ibis.Table) -> pa.Table:
    types = pa.schema([contract.schema.field(name) for name in contract.key])
    return store.engine.to_pyarrow(rows.select(*contract.key)).cast(types)
