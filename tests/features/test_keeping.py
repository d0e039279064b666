"""Some customers' features are the same whether or not everybody else's are worked out beside them."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.builder import build_features
from features.engines import build_features as by_any_engine
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES
from tests.features.logs import SHOP
from tests.features.test_store import numbered, written
from tests.rows import AS_OF, days_before, event

CUT_OFFS = [days_before(30), AS_OF]
KEPT = pa.array(["ann", "eve", "nobody"])


@pytest.fixture
def history(tmp_path):
    """Ann has an alias and a birthday, Bob is not asked for, Eve said no to being profiled."""
    at = days_before(90)
    told = {"occurred_at": at, "received_at": at}
    orders = [event("ann", days_before(80), amount=20), event("bob", days_before(70)), event("eve", days_before(60))]
    views = [event("cookie", days_before(50), "page_viewed"), event("bob", days_before(40), "page_viewed")]
    written(tmp_path, EVENTS, numbered([*orders, *views, event("ann", days_before(10), amount=30)]))
    written(tmp_path, CUSTOMERS, [{"customer_id": "ann", "received_at": at, "birth_month": 3}])
    written(tmp_path, IDENTITIES, [{"alias": "cookie", "customer_id": "ann", **told}])
    written(tmp_path, CONSENTS, [{"customer_id": "eve", "purpose": "profiling", "granted": False, **told}])
    return Store(tmp_path, profiling="opt_out").history(AS_OF)


@pytest.mark.parametrize("build", [build_features, by_any_engine])
@pytest.mark.parametrize("from_files", [True, False])
def test_a_kept_customer_has_the_same_features_as_among_everybody(history, build, from_files):
    read = history if from_files else replace(history, tiles=None)
    everybody = build(read, CUT_OFFS, SHOP)
    kept = build(read, CUT_OFFS, SHOP, keep=KEPT)
    assert kept.customer_id.tolist() == ["ann", "ann"]
    assert kept.at(CUT_OFFS[0]).column("orders_lifetime").tolist() == [1]
    expected = everybody.where(everybody.customer_id == "ann")
    assert kept.names == expected.names
    np.testing.assert_array_equal(kept.values, expected.values)
    assert kept.column("days_to_birthday").tolist() == expected.column("days_to_birthday").tolist()


@pytest.mark.parametrize("from_files", [True, False])
def test_who_may_not_be_profiled_is_not_kept_by_being_asked_for(history, from_files):
    read = history if from_files else replace(history, tiles=None)
    assert "eve" not in build_features(read, CUT_OFFS, SHOP, keep=pa.array(["eve"])).customer_id


def test_nobody_kept_is_no_rows_and_every_column(history):
    found = build_features(history, CUT_OFFS, SHOP, keep=pa.array([], pa.string()))
    assert len(found) == 0
    assert found.names == build_features(history, CUT_OFFS, SHOP).names
