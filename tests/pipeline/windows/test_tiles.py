"""What is read of the log's own files: only the groups of rows that can hold a range of customers, each row once."""

import pyarrow.parquet as pq
import pytest

from pipeline.windows.tiles import EVERYBODY, Group, Span, groups, read, spans
from tests.rows import arrow, days_before, event


@pytest.fixture
def files(tmp_path):
    months = [["ann", "bob", "cat", "dan"], ["bob", "dan", "eve"]]
    for number, names in enumerate(months):
        rows = [event(name, days_before(40 - 30 * number), event_id=f"{name}{number}") for name in names]
        pq.write_table(arrow(rows), tmp_path / f"{number}.parquet", row_group_size=2)
    return sorted(str(path) for path in tmp_path.iterdir())


def told(batches, span=EVERYBODY):
    """The customers of whom rows were read, once a row, without those of neighbours in the same group."""
    names = [name for batch in batches for name in batch["customer_id"].to_pylist()]
    return sorted(name for name in names if (span.low or "") <= name < (span.high or "~"))


def test_the_files_say_which_customers_lie_where(files):
    found = groups(files)
    assert [(group.low, group.high, group.rows) for group in found] == [
        ("ann", "bob", 2),
        ("cat", "dan", 2),
        ("bob", "dan", 2),
        ("eve", "eve", 1),
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_ranges_of_customers_read_every_row_once(files, most):
    found = groups(files)
    parts = [told(read(found, span), span) for span in spans(found, most)]
    assert [name for part in parts for name in part] == ["ann", "bob", "bob", "cat", "dan", "dan", "eve"]
    assert len(spans(found, most)) <= 7 // most + 1


def test_a_range_opens_no_group_without_its_customers(files):
    found = groups(files)
    assert [group.meets(Span("cat", "dan")) for group in found] == [False, True, True, False]
    assert told(read(found, Span("cat", "dan"))) == ["bob", "cat", "dan", "dan"]


def test_a_range_begins_with_its_first_customer_and_ends_before_its_last():
    assert Group("", 0, "ann", "bob", 1).meets(Span("bob", None))
    assert not Group("", 0, "bob", "cat", 1).meets(Span(None, "bob"))


def test_properties_are_not_read(files):
    assert not {"properties"} & {name for batch in read(groups(files), EVERYBODY) for name in batch.schema.names}


def test_an_empty_log_has_no_rows():
    assert not list(read((), EVERYBODY))
    assert spans((), 10) == (EVERYBODY,)
