"""What DuckDB's reader of text gave up on: rows with too many columns, text that is in no known encoding."""

import pyarrow as pa

from pipeline.events.engine import tables_of
from pipeline.sources.scratch import Scratch

REJECTS = pa.schema({"line": pa.int64(), "reason": pa.string(), "row": pa.string()})
TABLE, SCANS = "unparsed", "unparsed_scans"
UNCLOSED, TOO_LONG = "unquoted value", "line size over maximum"


def take_rejects(scratch: Scratch, lines_before: int) -> pa.Table:
    """Return the rejects of the last reading, numbered as rows, and forget them; a row has one reason.

    `lines_before` is how many lines of the file come before its first row.
    """
    engine = scratch.engine
    if TABLE not in tables_of(engine):
        return REJECTS.empty_table()
    found = engine.table(TABLE)
    # Of several reasons the last by the alphabet, so that a quote that is never closed is always told.
    rows = found.group_by(line=found.line.cast("int64") - lines_before).aggregate(
        reason=found.error_type.cast("string").lower().max(), row=found.csv_line.min()
    )
    taken = engine.to_pyarrow(rows.order_by("line")).cast(REJECTS)
    engine.drop_table(TABLE)
    engine.drop_table(SCANS)
    return taken
