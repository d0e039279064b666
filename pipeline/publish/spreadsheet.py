"""CSV that people open in a spreadsheet: rounded numbers, and no text that a spreadsheet would run as a formula."""

import codecs
from datetime import tzinfo
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

MONEY = pa.decimal128(18, 2)
FORMULA_STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
SPACES = " \u00a0\u3000"  # some programs pass over them before they look for a formula
FORMULA = f"^([{SPACES}]*[{FORMULA_STARTS.replace('-', '')}-])"


def money(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return amounts rounded to two decimals; NaN becomes null."""
    return pc.round(_without_nan(values), 2).cast(MONEY, safe=False)


def probability(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return probabilities and shares rounded to four decimals; NaN becomes null."""
    return pc.round(_without_nan(values), 4)


def local_date(values: pa.ChunkedArray, zone: tzinfo) -> pa.ChunkedArray:
    """Return the date on which each UTC instant fell in `zone`."""
    dates = [None if moment is None else moment.astimezone(zone).date() for moment in values.unique().to_pylist()]
    return pa.chunked_array([pa.array(dates, pa.date32()).take(pc.index_in(values, values.unique()).combine_chunks())])


def write_csv(table: pa.Table, path: Path, *, byte_order_mark: bool = False) -> None:
    """Write `table` as UTF-8 with a header, text made harmless, null as an empty cell.

    With `byte_order_mark` the file begins with one, by which Excel knows UTF-8.
    """
    with path.open("wb") as file:
        if byte_order_mark:
            file.write(codecs.BOM_UTF8)
        pa.csv.write_csv(harmless(table), file, pa.csv.WriteOptions(quoting_header="none"))


def harmless(table: pa.Table) -> pa.Table:
    """Return `table` with an apostrophe before text that a spreadsheet would otherwise run as a formula."""
    columns = {name: _as_plain_text(table[name]) for name in table.column_names}
    return pa.table(columns)


def _as_plain_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return values
    # Nearly no column holds such a text, and looking at first letters is quicker than asking the pattern.
    first = pc.utf8_slice_codeunits(values, 0, 1)
    suspects = pa.array([*FORMULA_STARTS, *SPACES], values.type)
    if not pc.any(pc.is_in(first, suspects)).as_py():
        return values
    return pc.replace_substring_regex(values, FORMULA, r"'\1")


def _without_nan(values: pa.ChunkedArray) -> pa.ChunkedArray:
    numbers = values.cast(pa.float64())
    return pc.if_else(pc.is_finite(numbers), numbers, None)
