"""The event log at rest: Delta tables in a folder, read through Ibis."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.util import gen_name

from pipeline.errors import StoreError
from pipeline.events import snapshot as snapshots
from pipeline.events.consent import Profiling, permission, withdrawals
from pipeline.events.contract import Contract
from pipeline.events.damage import Table
from pipeline.events.engine import connect
from pipeline.events.history import History, Tiles, history_of, known
from pipeline.events.identity import joined, resolutions
from pipeline.events.outcome import Outcome, outcome_of
from pipeline.events.snapshot import Snapshot
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES, INSTANT
from pipeline.events.writing import Writing, writing

PEOPLE = ("customer_id", "received_at", "birth_month", "traits")  # what a history may know of customers: no contacts


@dataclass(frozen=True)
class Store:
    """The tables of one shop, in `folder`.

    `time_zone` is the shop's and decides what a weekday or a month is; `profiling` says whether customers who never
    answered may be profiled, see `permission`.
    """

    folder: Path
    time_zone: str = "UTC"
    profiling: Profiling | None = None

    @cached_property
    def engine(self) -> ibis.BaseBackend:
        """The engine that reads this store, opened once."""
        return connect(self.time_zone)

    @property
    def snapshot(self) -> Snapshot:
        """The newest state of all tables together."""
        return snapshots.newest(self.folder)

    def files(self, contract: Contract) -> list[str]:
        """Return the Parquet files that make up a table; none while it is empty or does not exist.

        StoreError names one that is damaged, with what to do about it.
        """
        version = self.snapshot.versions.get(contract.name)
        if version is None:
            return []
        table = Table(self.folder.resolve(), contract.name, version)
        if table not in self._whole:
            self._whole[table] = table.files()
        return list(self._whole[table])

    def read(self, contract: Contract) -> ibis.Table:
        """Return a whole table; one that was never written is empty."""
        files = self.files(contract)
        if not files:
            return self.engine.create_table(gen_name(contract.name), schema=contract.schema, temp=True)
        return self.engine.read_parquet(files).select(*contract.columns)

    def writing(self) -> AbstractContextManager[Writing]:
        """Hold the store to change it; see `writing`."""
        return writing(self.folder)

    def append(self, contract: Contract, rows: pa.RecordBatchReader | pa.Table) -> None:
        """Add rows to one table."""
        with self.writing() as change:
            change.append(contract, rows)

    def history(self, as_of: datetime) -> History:
        """Return what was known at `as_of` about everyone who may be profiled, aliases under their customers."""
        state = self.snapshot.number, as_of
        if state not in self._histories:
            self._histories[state] = self._history(as_of)
        return self._histories[state]

    def _history(self, as_of: datetime) -> History:
        resolved = self._resolved(as_of)
        events, people, consents = (
            joined(rows, resolved)
            for rows in (self._events(), self.read(CUSTOMERS).select(*PEOPLE), self.read(CONSENTS))
        )
        permitted = permission(consents, as_of, self.profiling)
        of_aliases = self._events().semi_join(resolved, [("customer_id", "alias")])
        moved = known(permitted.among(joined(of_aliases, resolved)), as_of)
        asked = replace(permitted, ids=self._asked_often(permitted.ids))
        tiles = Tiles(tuple(self.files(EVENTS)), resolved.select("alias"), self._asked_often(moved), asked)
        found = history_of(permitted.among(events), as_of, self.time_zone, people, tiles)
        return replace(found, events=self._asked_often(found.events))

    def outcome(self, as_of: datetime, horizon: timedelta, known_before: datetime | None = None) -> Outcome:
        """Return what came in the `horizon` after `as_of`; see `outcome_of` for `known_before`.

        Aliases are joined as far as known at `known_before`, or ever: a label may know what the features could not.
        """
        events = joined(self._events(), self._resolved(known_before))
        found = outcome_of(events, as_of, horizon, known_before, self.time_zone)
        return replace(found, events=self._asked_often(found.events))

    def consents(self, as_of: datetime) -> ibis.Table:
        """Return the answers of customers, those given under an alias and those that an event says among them."""
        resolved = self._resolved(as_of)
        given = joined(self.read(CONSENTS), resolved).select(*CONSENTS.columns)
        return given.union(self._withdrawn(as_of).cast(dict(given.schema())))

    def _asked_often(self, rows: ibis.Table) -> ibis.Table:
        """Return rows as a view of the engine: whatever is asked of them is put together without what is behind it."""
        return self.engine.create_view(gen_name("view"), rows)

    def _withdrawn(self, as_of: datetime) -> ibis.Table:
        """Return the refusals that events say, found once: each purpose is asked about, and the log is long."""
        state = self.snapshot.number, as_of
        if state not in self._withdrawals:
            said = withdrawals(joined(self._events(), self._resolved(as_of)))
            self._withdrawals[state] = ibis.memtable(self.engine.to_pyarrow(said).cast(CONSENTS.schema))
        return self._withdrawals[state]

    @cached_property
    def _withdrawals(self) -> dict[tuple[int, datetime], ibis.Table]:
        """The refusals that events say, by snapshot and moment."""
        return {}

    def _resolved(self, as_of: datetime | None) -> ibis.Table:
        state = self.snapshot.number, as_of
        if state not in self._resolutions:
            moment = as_of or datetime.max.replace(tzinfo=UTC)
            self._resolutions[state] = resolutions(self.read(IDENTITIES), moment)
        return self._resolutions[state]

    @cached_property
    def _resolutions(self) -> dict[tuple[int, datetime | None], ibis.Table]:
        """Whose aliases are whose, by snapshot and moment: training asks for the same ones again and again."""
        return {}

    @cached_property
    def _histories(self) -> dict[tuple[int, datetime], History]:
        """What was known, by snapshot and moment."""
        return {}

    @cached_property
    def _whole(self) -> dict[Table, list[str]]:
        """The files of the tables that were found whole: they never change, so one look at each is enough."""
        return {}

    def span(self) -> tuple[datetime, datetime]:
        """Return the instants of the first and the last event."""
        events = self._events()
        row = self.engine.to_pyarrow(events.aggregate(first=events.occurred_at.min(), last=events.occurred_at.max()))
        first, last = (row[name].cast(INSTANT)[0].as_py() for name in ("first", "last"))
        return first, last

    def _events(self) -> ibis.Table:
        if EVENTS.name not in self.snapshot.versions:
            raise StoreError(
                f"Expected an event log in {self.folder}, found none yet. "
                "Try `segcast ingest` with a source in segcast.toml."
            )
        return self.read(EVENTS)
