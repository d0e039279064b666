"""The event log at rest: Delta tables in a folder, read through Ibis."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

import ibis
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from pipeline.errors import StoreError
from pipeline.events.consent import refused
from pipeline.events.engine import connect
from pipeline.events.history import History, history_of
from pipeline.events.outcome import Outcome, outcome_of
from pipeline.events.tables import CONSENTS, EVENTS, INSTANT, Contract

MONTH = "month"


@dataclass(frozen=True)
class Store:
    """The tables of one shop, in `folder`; `time_zone` is the shop's and decides what a weekday or a month is."""

    folder: Path
    time_zone: str = "UTC"

    @cached_property
    def engine(self) -> ibis.BaseBackend:
        """The engine that reads this store, opened once."""
        return connect(self.time_zone)

    def version(self, contract: Contract) -> int | None:
        """Return the version of a table at rest, null while it does not exist."""
        table = self._table(contract)
        return None if table is None else table.version()

    def files(self, contract: Contract) -> list[str]:
        """Return the Parquet files that make up a table; none while it is empty or does not exist."""
        table = self._table(contract)
        return [] if table is None else table.file_uris()

    def read(self, contract: Contract) -> ibis.Table:
        """Return a whole table; one that was never written is empty."""
        files = self.files(contract)
        if not files:
            return self.engine.create_table(ibis.util.gen_name(contract.name), schema=contract.schema, temp=True)
        return self.engine.read_parquet(files).select(*contract.columns)

    def append(self, contract: Contract, rows: pa.RecordBatchReader | pa.Table) -> None:
        """Add rows in one commit, partitioned by the month of the instant that dates them."""
        reader = rows.to_reader() if isinstance(rows, pa.Table) else rows
        schema = contract.schema.append(pa.field(MONTH, pa.string()))
        batches = (_with_month(batch, contract) for batch in reader)
        write_deltalake(
            self.path(contract),
            pa.RecordBatchReader.from_batches(schema, batches),
            mode="append",
            partition_by=[MONTH],
        )

    def history(self, as_of: datetime) -> History:
        """Return what was known at `as_of` about everyone who had not refused profiling by then."""
        events = self._events()
        outsiders = refused(self.read(CONSENTS), "profiling", as_of)
        return history_of(events.anti_join(outsiders, "customer_id"), as_of)

    def outcome(self, as_of: datetime, horizon: timedelta, known_before: datetime | None = None) -> Outcome:
        """Return what came in the `horizon` after `as_of`; see `outcome_of` for `known_before`."""
        return outcome_of(self._events(), as_of, horizon, known_before)

    def span(self) -> tuple[datetime, datetime]:
        """Return the instants of the first and the last event."""
        events = self._events()
        row = self.engine.to_pyarrow(events.aggregate(first=events.occurred_at.min(), last=events.occurred_at.max()))
        first, last = (row[name].cast(INSTANT)[0].as_py() for name in ("first", "last"))
        return first, last

    def _events(self) -> ibis.Table:
        if self.version(EVENTS) is None:
            raise StoreError(
                f"Expected an event log in {self.folder}, found none yet. "
                "Try `segcast ingest` with a source in segcast.toml."
            )
        return self.read(EVENTS)

    def path(self, contract: Contract) -> Path:
        """Return the folder of a table."""
        return self.folder / contract.name

    def _table(self, contract: Contract) -> DeltaTable | None:
        path = self.path(contract)
        return DeltaTable(path) if DeltaTable.is_deltatable(str(path)) else None


def _with_month(batch: pa.RecordBatch, contract: Contract) -> pa.RecordBatch:
    rows = batch.select(contract.columns).cast(contract.schema)
    months = pa.compute.strftime(rows[contract.dated_by], format="%Y-%m")
    return rows.append_column(MONTH, months)
