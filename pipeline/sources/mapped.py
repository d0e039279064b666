"""What every source does: read a file's lines as text, and give them types."""

from collections.abc import Mapping
from pathlib import Path

import ibis
from ibis.backends.duckdb import Backend

from pipeline.errors import SourceError, did_you_mean
from pipeline.events.engine import INSTANT, md5, try_strptime
from pipeline.events.tables import Contract

LINE = "line"
REASON = "reason"

_READERS = {".csv": "csv", ".txt": "csv", ".gz": "csv", ".parquet": "parquet"}


def read_lines(engine: Backend, path: Path) -> ibis.Table:
    """Return a file's columns as text, and `line`, the number of each row from 1."""
    match _READERS.get(path.suffix.lower()):
        case "parquet":
            table = engine.read_parquet(path)
        case "csv":
            table = engine.read_csv(path, all_varchar=True, header=True, sample_size=-1)
        case _:
            raise SourceError(f"Expected a CSV or Parquet file, got {path.name}. Try one of {', '.join(_READERS)}.")
    texts = {name: table[name].cast("string") for name in table.columns}
    return table.mutate(**texts).mutate(**{LINE: ibis.row_number() + 1})


def as_read(lines: ibis.Table) -> ibis.Value:
    """Return each line as JSON, as it came."""
    return ibis.struct({name: lines[name] for name in lines.columns if name != LINE}).cast("json").cast("string")


def require_columns(table: ibis.Table, wanted: Mapping[str, str], place: str) -> None:
    """Raise SourceError when a configured column is not in the file, naming the nearest one that is."""
    present = [name for name in table.columns if name != LINE]
    for ours, theirs in wanted.items():
        if theirs not in present:
            raise SourceError(
                f'{place}: expected a column "{theirs}" for {ours}, got {", ".join(present)}.'
                f"{did_you_mean(theirs, present)}"
            )


def require_fields(names: Mapping[str, str], allowed: tuple[str, ...], needed: tuple[str, ...], place: str) -> None:
    """Raise SourceError when a mapping names a field that the table does not have, or lacks one that it needs."""
    for name in names:
        if name not in allowed:
            raise SourceError(f'{place}: there is no field "{name}".{did_you_mean(name, allowed)}')
    for name in needed:
        if name not in names:
            raise SourceError(f'{place}: expected a column for "{name}". Try adding it under columns.')


def instant(text: ibis.Value, time_format: str | None) -> ibis.Value:
    """Read an instant, null where it cannot be read; without an offset it is the engine's local time."""
    parsed = text if time_format is None else try_strptime(text, time_format)
    return parsed.try_cast(INSTANT)


def typed(text: ibis.Value, name: str, contract: Contract, time_format: str | None) -> ibis.Value:
    """Read `text` as the contract's type for `name`, null where it cannot be read."""
    kind = ibis.Schema.from_pyarrow(contract.schema)[name]
    if kind.is_timestamp():
        return instant(text, time_format)
    return text.strip().nullif("") if kind.is_string() else text.strip().try_cast(kind)


def digest_of(*parts: ibis.Value) -> ibis.Value:
    """Derive an identifier from values; null and empty differ, and so do ("a", "b") and ("ab",)."""
    pieces = [
        ibis.coalesce(part.cast("string").length().cast("string") + ":" + part.cast("string"), "-") for part in parts
    ]
    return md5(ibis.literal("|").join(pieces))
