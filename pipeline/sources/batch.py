"""One ingest's portions, read into the scratch together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import duckdb
import ibis
import pyarrow as pa

from pipeline.errors import SourceError
from pipeline.events.engine import tables_of
from pipeline.events.store import Store
from pipeline.events.tables import DATA_TABLES, EVENTS
from pipeline.progress import one_by_one
from pipeline.settings.sources import FileSource
from pipeline.sources.files import Portion
from pipeline.sources.formats import mapped
from pipeline.sources.mapped import LINE, PART, REASON, Mapped, as_they_are
from pipeline.sources.mending import mend
from pipeline.sources.prepared import Arrival, prepared
from pipeline.sources.reading import is_table_of_text, kind_of, lines_before
from pipeline.sources.rejects import UNCLOSED, take_rejects
from pipeline.sources.scratch import Scratch
from pipeline.sources.staging import ROW, Staged, drop_part, new_to, settled, stage
from pipeline.sources.terms import Terms, on_terms

COMPLETED = "completed"
# What reading a file that is not what its name says ends in: DuckDB's own bad_cast among them.
UNREADABLE = (OSError, EOFError, UnicodeError, RuntimeError)


@dataclass(frozen=True)
class Intake:
    """Where portions are read, the store that they are for, and its terms."""

    scratch: Scratch
    store: Store
    terms: Terms


@dataclass(frozen=True)
class Read:
    """A portion, what it became, and what its reader gave up on: line, reason, row."""

    portion: Portion
    mapped: Mapped
    rejects: pa.Table


@dataclass(frozen=True)
class Batch:
    """What was read, by its position, and all rows of it together."""

    read: Sequence[Read]
    staged: Staged

    def written(self) -> Iterator[tuple[str, ibis.Table]]:
        """Yield the rows that each table gains, with the `part` and the `line` that they come from."""
        for name, rows in self.staged.fresh.items():
            gained = rows.select(PART, LINE, *DATA_TABLES[name].columns)
            if name == EVENTS.name and COMPLETED in tables_of(self.staged.engine):
                gained = gained.union(self.staged.engine.table(COMPLETED).select(*gained.columns))
            yield name, gained


def read_batch(intake: Intake, portions: Sequence[tuple[Portion, Arrival]]) -> Batch:
    """Read portions one after the other, and sort out what they say together. Nothing is written to the store."""
    in_turn = enumerate(one_by_one(portions, lambda one: one[0].name))
    read = [_read(intake, part, portion, arrival) for part, (portion, arrival) in in_turn]
    batch = Batch(read, settled(intake.scratch.engine, intake.store))
    _complete(batch, intake.store, portions)
    return batch


def _read(intake: Intake, part: int, portion: Portion, arrival: Arrival) -> Read:
    engine = intake.scratch.engine
    engine.settings["TimeZone"] = portion.source.time_zone or intake.store.time_zone
    # Parquet brings its own row numbers, so that its rows need not be read in order.
    engine.settings["preserve_insertion_order"] = kind_of(portion.path) != "parquet"
    try:
        read = _staged(intake, part, portion, arrival)
        if UNCLOSED not in read.rejects["reason"].to_pylist():
            return read
    except (duckdb.Error, *UNREADABLE) as error:
        if not is_table_of_text(portion.path, portion.source):
            raise _unreadable(portion, error) from error
    drop_part(engine, part)
    return _mended(intake, part, portion, arrival)


def _staged(intake: Intake, part: int, portion: Portion, arrival: Arrival) -> Read:
    scratch = intake.scratch
    one = mapped(scratch, portion)
    for name, rows in one.rows.items():
        allowed = on_terms(scratch.engine, intake.store, rows, DATA_TABLES[name], intake.terms)
        ready = prepared(allowed, ibis.literal(part), DATA_TABLES[name], portion.source, arrival)
        stage(scratch.engine, name, ready)
    return Read(portion, one, take_rejects(scratch, lines_before(portion.path, portion.source)))


def _mended(intake: Intake, part: int, portion: Portion, arrival: Arrival) -> Read:
    clean = intake.scratch.folder / f"mended-{part}.csv"
    try:
        rejects = mend(portion.path, cast("FileSource", portion.source), clean)  # a database is fetched as Parquet
        plain = portion.source.model_copy(update={"encoding": "utf-8", "delimiter": ",", "skip_lines": 0})
        read = _staged(intake, part, replace(portion, path=clean, source=plain), arrival)
    except (duckdb.Error, *UNREADABLE) as error:
        raise _unreadable(portion, error) from error
    return Read(portion, read.mapped, rejects)


def _unreadable(portion: Portion, error: Exception) -> SourceError:
    said = str(error).splitlines()[0].rstrip(".")
    return SourceError(
        f"source {portion.source.name}: expected a readable file, got {portion.name}: {said}. Try exporting it again."
    )


def _complete(batch: Batch, store: Store, portions: Sequence[tuple[Portion, Arrival]]) -> None:
    """Stage what follows from new events together: the rule of each source for that source's events."""
    engine = batch.staged.engine
    for rule in {one.mapped.complete for one in batch.read} - {as_they_are}:
        fresh = batch.staged.fresh[EVENTS.name]
        parts = [part for part, one in enumerate(batch.read) if one.mapped.complete is rule]
        rows = rule(fresh.filter(fresh[PART].isin(parts))).mutate(**{REASON: ibis.null("string")})
        portion, arrival = portions[parts[0]]
        ready = prepared(rows, rows[PART], EVENTS, portion.source, arrival).mutate(**{ROW: ibis.row_number()})
        stage(engine, COMPLETED, new_to(store, engine, ready, EVENTS).drop(ROW))
