"""Giving a source's values the types of our tables, and saying what is wrong with those that cannot take them."""

from collections.abc import Iterable, Mapping

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

from pipeline.errors import SourceError, did_you_mean
from pipeline.events.contract import Contract
from pipeline.events.engine import INSTANT, md5, try_strptime
from pipeline.sources.mapped import LINE
from pipeline.sources.numbers import exact
from pipeline.sources.reading import UNREAD

EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
# Counts that are no instants, but would break the engine's calendar: microseconds to the year 5138.
_NO_TIME = 10**17


@udf.scalar.builtin(signature=((dt.int64,), INSTANT))  # type: ignore[untyped-decorator]
def make_timestamptz(microseconds: ibis.Value) -> ibis.Value:
    """DuckDB's own: the instant so many microseconds after 1970 began in UTC."""


def require_columns(table: ibis.Table, wanted: Mapping[str, str], place: str) -> None:
    """Raise SourceError when a configured column is not in the file, naming the nearest one that is."""
    present = [name for name in table.columns if name not in {LINE, UNREAD}]
    for ours, theirs in wanted.items():
        if theirs not in present:
            raise SourceError(
                f'{place}: expected a column "{theirs}" for {ours}, got {", ".join(present)}.'
                f"{did_you_mean(theirs, present)}"
            )


def require_fields(names: Iterable[str], allowed: tuple[str, ...], needed: tuple[str, ...], place: str) -> None:
    """Raise SourceError when a mapping names a field that the table does not have, or lacks one that it needs."""
    given = list(names)
    for name in given:
        if name not in allowed:
            raise SourceError(f'{place}: there is no field "{name}".{did_you_mean(name, allowed)}')
    for name in needed:
        if name not in given:
            raise SourceError(f'{place}: expected a column for "{name}". Try adding it under columns.')


def typed(value: ibis.Value, name: str, contract: Contract, time_format: str | None = None) -> ibis.Value:
    """Read a value as the contract's type for `name`, null where it cannot be read; text loses the blanks around it."""
    kind = ibis.Schema.from_pyarrow(contract.schema)[name]
    if kind.is_timestamp():
        return instant(value, time_format)
    plain = text(value) if kind.is_string() or value.type().is_string() else value
    if kind.is_decimal() or kind.is_integer():
        return plain if plain.type() == kind else exact(plain, kind)
    return plain if plain.type() == kind else plain.try_cast(kind)


def text(value: ibis.Value) -> ibis.Value:
    """Return a value as text without the blanks around it, null where nothing is left."""
    return value.cast("string").strip().nullif("")


def instant(value: ibis.Value, time_format: str | None) -> ibis.Value:
    """Read an instant, null where it cannot be read; without an offset it is the engine's local time.

    `time_format` is one of strptime's, or epoch_s, epoch_ms or epoch_us for a count since 1970.
    """
    if time_format in EPOCHS:
        count = value.try_cast(dt.Decimal(26, 6)) * EPOCHS[time_format]
        return make_timestamptz(ibis.ifelse(count.abs() < _NO_TIME, count, ibis.null(count.type())).cast("int64"))
    if time_format is not None:
        return try_strptime(value.cast("string"), time_format).try_cast(INSTANT)
    if value.type() == INSTANT:
        return value
    if value.type().is_integer() or value.type().is_floating():
        return ibis.null(INSTANT)
    return value.try_cast(INSTANT)


def wrong(
    lines: ibis.Table, given: Mapping[str, ibis.Value], values: Mapping[str, ibis.Value], needed: Iterable[str]
) -> ibis.Value:
    """Return the first thing wrong with a line, null where nothing is: unread, a field missing, or unreadable.

    `given` are the source's own values, `values` the same as they were typed.
    """
    missing = [(_absent(given[name]), f"no {name}") for name in needed]
    unreadable = [
        (~_absent(value) & values[name].isnull(), f"unreadable {name}")
        for name, value in given.items()
        if values[name] is not value
    ]
    return ibis.cases((lines[UNREAD].notnull(), lines[UNREAD]), *missing, *unreadable, else_=ibis.null("string"))


def _absent(value: ibis.Value) -> ibis.Value:
    return (text(value) if value.type().is_string() else value).isnull()


def digest_of(*parts: ibis.Value) -> ibis.Value:
    """Derive an identifier from values; null and empty differ, and so do ("a", "b") and ("ab",)."""
    pieces = [
        ibis.coalesce(part.cast("string").length().cast("string") + ":" + part.cast("string"), "-") for part in parts
    ]
    return md5(ibis.literal("|").join(pieces))
