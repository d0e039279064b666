from datetime import UTC, datetime
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from pipeline.events.tables import CUSTOMERS
from pipeline.shop.simulate import SimulatedShop, simulate
from pipeline.shop.write import write_shop


@pytest.fixture(scope="module")
def shop() -> SimulatedShop:
    return simulate(40, datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), seed=5)


def test_the_same_seed_writes_the_same_bytes(shop: SimulatedShop, tmp_path: Path) -> None:
    write_shop(shop, tmp_path / "one")
    write_shop(
        simulate(40, datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC), seed=5), tmp_path / "two"
    )
    names = sorted(file.name for file in (tmp_path / "one").iterdir())
    assert names == ["consents.csv", "customers.csv", "events.parquet"]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


def test_the_events_file_holds_the_events_compressed_with_zstd(shop: SimulatedShop, tmp_path: Path) -> None:
    write_shop(shop, tmp_path)
    file = pyarrow.parquet.ParquetFile(tmp_path / "events.parquet")
    assert file.read().equals(shop.events)
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


def test_the_customers_file_reads_back_as_the_customers(shop: SimulatedShop, tmp_path: Path) -> None:
    write_shop(shop, tmp_path)
    assert pyarrow.csv.read_csv(tmp_path / "customers.csv").cast(CUSTOMERS.schema).equals(shop.customers)


def test_the_consents_file_has_plain_columns_that_any_program_reads(shop: SimulatedShop, tmp_path: Path) -> None:
    write_shop(shop, tmp_path)
    header, first, *_ = (tmp_path / "consents.csv").read_text().splitlines()
    assert header == '"customer_id","purpose","granted","occurred_at","received_at"'
    assert first.startswith('"C000001","profiling",true,202')
    assert first.endswith("Z")
