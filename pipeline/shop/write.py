"""The simulated shop as files, such as a shop would export."""

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet

from pipeline.shop.simulate import SimulatedShop

EVENTS_FILE, CUSTOMERS_FILE, CONSENTS_FILE = "events.parquet", "customers.csv", "consents.csv"


def write_shop(shop: SimulatedShop, folder: Path) -> None:
    """Write `events.parquet`, `customers.csv` and `consents.csv` into a folder, made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(shop.events, folder / EVENTS_FILE, compression="zstd")
    pyarrow.csv.write_csv(shop.customers, folder / CUSTOMERS_FILE)
    pyarrow.csv.write_csv(shop.consents, folder / CONSENTS_FILE)
