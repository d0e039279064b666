from datetime import UTC, datetime, timedelta

from features.builder import build_features
from features.engines import largest_differences
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, EVENTS
from pipeline.shop.simulate import simulate
from pipeline.windows import answering, shares
from tests.rows import AS_OF


def test_workers_find_what_one_process_finds(tmp_path, monkeypatch):
    made = simulate(120, datetime(2025, 6, 1, tzinfo=UTC), AS_OF, seed=4)
    store = Store(tmp_path / "store")
    with store.writing() as change:
        change.append(EVENTS, made.events)
        change.append(CUSTOMERS, made.customers)
    history, cut_offs = store.history(AS_OF), (AS_OF - timedelta(days=90), AS_OF)
    alone = build_features(history, cut_offs)
    monkeypatch.setattr(answering, "ALONE", 0)
    monkeypatch.setattr(shares, "WORKED_ON_AT_ONCE", 2_000)
    beside = build_features(history, cut_offs)
    assert len(alone) > 100  # in more than one share
    assert set(largest_differences(alone, beside).values()) == {0.0}
