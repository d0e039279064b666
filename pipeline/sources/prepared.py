"""Rows made ready for their table: every column there, dated, identified, checked."""

from dataclasses import dataclass
from datetime import UTC, datetime

import ibis

from pipeline.events.contract import Contract
from pipeline.events.tables import CUSTOMERS, EVENTS
from pipeline.settings.sources import SourceSettings
from pipeline.sources.checks import breach
from pipeline.sources.mapped import LINE, PART, REASON
from pipeline.sources.typed import digest_of

KEY = "key"
# A row without a date of its own, in the first load of its source, counts as known from the beginning.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Arrival:
    """When rows arrived that do not say so: in the first load of their source when they occurred, later `known_at`.

    `known_at` is at the latest `read_at`, when they were read. What occurred between the two arrived when it occurred.
    """

    read_at: datetime
    first_load: bool
    known_at: datetime


def prepared(
    rows: ibis.Table, part: ibis.Value, contract: Contract, source: SourceSettings, arrival: Arrival
) -> ibis.Table:
    """Return `part`, `line`, `reason` and all columns of the contract; `part` is a value of the rows.

    Beside them `key`, see `key_of`, unless one of the columns is it.
    """
    told = [name for name in contract.columns if name in rows.columns]
    dated = _dated(_widened(rows.mutate(**{PART: part.cast("int32")}), contract), contract, arrival)
    whole = _identified(dated, told, source) if contract is EVENTS else dated
    reason = ibis.coalesce(whole[REASON], breach(whole, contract, arrival.read_at))
    key = {} if contract is EVENTS else {KEY: key_of(whole, contract, dated="received_at" in told)}
    return whole.select(PART, LINE, *contract.columns, **{REASON: reason}, **key)


def keyed(rows: ibis.Table) -> ibis.Table:
    """Return prepared rows with their key."""
    return rows if KEY in rows.columns else rows.mutate(**{KEY: rows.event_id})


def key_of(rows: ibis.Table, contract: Contract, *, dated: bool) -> ibis.Value:
    """Return what tells rows apart, as one text.

    A list of customers says the same every day: where it does not say since when (`dated`), all that it says is the
    key.
    """
    if contract is EVENTS:
        return rows.event_id
    if contract is CUSTOMERS and not dated:
        return digest_of(*(rows[name] for name in contract.columns if name != "received_at"))
    return digest_of(*(rows[name] for name in contract.key))


def _widened(rows: ibis.Table, contract: Contract) -> ibis.Table:
    schema = ibis.Schema.from_pyarrow(contract.schema)
    given = {name: rows[name].cast(schema[name]) for name in contract.columns if name in rows.columns}
    absent = {name: ibis.null(schema[name]) for name in contract.columns if name not in rows.columns}
    return rows.select(PART, LINE, REASON, **given, **absent)


def _dated(rows: ibis.Table, contract: Contract, arrival: Arrival) -> ibis.Table:
    if "occurred_at" not in contract.columns:
        default = ibis.literal(LONG_AGO if arrival.first_load else arrival.known_at)
    elif arrival.first_load:
        default = rows.occurred_at
    else:
        occurred = ibis.least(rows.occurred_at, ibis.literal(arrival.read_at))  # what is of the future has arrived
        default = ibis.greatest(occurred, ibis.literal(arrival.known_at))
    return rows.mutate(received_at=rows.received_at.fill_null(default.cast(rows.received_at.type())))


def _identified(rows: ibis.Table, told: list[str], source: SourceSettings) -> ibis.Table:
    """Derive the id of events that have none from all that is told about them."""
    content = digest_of(*(rows[name] for name in told if name not in {"event_id", "received_at"}))
    if source.repeats == "drop":
        return rows.mutate(event_id=rows.event_id.fill_null(content))
    nth = ibis.row_number().over(group_by="content", order_by=LINE)
    counted = rows.mutate(content=content).mutate(nth=nth)
    once = ibis.ifelse(counted.nth == 0, counted.content, counted.content + "-" + counted.nth.cast("string"))
    return counted.mutate(event_id=counted.event_id.fill_null(once))
