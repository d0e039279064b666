"""Erasing a person from the tables at rest, earlier versions of them included."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path

import ibis
import pyarrow as pa
from deltalake import DeltaTable

from pipeline.events.contract import LONGEST_NAME, Contract
from pipeline.events.engine import stream
from pipeline.events.forgotten import remember
from pipeline.events.person import Person
from pipeline.events.pseudonyms import pseudonym
from pipeline.events.store import Store
from pipeline.events.summaries import sweep
from pipeline.events.tables import CUSTOMERS, DATA_TABLES, IDENTITIES, QUARANTINE, TABLES
from pipeline.events.writing import Writing

ID_COLUMNS = ("customer_id", "alias")
CONTACTS = ("email", "phone")


def find_person(store: Store, customer_id: str, key: bytes | None = None) -> Person:
    """Return all that the store knows to name the person with this id; `key` is the one under which ids rest.

    An alias is the person's when every claim about it, whenever it was made, leads to them. An e-mail address or
    telephone number that somebody else has too is left out: it does not name this person alone.
    """
    given = frozenset({customer_id} if key is None else {customer_id, pseudonym(customer_id, key)})
    ids = _with_aliases(store, given)
    return Person(ids, _own_contacts(store, ids), key)


def erase(store: Store, person: Person) -> Mapping[str, int]:
    """Delete every row about the person from all tables together, and then the files that held one.

    A quarantined row is about the person when it holds an id or address of theirs as a whole value. Free text in which
    somebody else's row mentions them becomes null, and the row stays. Returns the rows deleted by table, and under
    `<table>, text emptied` those that lost a text; nothing for a table without any.
    """
    with store.writing() as change:
        erased = {**_delete_rows(store, change, person), **_empty_texts(store, change, person)}
        if erased:
            remember(store, person.ids | person.contacts)
    purge(store)
    return erased


def purge(store: Store) -> None:
    """Remove every file that the newest snapshot does not need; nothing is written where there is none."""
    with store.writing() as change:
        for contract in TABLES:
            if _has_leftovers(store.folder / contract.name):
                change.purge(contract)
        sweep(store)


def _delete_rows(store: Store, change: Writing, person: Person) -> dict[str, int]:
    deleted = {}
    for contract in DATA_TABLES.values():
        rows = store.read(contract)
        columns = [name for name in ID_COLUMNS if name in contract.columns]
        ids = sorted(person.ids)
        count = _count(store, rows.filter(ibis.or_(*(rows[name].isin(ids) for name in columns))))
        if count:
            deleted[contract.name] = count
            for name in columns:
                change.delete(contract, pa.table({name: pa.array(ids, pa.string())}))
    doomed = _quarantined(store, person)
    if doomed.num_rows:
        change.delete(QUARANTINE, doomed)
        deleted[QUARANTINE.name] = doomed.num_rows
    return deleted


def _quarantined(store: Store, person: Person) -> pa.Table:
    """Return the keys of the rows set aside that are about the person."""
    rows = store.read(QUARANTINE)
    texts = rows.filter(_finds(rows.row, person.value_patterns)).select(*QUARANTINE.key, "row")
    return pa.concat_tables(_about(stream(store.engine, texts), "row", person.is_in_row)).select(list(QUARANTINE.key))


def _empty_texts(store: Store, change: Writing, person: Person) -> dict[str, int]:
    """Empty the free texts of other people's rows that mention the person."""
    emptied = {}
    for contract in DATA_TABLES.values():
        rows = _mentioning(store, contract, person)
        if rows.num_rows:
            change.delete(contract, rows.select(list(contract.key)))
            change.append(contract, rows)
            emptied[f"{contract.name}, text emptied"] = rows.num_rows
    return emptied


def _mentioning(store: Store, contract: Contract, person: Person) -> pa.Table:
    """Return other people's rows that mention the person, already without the texts that do."""
    rows, names = store.read(contract), _free_texts(contract)
    if not person.mention_patterns or not names:
        return contract.schema.empty_table()
    others = rows.filter(*(rows[name].notin(sorted(person.ids)) for name in ID_COLUMNS if name in contract.columns))
    found = others.filter(ibis.or_(*(_finds(others[name], person.mention_patterns) for name in names)))
    table = store.engine.to_pyarrow(found).cast(contract.schema)
    mentioned = {name: _mask(table[name], person.is_mentioned) for name in names}
    for name, mask in mentioned.items():
        kept = pa.compute.if_else(mask, None, table[name])
        table = table.set_column(contract.columns.index(name), contract.schema.field(name), kept)
    return table.filter(reduce(pa.compute.or_, mentioned.values()))


def _finds(text: ibis.Value, patterns: Sequence[str]) -> ibis.Value:
    found = (text.re_search(f"(?i){pattern}") for pattern in patterns)
    return ibis.or_(ibis.literal(value=False), *found)


def _free_texts(contract: Contract) -> tuple[str, ...]:
    """Return the columns in which a source can say anything at all: texts longer than any name."""
    return tuple(
        one.name for one in contract.fields if pa.types.is_string(one.type) and (one.longest or 0) > LONGEST_NAME
    )


def _mask(texts: pa.ChunkedArray, holds: Callable[[str], bool]) -> pa.Array:
    return pa.array([text is not None and holds(text) for text in texts.to_pylist()], pa.bool_())


def _about(batches: pa.RecordBatchReader, column: str, holds: Callable[[str], bool]) -> Iterator[pa.Table]:
    yield batches.schema.empty_table()
    for batch in batches:
        yield pa.Table.from_batches([batch]).filter(_mask(pa.chunked_array([batch[column]]), holds))


def _with_aliases(store: Store, given: frozenset[str]) -> frozenset[str]:
    """Return the ids and every alias whose claims all lead to them, however many steps away."""
    claims = store.read(IDENTITIES)
    reached = frontier = given
    while frontier:
        pointing = store.engine.to_pyarrow(claims.filter(claims.customer_id.isin(sorted(frontier))).select("alias"))
        frontier = frozenset(pointing["alias"].to_pylist()) - reached
        reached |= frontier
    said = store.engine.to_pyarrow(claims.filter(claims["alias"].isin(sorted(reached))).select("alias", "customer_id"))
    pairs = list(zip(said["alias"].to_pylist(), said["customer_id"].to_pylist(), strict=True))
    # Aliases that claim each other are the person's together, so all are believed until a claim leads elsewhere.
    while contested := {alias for alias, owner in pairs if alias in reached - given and owner not in reached}:
        reached -= contested
    return reached


def _own_contacts(store: Store, ids: frozenset[str]) -> frozenset[str]:
    rows = store.read(CUSTOMERS)
    own, others = rows.customer_id.isin(sorted(ids)), rows.customer_id.notin(sorted(ids))
    return frozenset(
        contact
        for name in CONTACTS
        for contact in _values(store, rows.filter(own), name)
        - _values(store, rows.filter(others, _plain(rows, name).isin(_values(store, rows.filter(own), name))), name)
    )


def _values(store: Store, rows: ibis.Table, name: str) -> frozenset[str]:
    values = store.engine.to_pyarrow(rows.select(value=_plain(rows, name)).distinct())["value"].to_pylist()
    return frozenset(value for value in values if value)


def _plain(rows: ibis.Table, name: str) -> ibis.Value:
    return rows[name].strip().lower()


def _count(store: Store, rows: ibis.Table) -> int:
    return int(store.engine.execute(rows.count()))


def _has_leftovers(table: Path) -> bool:
    if not DeltaTable.is_deltatable(str(table)):
        return False
    needed = {Path(uri).name for uri in DeltaTable(table).file_uris()}
    return any(path.name not in needed for path in table.rglob("*.parquet") if "_delta_log" not in path.parts)
