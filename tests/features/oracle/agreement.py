"""Whether features and their naive recomputation agree on a log."""

import ibis
import pyarrow as pa
import pytest

from features.builder import build_features
from pipeline.events.history import history_of
from pipeline.events.tables import CUSTOMERS
from tests.features.logs import SHOP
from tests.features.oracle.past import Past
from tests.rows import AS_OF, table


def agrees(features, families, rows, cut_off, zone="UTC", answers=(), vocabulary=SHOP):
    """Every customer known at the cut-off, and no other, has the columns and values that the oracles expect."""
    history = history_of(table(rows), AS_OF, zone, told(answers))
    matrix = build_features(history, [cut_off], vocabulary, features)
    read = {name for column in matrix.features for name in column.events}
    known = {row["customer_id"] for row in rows if row["event_type"] in read and _known(row, cut_off)}
    assert set(matrix.customer_id) == known
    for place, customer in enumerate(matrix.customer_id):
        own = [row for row in rows if row["customer_id"] == customer]
        about = [row for row in answers if row["customer_id"] == customer]
        past = Past(own, cut_off, vocabulary, zone, about)
        naive = {name: value for family in families for name, value in family.expected(past).items()}
        found = dict(zip(matrix.names, matrix.values[place].tolist(), strict=True))
        assert set(found) == set(naive)
        assert found == pytest.approx(naive, rel=1e-9, abs=1e-9, nan_ok=True)


def told(rows):
    """Rows about customers as Ibis, in the contract's types."""
    full = [{**dict.fromkeys(CUSTOMERS.columns), **row} for row in rows]
    contract = ibis.Schema.from_pyarrow(CUSTOMERS.schema)
    return ibis.memtable(pa.Table.from_pylist(full, schema=CUSTOMERS.schema), schema=contract)


def _known(row, cut_off):
    return row["occurred_at"] < cut_off and row["received_at"] < cut_off
