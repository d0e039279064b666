"""Erasing a person from the tables at rest, earlier versions of them included."""

from collections.abc import Callable

import ibis

from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, QUARANTINE, Contract


def forget_customer(store: Store, customer_id: str) -> dict[str, int]:
    """Delete every row about a customer and the files of earlier versions that held it; return rows by table.

    A quarantined row is about the customer when its text holds the id as a whole value.
    """
    deleted = {
        contract.name: _delete(store, contract, lambda rows: rows.customer_id == customer_id, ("customer_id",))
        for contract in (EVENTS, CUSTOMERS, CONSENTS)
    }
    mentioned = ibis.literal(f'"{customer_id}"')
    deleted[QUARANTINE.name] = _delete(store, QUARANTINE, lambda rows: rows.row.contains(mentioned), QUARANTINE.key)
    return deleted


def _delete(store: Store, contract: Contract, about: Callable[[ibis.Table], ibis.Value], key: tuple[str, ...]) -> int:
    rows = store.read(contract).filter(about)
    count = int(store.engine.execute(rows.count()))
    if count:
        doomed = store.engine.to_pyarrow(rows.select(*key).distinct())
        with store.writing() as change:
            change.delete(contract, doomed)
            change.purge(contract)
    return count
