"""The same features from the log's own files as from the events one by one, however and in whatever order they came."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.builder import build_features
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES
from tests.features.logs import SHOP, events, moments, people, when
from tests.rows import AS_OF, days_before

IDS = st.sampled_from(["ann", "bob", "eve"])
AGES = st.floats(0, 400)


@st.composite
def claims(draw):
    at = days_before(draw(AGES))
    return {"alias": draw(IDS), "customer_id": draw(IDS), "occurred_at": at, "received_at": at}


@st.composite
def answers(draw):
    at = days_before(draw(AGES))
    told = {"purpose": "profiling", "granted": draw(st.booleans()), "occurred_at": at, "received_at": at}
    return {"customer_id": draw(IDS), **told}


def written(folder, contract, rows):
    full = [{**dict.fromkeys(contract.columns), **row} for row in rows]
    if full:
        Store(folder).append(contract, pa.Table.from_pylist(full, schema=contract.schema))


def numbered(rows):
    return [{**row, "event_id": str(place)} for place, row in enumerate(rows)]


def same(left, right):
    assert left.names == right.names
    assert left.customer_id.tolist() == right.customer_id.tolist()
    np.testing.assert_array_equal(left.values, right.values)


shops = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@shops
@given(
    rows=st.lists(events(), min_size=1, max_size=20),
    about=st.lists(people(), max_size=2, unique_by=when),
    said=st.lists(claims(), max_size=3),
    asked=st.lists(answers(), max_size=3),
    cut_off=moments,
)
def test_files_and_events_give_the_same(tmp_path_factory, rows, about, said, asked, cut_off):
    folder = tmp_path_factory.mktemp("store")
    written(folder, EVENTS, numbered(rows))
    written(folder, CUSTOMERS, about)
    written(folder, IDENTITIES, said)
    written(folder, CONSENTS, asked)
    history = Store(folder, "Europe/Berlin").history(AS_OF)
    cut_offs = [cut_off, AS_OF]
    same(
        build_features(history, cut_offs, SHOP),
        build_features(replace(history, tiles=None), cut_offs, SHOP),
    )


@shops
@given(
    rows=st.lists(events(), min_size=2, max_size=20), cuts=st.lists(st.integers(1, 19), max_size=3), random=st.randoms()
)
def test_one_ingest_or_many_in_any_order_give_the_same(tmp_path_factory, rows, cuts, random):
    whole, split = (tmp_path_factory.mktemp("store") for _ in range(2))
    rows = numbered(rows)
    written(whole, EVENTS, rows)
    shuffled = rows.copy()
    random.shuffle(shuffled)
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(rows)], strict=True):
        written(split, EVENTS, shuffled[start:end])
    cut_offs = [days_before(40), AS_OF]
    same(*(build_features(Store(folder).history(AS_OF), cut_offs, SHOP) for folder in (whole, split)))


def test_a_day_more_of_events_changes_what_it_must_and_equals_a_log_written_at_once(tmp_path):
    rows = numbered(_year())
    older = [row for row in rows if row["occurred_at"] < days_before(1)]
    written(tmp_path / "daily", EVENTS, older)
    before = build_features(Store(tmp_path / "daily").history(AS_OF), (), SHOP)
    written(tmp_path / "daily", EVENTS, [row for row in rows if row not in older])
    written(tmp_path / "once", EVENTS, rows)
    after = build_features(Store(tmp_path / "daily").history(AS_OF), (), SHOP)
    same(after, build_features(Store(tmp_path / "once").history(AS_OF), (), SHOP))
    assert after.column("orders_365d").tolist() == (before.column("orders_365d") + 1).tolist()


def _year():
    return [_order(customer, age) for customer in ("ann", "bob") for age in (300, 200, 31, 30.5, 0.5)]


def _order(customer, age):
    at = days_before(age)
    row = dict.fromkeys(EVENTS.columns)
    return row | {"customer_id": customer, "event_type": "order_placed", "occurred_at": at, "received_at": at}


def test_a_late_event_is_known_from_when_it_arrived_and_then_corrects_the_past(tmp_path):
    late = _order("ann", 50) | {"event_id": "late", "received_at": days_before(10)}
    written(tmp_path, EVENTS, [_order("ann", 300) | {"event_id": "early"}])
    written(tmp_path, EVENTS, [late])
    arrived = days_before(10)
    matrix = build_features(Store(tmp_path).history(AS_OF), [arrived, arrived + timedelta(microseconds=1), AS_OF], SHOP)
    assert matrix.column("orders_90d").tolist() == [0, 1, 1]
    assert matrix.column("orders_lifetime").tolist() == [1, 2, 2]
