"""The simulated shop as files, such as a shop would export, written chunk by chunk; and the truth beside them."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipeline.events.tables import CONSENTS, CUSTOMERS, IDENTITIES
from pipeline.progress import so_far
from pipeline.shop.effects import CAMPAIGN_TRUTH, campaign_truth
from pipeline.shop.lives import CHUNK_CUSTOMERS, Lives, Market, live
from pipeline.shop.simulate import log_of, open_shop
from pipeline.shop.truth import CUSTOMER_TRUTH, check_truth, customer_truth

EVENTS_FOLDER, EVENTS_FILE, EVENTS_FILES = "events", "part-{:05}.parquet", "part-*.parquet"
TRUTH_FOLDER, CUSTOMERS_TRUTH_FILE, CAMPAIGNS_TRUTH_FILE = "truth", "customers.parquet", "campaigns.parquet"
COMPRESSION = "zstd"
ROW_GROUP = 100_000  # rows, so that a reader can read a file with several threads
QUARTER = timedelta(days=90)


def write_shop(
    folder: Path,
    customers: int,
    start: datetime,
    end: datetime,
    seed: int,
    *,
    truth_at: Sequence[datetime] = (),
    horizons: Sequence[timedelta] = (QUARTER,),
) -> None:
    """Write the shop of `simulate` into a folder, made if it is missing, in memory that does not grow with the shop.

    The files are `events/part-00000.parquet` and so on, each in order of occurrence, `customers.csv`, `consents.csv`
    and `identities.csv`. With `truth_at` also `truth/customers.parquet`, for every moment and horizon, and
    `truth/campaigns.parquet`: see truth.py and effects.py. Raises UserError as `simulate` and `customer_truth` do.
    """
    market = open_shop(customers, start, end, seed)
    asked = [(moment, horizon) for moment in truth_at for horizon in horizons]
    for moment, horizon in asked:
        check_truth(market.calendar, moment, horizon)
    _make_room(folder)
    with ExitStack() as files:
        tables = {
            contract.name: files.enter_context(pyarrow.csv.CSVWriter(folder / f"{contract.name}.csv", contract.schema))
            for contract in (CUSTOMERS, CONSENTS, IDENTITIES)
        }
        truths = _truth_files(files, folder / TRUTH_FOLDER) if asked else None
        for lives in live(market, customers):
            so_far(lives.chunk * CHUNK_CUSTOMERS, customers, "customers")
            part = log_of(market, lives)
            file = folder / EVENTS_FOLDER / EVENTS_FILE.format(lives.chunk)
            pyarrow.parquet.write_table(part.events, file, compression=COMPRESSION, row_group_size=ROW_GROUP)
            for name, table in tables.items():
                table.write_table(getattr(part, name))
            if truths:
                _write_truth(truths, market, lives, asked)


def _make_room(folder: Path) -> None:
    """Make the folder, and remove what an earlier shop left there that this one might not write over."""
    (folder / EVENTS_FOLDER).mkdir(parents=True, exist_ok=True)
    truths = (folder / TRUTH_FOLDER / name for name in (CUSTOMERS_TRUTH_FILE, CAMPAIGNS_TRUTH_FILE))
    for file in (*(folder / EVENTS_FOLDER).glob(EVENTS_FILES), *truths):
        file.unlink(missing_ok=True)


def _truth_files(files: ExitStack, folder: Path) -> tuple[pyarrow.parquet.ParquetWriter, pyarrow.parquet.ParquetWriter]:
    folder.mkdir(exist_ok=True)
    customers, campaigns = (
        files.enter_context(pyarrow.parquet.ParquetWriter(folder / name, schema, compression=COMPRESSION))
        for name, schema in ((CUSTOMERS_TRUTH_FILE, CUSTOMER_TRUTH), (CAMPAIGNS_TRUTH_FILE, CAMPAIGN_TRUTH))
    )
    return customers, campaigns


def _write_truth(
    files: tuple[pyarrow.parquet.ParquetWriter, pyarrow.parquet.ParquetWriter],
    market: Market,
    lives: Lives,
    asked: Sequence[tuple[datetime, timedelta]],
) -> None:
    customers, campaigns = files
    rows = [customer_truth(market, lives, moment, horizon) for moment, horizon in asked]
    customers.write_table(pa.concat_tables(rows))
    campaigns.write_table(campaign_truth(market, lives))
