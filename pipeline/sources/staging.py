"""A batch in the scratch: its rows checked and told apart before any of them is written."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
from ibis.backends.duckdb import Backend

from pipeline.events.contract import Contract
from pipeline.events.engine import tables_of
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, DATA_TABLES
from pipeline.sources.headers import OTHER_HEADER, after_headers
from pipeline.sources.mapped import LINE, PART, REASON
from pipeline.sources.prepared import KEY, key_of, keyed

BAD, ROW, HASH = "bad", "rowid", "hash"


@dataclass(frozen=True)
class Staged:
    """Tables of the scratch, by the name of the table that their rows are for.

    `fresh` are the rows that the store gains. `bad` has the lines that cannot be kept: part, line, reason.
    """

    engine: Backend
    rows: Mapping[str, ibis.Table]
    fresh: Mapping[str, ibis.Table]
    bad: ibis.Table


def stage(engine: Backend, name: str, rows: ibis.Table) -> None:
    """Add prepared rows of a table to the scratch."""
    if name in tables_of(engine):
        # Not through Ibis, which parses what it has written once more and may read it in another way.
        engine.con.sql(engine.compile(rows)).insert_into(name)
    else:
        engine.create_table(name, rows)


def drop_part(engine: Backend, part: int) -> None:
    """Take out of the scratch what was staged of a part."""
    for name in [name for name in DATA_TABLES if name in tables_of(engine)]:
        rows = engine.table(name)
        engine.create_table(name, rows.filter(rows[PART] != part), overwrite=True)


def settled(engine: Backend, store: Store) -> Staged:
    """Sort out what was staged: bad lines, rows told twice, rows that the store has already."""
    rows = {name: engine.table(name) for name in DATA_TABLES if name in tables_of(engine)}
    wrong = [table.filter(table[REASON].notnull()).select(PART, LINE, REASON) for table in rows.values()]
    lines = ibis.union(*wrong)
    bad = engine.create_table(BAD, lines.group_by(PART, LINE).aggregate(**{REASON: lines[REASON].min()}))
    if OTHER_HEADER in engine.to_pyarrow(bad.select(REASON).distinct())[REASON].to_pylist():
        engine.insert(BAD, after_headers(ibis.union(*(table.select(PART, LINE) for table in rows.values())), bad))
    fresh = {name: _fresh(engine, table, bad, store, DATA_TABLES[name]) for name, table in rows.items()}
    return Staged(engine, rows, fresh, bad)


def new_to(store: Store, engine: Backend, rows: ibis.Table, contract: Contract) -> ibis.Table:
    """Return the rows that the store does not have yet; they have `rowid`."""
    files = store.files(contract)
    if not files:
        return rows
    rows = keyed(rows)
    before = engine.create_table(f"{contract.name}_before", _known(engine, rows, files, contract), overwrite=True)
    return rows.anti_join(before, ROW)


def _fresh(engine: Backend, rows: ibis.Table, bad: ibis.Table, store: Store, contract: Contract) -> ibis.Table:
    known = keyed(rows.mutate(**{ROW: rows.rowid()}))
    numbered = known.mutate(**{HASH: known[KEY].hash()})
    readable = numbered.filter(numbered[REASON].isnull()).anti_join(bad, [PART, LINE])
    twice = engine.create_table(f"{contract.name}_twice", _later(readable))
    return new_to(store, engine, readable.anti_join(twice, ROW), contract)


def _later(readable: ibis.Table) -> ibis.Table:
    """Return the rows whose key an earlier one has. Keys are compared by hash first, which takes far less memory."""
    counts = readable.group_by(HASH).aggregate(n=readable.count())
    candidates = readable.semi_join(counts.filter(counts.n > 1), HASH).select(PART, LINE, ROW, KEY)
    nth = ibis.row_number().over(group_by=KEY, order_by=(PART, LINE, ROW))
    ranked = candidates.mutate(nth=nth)
    return ranked.filter(ranked.nth > 0).select(ROW)


def _known(engine: Backend, rows: ibis.Table, files: list[str], contract: Contract) -> ibis.Table:
    stored = engine.read_parquet(files)
    if contract is not CUSTOMERS:
        return rows.semi_join(stored.select(key_of(stored, contract, dated=True).name(KEY)), KEY).select(ROW)
    newest = stored.filter(stored.received_at == stored.received_at.max().over(group_by=stored.customer_id))
    exactly = stored.select(key_of(stored, contract, dated=True).name(KEY))
    nothing_new = newest.select(key_of(newest, contract, dated=False).name(KEY))
    return rows.semi_join(exactly.union(nothing_new), KEY).select(ROW)
