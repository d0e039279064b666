from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from pipeline.errors import UserError
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES, Contract
from pipeline.shop.lives import CHUNK_CUSTOMERS
from pipeline.shop.simulate import SimulatedShop, simulate
from pipeline.shop.truth import truth
from pipeline.shop.write import write_shop

START, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
MOMENTS = (datetime(2024, 6, 1, tzinfo=UTC), datetime(2024, 9, 1, tzinfo=UTC))
MONTH, QUARTER = timedelta(days=30), timedelta(days=90)
NULLABLE = pyarrow.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)


@pytest.fixture(scope="module")
def shop() -> SimulatedShop:
    return simulate(40, START, END, seed=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop's files with the truth beside them."""
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder, 40, START, END, 5, truth_at=MOMENTS, horizons=(MONTH, QUARTER))
    return folder


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def events_in(folder: Path) -> pa.Table:
    return pa.concat_tables(pyarrow.parquet.ParquetFile(file).read() for file in sorted(folder.glob("events/*")))


def test_the_same_seed_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_shop(tmp_path, 40, START, END, 5, truth_at=MOMENTS, horizons=(MONTH, QUARTER))
    assert files_in(tmp_path) == files_in(folder)


def test_without_a_moment_no_truth_is_told(tmp_path: Path) -> None:
    write_shop(tmp_path, 40, START, END, 5)
    tables = ["consents.csv", "customers.csv", "events/part-00000.parquet", "identities.csv"]
    assert sorted(files_in(tmp_path)) == tables


def test_the_events_file_holds_the_events_compressed_with_zstd(shop: SimulatedShop, folder: Path) -> None:
    file = pyarrow.parquet.ParquetFile(folder / "events" / "part-00000.parquet")
    assert file.read().equals(shop.events)
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("contract", [CUSTOMERS, CONSENTS, IDENTITIES], ids=lambda contract: contract.name)
def test_every_other_file_reads_back_as_its_table(shop: SimulatedShop, folder: Path, contract: Contract) -> None:
    read = pyarrow.csv.read_csv(folder / f"{contract.name}.csv", convert_options=NULLABLE)
    assert read.cast(contract.schema).equals(getattr(shop, contract.name))


def test_the_consents_file_has_plain_columns_that_any_program_reads(folder: Path) -> None:
    header, first, *_ = (folder / "consents.csv").read_text().splitlines()
    assert header == '"customer_id","purpose","granted","occurred_at","received_at"'
    assert first.startswith('"C000001","profiling",true,202')
    assert first.endswith("Z")


def test_the_truth_is_written_for_every_moment_and_horizon(folder: Path) -> None:
    written = pyarrow.parquet.ParquetFile(folder / "truth" / "customers.parquet").read()
    asked = [(moment, horizon) for moment in MOMENTS for horizon in (MONTH, QUARTER)]
    tables = [truth(40, START, END, 5, moment=moment, horizon=horizon) for moment, horizon in asked]
    assert written.equals(pa.concat_tables(tables))


def test_the_truth_of_every_campaign_is_written_beside(folder: Path) -> None:
    written = pyarrow.parquet.ParquetFile(folder / "truth" / "campaigns.parquet").read()
    assert len(written) > 50
    assert set(written["treated"].to_pylist()) == {True, False}


def test_a_truth_beyond_the_end_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="The truth is known from 2024-01-01"):
        write_shop(tmp_path / "new", 40, START, END, 5, truth_at=[END - MONTH], horizons=[QUARTER])
    assert not (tmp_path / "new").exists()


def test_nothing_of_an_earlier_shop_is_left_behind(tmp_path: Path) -> None:
    write_shop(tmp_path, 40, START, END, 9, truth_at=MOMENTS)
    (tmp_path / "events" / "part-00007.parquet").write_bytes(b"of a larger shop")
    write_shop(tmp_path, 40, START, END, 5)
    assert [file.name for file in (tmp_path / "events").iterdir()] == ["part-00000.parquet"]
    assert list((tmp_path / "truth").iterdir()) == []


def test_chunk_by_chunk_the_same_shop_is_written_as_in_memory(tmp_path: Path) -> None:
    customers, end = CHUNK_CUSTOMERS + 200, START + timedelta(days=20)
    write_shop(tmp_path, customers, START, end, 5)
    whole = simulate(customers, START, end, seed=5)
    written = events_in(tmp_path)
    keys = [("event_id", "ascending"), ("received_at", "ascending")]
    assert len(list((tmp_path / "events").iterdir())) == 2
    assert written.schema.equals(EVENTS.schema)
    assert written.sort_by(keys).equals(whole.events.sort_by(keys).combine_chunks())
    assert len(set(written["event_id"].to_pylist())) > 0.99 * len(written)
    placed = [row for row in written.to_pylist() if row["event_type"] == "order_placed"]
    assert len({row["order_id"] for row in placed}) == len({row["event_id"] for row in placed})
    customer_ids = pyarrow.csv.read_csv(tmp_path / "customers.csv")["customer_id"].to_pylist()
    assert customer_ids == whole.customers["customer_id"].to_pylist()
    assert len(set(customer_ids)) == customers
