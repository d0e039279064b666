"""Spark against DuckDB: the same store, the same definitions, the same values and the same nulls."""

from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import find
from features.engines import build_features, largest_differences
from features.learning import learn_vocabulary
from features.matrix import FeatureMatrix, utc_us
from pipeline.errors import FeatureError
from pipeline.events.readers import store_on
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES
from pipeline.shop.simulate import simulate
from tests.rows import AS_OF, arrow, days_before, event
from tests.spark import SPARK_WARNINGS, room_for_spark

pytestmark = SPARK_WARNINGS
MICROSECOND = timedelta(microseconds=1)
TRAITS = ("language", "size", "card", "plan", "score")
EXACT = 1e-9


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """Room for one Spark, which begins when the first store is read by it and ends with the module."""
    with room_for_spark(tmp_path_factory.mktemp("spark")):
        yield partial(store_on, "spark")


@pytest.fixture(scope="module")
def shop(tmp_path_factory, spark):
    """A simulated shop, whose visitors have aliases and half of whom may not be profiled."""
    made = simulate(200, datetime(2025, 1, 1, tzinfo=UTC), AS_OF + timedelta(days=20), seed=4)
    store = Store(tmp_path_factory.mktemp("shop"), "Europe/Berlin")
    tables = (made.events, made.customers, made.consents, made.identities)
    fill(store, *zip((EVENTS, CUSTOMERS, CONSENTS, IDENTITIES), tables, strict=True))
    return store.history(AS_OF), spark(store).history(AS_OF)


@pytest.fixture(scope="module")
def edges(tmp_path_factory, spark):
    """Whatever lies a microsecond from a bound: of the moment, of a window, of an alias and of a consent."""
    store = Store(tmp_path_factory.mktemp("edges"), "Pacific/Auckland")
    written = ((CUSTOMERS, PEOPLE), (CONSENTS, ANSWERS), (IDENTITIES, CLAIMS))
    told = [(table, pa.Table.from_pylist(rows, schema=table.schema)) for table, rows in written]
    fill(store, (EVENTS, arrow(EDGES)), *told)
    return store.history(AS_OF), spark(store).history(AS_OF)


@pytest.fixture(scope="module")
def bare(tmp_path_factory, spark):
    """Events, and no other table."""
    store = Store(tmp_path_factory.mktemp("bare"))
    fill(store, (EVENTS, arrow(EDGES)))
    return store.history(AS_OF), spark(store).history(AS_OF)


def fill(store, *tables):
    with store.writing() as change:
        for table, rows in tables:
            change.append(table, rows)


def around(moment):
    return [moment - MICROSECOND, moment, moment + MICROSECOND]


def answer(customer, moment, *, granted):
    told = {"customer_id": customer, "purpose": "profiling", "occurred_at": moment, "received_at": moment}
    return {**told, "granted": granted}


def claim(alias, customer, moment):
    return {"alias": alias, "customer_id": customer, "occurred_at": moment, "received_at": moment}


def person(customer, moment, *, birth_month, traits=None):
    named = {**dict.fromkeys(CUSTOMERS.columns), "customer_id": customer, "received_at": moment}
    return {**named, "birth_month": birth_month, "traits": traits}


EDGES = [
    *(event("ann", moment, amount=10, order_id="o1") for moment in around(AS_OF)),
    *(event("ann", moment, amount="0.0001", quantity=3) for moment in around(days_before(30))),
    *(event("ann", days_before(5), received_at=moment, amount=7) for moment in around(AS_OF)),
    *(event("bob", days_before(90), "item_purchased", received_at=moment) for moment in around(days_before(40))),
    *(event("a1", moment, "page_viewed", page="/Pricing?x=1") for moment in around(days_before(20))),
    *(event("a2", moment, "page_viewed", query="ü, \x00'") for moment in around(days_before(20))),
    event("refuser", days_before(3), amount=99),
    event("late refuser", days_before(3), amount=99),
    event("silent", days_before(3), amount=99),
    event("bob", days_before(1), "support_contacted", properties='{"score": 7}'),
]
ANSWERS = [
    *(answer(who, days_before(300), granted=True) for who in ("ann", "bob", "a1", "late refuser")),
    answer("bob", AS_OF - MICROSECOND, granted=True),
    answer("refuser", AS_OF - MICROSECOND, granted=False),
    answer("late refuser", AS_OF, granted=False),
]
PEOPLE = [
    person("ann", days_before(300), birth_month=3, traits='{"plan": "gold", "score": 3}'),
    *(person("ann", moment, birth_month=4, traits='{"plan": "free"}') for moment in around(AS_OF)[1:]),
    *(person("a1", moment, birth_month=5) for moment in around(days_before(20))),
    person("silent", days_before(300), birth_month=6, traits='{"score": true}'),
]
CLAIMS = [
    claim("a1", "ann", days_before(20)),
    claim("a2", "bob", days_before(30)),
    claim("a2", "ann", days_before(20)),  # from here on it is contested
    claim("silent", "bob", AS_OF),
]


def both(histories, cut_offs) -> tuple[FeatureMatrix, FeatureMatrix]:
    local, there = histories
    vocabulary = learn_vocabulary(local, traits=TRAITS)
    return build_features(local, cut_offs, vocabulary), build_features(there, cut_offs, vocabulary)


def apart(local, there) -> dict[str, float]:
    """The features of which two values differ, and by how much."""
    return {name: gap for name, gap in largest_differences(local, there).items() if gap > EXACT}


def test_every_feature_of_a_simulated_shop_is_the_one_that_duckdb_gives(shop):
    local, there = both(shop, [days_before(45.123456789), AS_OF])
    assert len(local.cut_offs) == 2
    assert len(local) > 100
    assert apart(local, there) == {}


def test_at_the_edges_of_time_alias_and_consent_every_feature_is_the_one_that_duckdb_gives(edges):
    local, there = both(edges, [days_before(20) + MICROSECOND, AS_OF - MICROSECOND, AS_OF])
    assert local.at(AS_OF).customer_id.tolist() == ["ann", "bob", "late refuser"]
    assert apart(local, there) == {}


def test_a_shop_without_other_tables_has_the_features_that_duckdb_gives(bare):
    local, there = both(bare, [AS_OF])
    assert apart(local, there) == {}


def test_spark_learns_the_vocabulary_that_duckdb_learns(edges):
    local, there = (learn_vocabulary(history, traits=TRAITS) for history in edges)
    assert there == local
    assert set(local.traits) == {"plan", "score"}


def test_a_cut_off_later_than_the_history_is_refused_before_any_work(bare):
    _, there = bare
    with pytest.raises(FeatureError, match="no later than 2026-03-01"):
        build_features(there, [AS_OF, AS_OF + MICROSECOND], learn_vocabulary(bare[0]))


@pytest.mark.parametrize(("other", "apart"), [(2.5, 0.5), (2.0, 0.0), (np.nan, np.inf)])
def test_a_value_against_a_null_is_as_far_apart_as_can_be(other, apart):
    assert largest_differences(matrix([[1, np.nan], [2, np.nan]]), matrix([[1, np.nan], [other, np.nan]])) == {
        "orders_30d": apart,
        "order_gap_mean_days": 0,
    }


def test_matrices_of_different_customers_are_not_compared():
    with pytest.raises(FeatureError, match="the same customers"):
        largest_differences(matrix([[1, 2]], ["ann"]), matrix([[1, 2]], ["bob"]))


def matrix(values, customers=("ann", "bob")) -> FeatureMatrix:
    described = (find("orders_30d"), find("order_gap_mean_days"))
    moments = np.full(len(customers), utc_us(AS_OF))
    return FeatureMatrix(np.array(customers, object), moments, described, np.array(values, float))


def test_customers_kept_are_the_same_as_among_everybody(edges):
    local, other = edges
    cut_offs, keep = [days_before(20), AS_OF], pa.array(["bob", "refuser", "nobody"])
    vocabulary = learn_vocabulary(local)
    kept = build_features(other, cut_offs, vocabulary, keep=keep)
    everybody = build_features(local, cut_offs, vocabulary)
    expected = everybody.where(everybody.customer_id == "bob")
    assert len(expected) == 2
    assert max(largest_differences(expected, kept).values()) <= EXACT
