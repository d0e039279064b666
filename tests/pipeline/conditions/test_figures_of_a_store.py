"""Figures read from the files of a store, in this process and beside it."""

import pyarrow as pa
import pytest

from pipeline.conditions.figures import event_types_of, figures
from pipeline.conditions.parse import parse
from pipeline.events.history import history_of
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, IDENTITIES
from pipeline.windows import answering, shares
from tests.pipeline.conditions.event_asking import ORDER, VIEW
from tests.rows import AS_OF, arrow, days_before, event


@pytest.fixture
def store(tmp_path):
    """A store with an alias, an order that arrived late and events of all kinds that say something."""
    rows = [
        event("ann", days_before(9), ORDER, order_id="o1", properties='{"gift": "yes"}', amount=5),
        event("cookie", days_before(8), ORDER, order_id="o2", properties='{"gift": "yes"}', amount=7),
        event("bob", days_before(7), ORDER, order_id="o3", properties='{"gift": "no"}', received_at=AS_OF, amount=9),
        event("bob", days_before(6), VIEW, country="DE", properties='{"gift": "yes"}'),
        event("eve", days_before(5), "survey_answered", properties='{"score": 9}'),
    ]
    alias = {"alias": "cookie", "customer_id": "bob", "occurred_at": days_before(8), "received_at": days_before(8)}
    store = Store(tmp_path / "store")
    with store.writing() as change:
        change.append(EVENTS, arrow([{**row, "event_id": str(number)} for number, row in enumerate(rows)]))
        change.append(IDENTITIES, pa.Table.from_pylist([alias], schema=IDENTITIES.schema))
    return store


TEXTS = (
    "count(order_placed, where => properties.gift = 'yes')",
    "count(product_viewed, where => properties.gift = 'yes' and country = 'DE')",
    "count(survey_answered, where => properties.score >= 9)",
    "last(order_placed, order_id)",
    "sum(order_placed, amount)",
    "sequence(order_placed where properties.gift = 'yes', product_viewed)",
)


def told(history):
    found = figures(history, [parse(text) for text in TEXTS]).beside(["ann", "bob", "eve"])
    return [column.to_pylist() for column in found.values()]


EXPECTED = [[1, 1, 0], [0, 1, 0], [0, 0, 1], ["o1", "o2", None], [5, 7, 0], [False, True, False]]


def test_a_store_answers_from_its_files_what_an_engine_answers(store):
    history = store.history(AS_OF)
    assert history.tiles is not None
    assert told(history) == EXPECTED
    assert told(history_of(history.events, AS_OF)) == EXPECTED


def test_a_log_read_in_parts_answers_what_one_read_at_once_does(store, monkeypatch):
    history = store.history(AS_OF)
    monkeypatch.setattr(shares, "READ_AT_ONCE", 1)
    assert told(history) == EXPECTED
    assert told(history_of(history.events, AS_OF)) == EXPECTED


def test_workers_answer_what_one_process_answers(store, monkeypatch):
    monkeypatch.setattr(answering, "ALONE", 0)
    monkeypatch.setattr(shares, "WORKED_ON_AT_ONCE", 10)
    assert told(store.history(AS_OF)) == EXPECTED


def test_the_types_logged_are_those_known_at_the_moment(store):
    assert event_types_of(store.history(AS_OF)) == {ORDER, VIEW, "survey_answered"}
    assert event_types_of(store.history(days_before(6))) == {ORDER}
