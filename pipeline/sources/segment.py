"""The Segment and RudderStack event spec: calls become events, orders with their items, customers and identities.

`track`, `page` and `screen` are events, `identify` says who a customer is; `alias`, and every call with both an
anonymous and a known id, say whose an alias is. Numbers of a tracker are binary: money is rounded to four decimals.
"""

import ibis

from pipeline.events.tables import CUSTOMERS, EVENTS, IDENTITIES
from pipeline.settings.sources import SegmentSource
from pipeline.sources.files import Portion
from pipeline.sources.json_text import RAW
from pipeline.sources.mapped import LINE, REASON, Mapped
from pipeline.sources.reading import TEXT, UNREAD, kind_of, read_json, read_table
from pipeline.sources.scratch import Scratch
from pipeline.sources.segment_calls import Export, calls_of, worked_out
from pipeline.sources.segment_details import Detailed, detail_columns, detailed
from pipeline.sources.segment_events import events_of, items_of
from pipeline.sources.segment_people import customers_of, identities_of
from pipeline.sources.typed import require_columns, require_fields

_ALLOWED = (*EVENTS.columns, "anonymous_id", "email", "phone")


def segment(scratch: Scratch, portion: Portion, source: SegmentSource) -> Mapped:
    """Read an export of calls: JSON lines, one table of all events, or a table for each.

    Raises SourceError for a field that there is not, and for a column named in the settings that no file has.
    """
    require_fields(source.columns, _ALLOWED, (), f"source {source.name}")
    require_fields(source.constants, EVENTS.columns, (), f"source {source.name}")
    export = _export(scratch, portion, source)
    lines = read_json(scratch, portion.path, source)
    told = detailed(scratch, lines, portion, source) if source.details else None
    calls = calls_of(scratch, told.lines if told else lines, export)
    rows = {
        EVENTS.name: events_of(calls, source).union(items_of(calls, source)),
        CUSTOMERS.name: customers_of(calls, source),
        IDENTITIES.name: identities_of(calls, source),
    }
    ready = {name: worked_out(scratch.engine, table) for name, table in rows.items()}
    return Mapped(*_with_aside(lines, ready, told), several=True)


def _export(scratch: Scratch, portion: Portion, source: SegmentSource) -> Export:
    stem = portion.name.split(".")[0].lower()
    if kind_of(portion.path) not in {"csv", "parquet"}:
        return Export(source, stem, ())
    columns = tuple(read_table(scratch, portion.path, source).columns)
    every = dict.fromkeys((*columns, *detail_columns(scratch, portion, source)), "string")
    wanted = {**source.columns, **{f"items[{index}]": name for index, name in enumerate(source.items)}}
    require_columns(ibis.table(every, name="columns"), wanted, f"source {source.name}")
    return Export(source, stem, columns)


def _with_aside(
    lines: ibis.Table, rows: dict[str, ibis.Table], told: Detailed | None
) -> tuple[ibis.Table, dict[str, ibis.Table]]:
    """Add the rows of further files that were set aside, as lines with a reason."""
    if told is None:
        return lines, rows
    kept = told.aside
    events = rows[EVENTS.name]
    absent = {name: ibis.null(kind) for name, kind in events.schema().items() if name not in {LINE, REASON}}
    aside = kept.select(LINE, REASON, **absent).select(*events.columns)
    more = kept.select(LINE, RAW, **{UNREAD: kept[REASON]})
    plain = lines.select(LINE, UNREAD, **{RAW: lines[TEXT] if TEXT in lines.columns else lines[RAW]})
    return plain.union(more.select(*plain.columns)), {**rows, EVENTS.name: events.union(aside)}
