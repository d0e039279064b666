"""The textbook shop as files, written chunk by chunk, so that its size is bounded by the disk and not by memory."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet

from pipeline.errors import UserError
from pipeline.events.tables import CONSENTS, CUSTOMERS
from pipeline.progress import so_far
from pipeline.shop.textbook.parameters import LIVELY, Parameters
from pipeline.shop.textbook.simulate import CHUNK_CUSTOMERS, HORIZONS, check_truth, textbook_chunks, truth_tables
from pipeline.shop.textbook.tables import TRUTH, consent_table, customer_table, event_table

EVENTS_FOLDER, TRUTH_FILE = "events", Path("truth") / "customers.parquet"
CUSTOMERS_FILE, CONSENTS_FILE = "customers.csv", "consents.csv"
COMPRESSION = "zstd"


def write_textbook(
    folder: Path,
    customers: int,
    start: datetime,
    end: datetime,
    seed: int,
    *,
    parameters: Parameters = LIVELY,
    truth_at: Sequence[datetime] = (),
    horizons: Sequence[timedelta] = HORIZONS,
) -> int:
    """Write the textbook shop into a new or empty folder and return how many events it has.

    `events/part-00000.parquet` and on, one a chunk, `customers.csv` and `consents.csv`; where moments are given,
    `truth/customers.parquet` too. Raises UserError where the folder holds anything, and as simulate_textbook.
    """
    check_truth(end, truth_at, horizons)
    chunks = textbook_chunks(customers, start, end, seed, parameters)
    _prepare(folder)
    events = 0
    with ExitStack() as files:
        people = files.enter_context(pyarrow.csv.CSVWriter(folder / CUSTOMERS_FILE, CUSTOMERS.schema))
        consents = files.enter_context(pyarrow.csv.CSVWriter(folder / CONSENTS_FILE, CONSENTS.schema))
        truth = files.enter_context(_truth_writer(folder)) if truth_at else None
        for number, chunk in enumerate(chunks):
            so_far(number * CHUNK_CUSTOMERS, customers, "customers")
            _write_events(event_table(chunk), folder, number)
            people.write_table(customer_table(chunk))
            consents.write_table(consent_table(chunk))
            if truth:
                truth.write_table(pyarrow.concat_tables(truth_tables(chunk, parameters, truth_at, horizons)))
            events += len(chunk.at)
    return events


def _prepare(folder: Path) -> None:
    """Make the folder; parts of an earlier and larger shop would mix with those of this one."""
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"A textbook shop is written into an empty folder, got {folder}. Try another name.")
    (folder / EVENTS_FOLDER).mkdir(parents=True)


def _write_events(events: pyarrow.Table, folder: Path, number: int) -> None:
    part = folder / EVENTS_FOLDER / f"part-{number:05}.parquet"
    pyarrow.parquet.write_table(events, part, compression=COMPRESSION)


def _truth_writer(folder: Path) -> pyarrow.parquet.ParquetWriter:
    file = folder / TRUTH_FILE
    file.parent.mkdir()
    return pyarrow.parquet.ParquetWriter(file, TRUTH, compression=COMPRESSION)
