"""Any file whose columns are named one by one in `segcast.toml`."""

from pathlib import Path

import ibis

from pipeline.events.contract import Contract
from pipeline.events.tables import DATA_TABLES
from pipeline.settings.sources import ColumnsSource, SourceSettings
from pipeline.sources.json_text import fields
from pipeline.sources.mapped import LINE, REASON, Mapped
from pipeline.sources.reading import kind_of, read_json, read_table
from pipeline.sources.scratch import Scratch
from pipeline.sources.typed import require_columns, require_fields, typed, wrong

# Filled in by the ingest where a source does not say: when a row arrived, and what tells it from others.
FILLED_IN = ("event_id", "received_at")


def columns(scratch: Scratch, path: Path, source: ColumnsSource) -> Mapped:
    """Type each line as a row of the source's table; in JSON a column is a path such as "customer.id".

    Raises SourceError for a field that the table does not have and a column that the file does not have.
    """
    if kind_of(path) in {"lines", "document"}:
        lines = read_json(scratch, path, source)
        given = fields(lines, source.columns)
    else:
        lines = read_table(scratch, path, source)
        require_columns(lines, source.columns, f"source {source.name}")
        given = {ours: lines[theirs] for ours, theirs in source.columns.items()}
    return one_row_a_line(lines, given, source, DATA_TABLES[source.table])


def one_row_a_line(
    lines: ibis.Table, given: dict[str, ibis.Value], source: SourceSettings, contract: Contract
) -> Mapped:
    """Type the source's values, one row a line."""
    given = {**{name: ibis.literal(text) for name, text in source.constants.items()}, **given}
    needed = tuple(name for name in contract.required if name not in FILLED_IN)
    require_fields(given, contract.columns, needed, f"source {source.name}")
    values = {name: typed(value, name, contract, source.time_format) for name, value in given.items()}
    if "event_type" in values:
        values["event_type"] = renamed(values["event_type"], source)
    rows = lines.select(LINE, **values, **{REASON: wrong(lines, given, values, needed)})
    return Mapped(lines, {contract.name: rows})


def renamed(event_type: ibis.Value, source: SourceSettings) -> ibis.Value:
    """Return event types under our names where the source's settings say which is which."""
    return event_type.substitute(source.event_types) if source.event_types else event_type
