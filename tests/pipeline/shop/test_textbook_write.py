import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet
import pytest

from pipeline.errors import UserError
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, Contract
from pipeline.shop.textbook.simulate import CHUNK_CUSTOMERS, TextbookShop, simulate_textbook, textbook_chunks
from pipeline.shop.textbook.tables import TRUTH
from pipeline.shop.textbook.write import write_textbook

START = datetime(2024, 7, 1, 8, 30, tzinfo=UTC)
END = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
MOMENTS = (END - timedelta(days=180), END - timedelta(days=90))


@pytest.fixture(scope="module")
def shop() -> TextbookShop:
    return simulate_textbook(1000, START, END, seed=5, truth_at=MOMENTS)


@pytest.fixture(scope="module")
def two_chunks() -> TextbookShop:
    return simulate_textbook(CHUNK_CUSTOMERS + 500, START, END, seed=5, truth_at=MOMENTS)


def test_the_same_seed_gives_the_same_shop(shop):
    assert simulate_textbook(1000, START, END, seed=5, truth_at=MOMENTS) == shop


def test_another_seed_gives_another_shop(shop):
    other = simulate_textbook(1000, START, END, seed=6, truth_at=MOMENTS)
    assert not other.events.equals(shop.events)
    assert not other.truth.equals(shop.truth)


def test_the_global_random_state_is_left_alone():
    before = np.random.get_state(legacy=False)["state"]["key"].tolist()  # noqa: NPY002  # the state that must not move
    simulate_textbook(20, START, END, seed=1)
    assert np.random.get_state(legacy=False)["state"]["key"].tolist() == before  # noqa: NPY002


@pytest.mark.parametrize("contract", [EVENTS, CUSTOMERS, CONSENTS], ids=lambda contract: contract.name)
def test_each_table_keeps_its_contract_over_chunks(two_chunks, contract: Contract):
    table: pa.Table = getattr(two_chunks, contract.name)
    assert table.schema.equals(contract.schema)
    assert {name: table[name].null_count for name in contract.required} == dict.fromkeys(contract.required, 0)
    assert table.group_by(list(contract.key)).aggregate([]).num_rows == table.num_rows


def test_every_event_is_a_paid_order_inside_the_span_and_known_at_once(shop):
    events = shop.events
    assert set(events["event_type"].to_pylist()) == {"order_placed"}
    assert pc.min(events["occurred_at"]).as_py() >= START
    assert pc.max(events["occurred_at"]).as_py() < END
    assert events["occurred_at"].equals(events["received_at"])
    assert pc.min(events["amount"]).as_py() > 0
    assert len(events["order_id"].unique()) == len(events)


def test_every_customer_is_known_from_the_first_order_on(shop):
    first = shop.events.group_by("customer_id").aggregate([("occurred_at", "min")])
    joined = dict(zip(*(shop.customers[name].to_pylist() for name in ("customer_id", "received_at")), strict=True))
    assert dict(zip(*(first[name].to_pylist() for name in first.column_names), strict=True)) == joined
    assert len(joined) == 1000


def test_truth_is_told_of_those_who_ordered_before_each_moment(shop):
    assert shop.truth.schema.equals(TRUTH)
    for moment in MOMENTS:
        told = shop.truth.filter(pc.equal(shop.truth["moment"], pa.scalar(moment, TRUTH.field("moment").type)))
        before = shop.events.filter(pc.less(shop.events["occurred_at"], pa.scalar(moment)))
        assert sorted(told["customer_id"].to_pylist()) == sorted(before["customer_id"].unique().to_pylist())


def test_without_moments_no_truth_is_told():
    assert simulate_textbook(20, START, END, seed=1).truth.num_rows == 0


def test_a_chunk_of_customers_is_the_same_however_many_follow(two_chunks):
    first = simulate_textbook(CHUNK_CUSTOMERS, START, END, seed=5)
    assert two_chunks.events.slice(0, len(first.events)).equals(first.events)
    assert two_chunks.customers.slice(0, CHUNK_CUSTOMERS).equals(first.customers)


def test_streamed_files_hold_what_is_simulated_in_memory(two_chunks, tmp_path: Path):
    written = write_textbook(tmp_path, CHUNK_CUSTOMERS + 500, START, END, 5, truth_at=MOMENTS)
    events = pyarrow.dataset.dataset(tmp_path / "events").to_table()
    assert [file.name for file in sorted((tmp_path / "events").iterdir())] == [
        "part-00000.parquet",
        "part-00001.parquet",
    ]
    assert written == len(events)
    assert events.equals(two_chunks.events)
    assert pyarrow.parquet.read_table(tmp_path / "truth" / "customers.parquet").equals(two_chunks.truth)
    assert read_csv(tmp_path / "customers.csv", CUSTOMERS).equals(two_chunks.customers)
    assert read_csv(tmp_path / "consents.csv", CONSENTS).equals(two_chunks.consents)


def read_csv(file: Path, contract: Contract) -> pa.Table:
    types: dict[str, Any] = {field.name: field.type for field in contract.schema}
    as_written = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=True)
    return pyarrow.csv.read_csv(file, convert_options=as_written).combine_chunks()


def test_the_same_seed_writes_the_same_bytes_and_no_truth_unless_asked(tmp_path: Path):
    for name in ("one", "two"):
        write_textbook(tmp_path / name, 300, START, END, 5)
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file())
    assert [str(file) for file in files] == ["consents.csv", "customers.csv", "events/part-00000.parquet"]
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes() for file in files)


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="empty folder"):
        write_textbook(tmp_path, 10, START, END, 1)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    ("customers", "start", "end"),
    [(0, START, END), (5, END, START), (5, START, START), (5, START.replace(tzinfo=None), END)],
)
def test_an_impossible_shop_is_refused_in_one_sentence(customers, start, end):
    with pytest.raises(UserError, match="Try "):
        textbook_chunks(customers, start, end, seed=1)


@pytest.mark.parametrize(
    "asked",
    [
        {"truth_at": [END + timedelta(microseconds=1)]},
        {"truth_at": [END.replace(tzinfo=None)]},
        {"truth_at": [END], "horizons": [timedelta(0)]},
    ],
)
def test_a_truth_that_nobody_can_know_is_refused_before_anything_is_written(asked, tmp_path: Path):
    with pytest.raises(UserError, match="Try "):
        write_textbook(tmp_path / "shop", 10, START, END, 1, **asked)
    assert list(tmp_path.iterdir()) == []


def test_the_first_chunk_of_a_billion_customers_comes_at_once():
    assert len(next(textbook_chunks(1_000_000_000, START, END, seed=1)).joined) == CHUNK_CUSTOMERS


MEASURE = """
import resource, sys
from datetime import datetime
from pathlib import Path
from pipeline.shop.textbook.write import write_textbook
start, end = (datetime.fromisoformat(moment) for moment in sys.argv[2:4])
for chunks in (1, 4):
    write_textbook(Path(sys.argv[1]) / str(chunks), chunks * 50_000, start, end, 1)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_shop(tmp_path: Path):
    command = [sys.executable, "-c", MEASURE, str(tmp_path), START.isoformat(), END.isoformat()]
    one, four = map(int, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
    assert four < 1.5 * one
