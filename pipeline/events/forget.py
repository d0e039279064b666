"""Erasing a person from the tables at rest, earlier versions of them included."""

from collections.abc import Callable

import ibis
import pyarrow as pa
from deltalake import DeltaTable

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
    if store.version(contract) is None:
        return 0
    rows = store.read(contract).filter(about)
    count = int(store.engine.execute(rows.count()))
    if count:
        _merge_away(DeltaTable(store.path(contract)), store.engine.to_pyarrow(rows.select(*key).distinct()), key)
    return count


def _merge_away(table: DeltaTable, doomed: pa.Table, key: tuple[str, ...]) -> None:
    # The keys travel as data, not inside a predicate, so that no id can be read as one.
    same = " and ".join(f"kept.{name} = doomed.{name}" for name in key)
    table.merge(doomed, same, source_alias="doomed", target_alias="kept").when_matched_delete().execute()
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
