"""Any CSV or Parquet file whose columns are named one by one in `segcast.toml`."""

from collections.abc import Mapping

import ibis

from pipeline.events.tables import DATA_TABLES, EVENTS, Contract
from pipeline.settings import ColumnsSource
from pipeline.sources.mapped import LINE, REASON, digest_of, require_columns, require_fields, typed

# Filled in by the ingest where a file does not say: when a row arrived, and what tells it from others.
_FILLED_IN = ("event_id", "received_at")


def map_columns(lines: ibis.Table, source: ColumnsSource) -> ibis.Table:
    """Type each line as a row of the source's table; `reason` says why a line cannot be kept, null where it can.

    Raises SourceError for a field that the table does not have and a column that the file does not have.
    """
    contract = DATA_TABLES[source.table]
    place = f"source {source.name}"
    needed = tuple(name for name in contract.required if name not in _FILLED_IN)
    require_fields({**source.columns, **source.constants}, contract.columns, needed, place)
    require_columns(lines, source.columns, place)
    texts = _texts(lines, source)
    values = {name: typed(text, name, contract, source.time_format) for name, text in texts.items()}
    reason = reject_reason(texts, values, needed)
    return conform(lines.select(LINE, **values, **{REASON: reason}), contract)


def reject_reason(
    texts: Mapping[str, ibis.Value], values: Mapping[str, ibis.Value], needed: tuple[str, ...]
) -> ibis.Value:
    """Return the first thing wrong with a line, null where nothing is: a field missing, or there and unreadable."""
    given = {name: text.strip().nullif("") for name, text in texts.items()}
    missing = [(given[name].isnull(), f"no {name}") for name in needed]
    unreadable = [(given[name].notnull() & values[name].isnull(), f"unreadable {name}") for name in texts]
    return ibis.cases(*missing, *unreadable, else_=ibis.null("string"))


def conform(rows: ibis.Table, contract: Contract) -> ibis.Table:
    """Add what the contract has and the rows lack as nulls, and derive the identifier of events that bring none."""
    schema = ibis.Schema.from_pyarrow(contract.schema)
    absent = {name: ibis.null(schema[name]) for name in contract.columns if name not in rows.columns}
    whole = rows.mutate(**absent)
    if contract is EVENTS:
        told = [whole[name] for name in contract.columns if name not in _FILLED_IN]
        whole = whole.mutate(event_id=whole.event_id.fill_null(digest_of(*told)))
    return whole.select(LINE, REASON, *contract.columns)


def _texts(lines: ibis.Table, source: ColumnsSource) -> Mapping[str, ibis.Value]:
    constants = {name: ibis.literal(text) for name, text in source.constants.items()}
    return {**constants, **{ours: lines[theirs] for ours, theirs in source.columns.items()}}
