"""A history's events on Spark: whole customers in each partition, and there the rows that the builder reads."""

from collections.abc import Iterable, Iterator, Sequence

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis.util import gen_name
from pyspark.sql import DataFrame

from pipeline.events.history import History
from pipeline.events.tables import CUSTOMERS
from pipeline.windows.asked import Reading, asked
from pipeline.windows.calendar import Calendar
from pipeline.windows.encoding import encode
from pipeline.windows.people import PEOPLE_COLUMNS, People, people_of
from pipeline.windows.rows import Rows
from pipeline.windows.shares import WORKED_ON_AT_ONCE

_PEOPLE = pa.schema([CUSTOMERS.schema.field(name) for name in PEOPLE_COLUMNS])


def by_customer(history: History, event_types: Sequence[str]) -> DataFrame:
    """Return the events of these types and the people behind them, all rows of a customer in one partition.

    A row about a customer has no `event_type`; an event has neither `birth_month` nor `traits`.
    """
    events = _frame(asked(history.events, Reading(tuple(event_types))))
    if history.people is None:
        people = events.sparkSession.createDataFrame(_PEOPLE.empty_table())
    else:
        people = _frame(history.people.select(*PEOPLE_COLUMNS))
    # Spark itself chooses how many partitions, and may lay small ones together; it never parts a customer's rows.
    return events.unionByName(people, allowMissingColumns=True).repartition("customer_id")


def shares_of(batches: Iterable[pa.RecordBatch], time_zone: str) -> Iterator[tuple[Rows, People]]:
    """Yield one partition's rows with the people behind them, whole customers at a time."""
    told: list[pa.RecordBatch] = []
    encoded = encode(list(_events(batches, told)))
    people = pa.Table.from_batches(told, _PEOPLE)
    for rows in encoded.shares(Calendar(time_zone), WORKED_ON_AT_ONCE):
        yield rows, people_of(people, rows.customer_ids)


def _events(batches: Iterable[pa.RecordBatch], people: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the events, and put aside in `people` what the batches say of customers."""
    for batch in batches:
        happened = pc.is_valid(batch["event_type"])
        people.append(batch.filter(pc.invert(happened)).select(PEOPLE_COLUMNS).cast(_PEOPLE))
        if len(events := batch.filter(happened)):
            yield events


def _frame(rows: ibis.Table) -> DataFrame:
    engine = ibis.get_backend(rows)
    # As a view, since that also brings along what the query reads from this process's memory.
    view = engine.create_view(gen_name("rows"), rows)
    frame: DataFrame = engine.raw_sql(engine.compile(view))
    return frame
