import os
import signal
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features import builder
from features.builder import build_features
from features.engines import largest_differences
from features.workers import opened, sealed, spread
from pipeline.errors import FeatureError
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, EVENTS
from pipeline.shop.simulate import simulate
from pipeline.windows import shares
from tests.rows import AS_OF


def test_answers_come_in_the_order_of_their_parts():
    parts = [np.arange(size) for size in (30, 1, 20, 0, 7)]
    assert [sum_.tolist() for sum_ in spread(np.sum, parts)] == [435, 0, 190, 0, 21]


def test_work_is_done_in_other_processes():
    assert os.getpid() not in set(spread(_pid, [1, 2, 3]))


def test_what_is_sealed_is_opened_again_and_can_be_written_to(tmp_path):
    ids = pa.array(["a", None])
    told = {"by row": np.arange(12.0).reshape(3, 4), "by column": np.ones((2, 5), order="F"), "ids": ids}
    path = sealed(told, tmp_path / "told")
    found = opened(path)
    assert not path.exists()
    assert found["ids"].equals(told["ids"])
    assert found["by column"].flags.f_contiguous
    found["by row"][0, 0] = 7
    np.testing.assert_array_equal(found["by row"][1:], told["by row"][1:])


def test_a_worker_that_is_killed_is_said_in_one_sentence():
    with pytest.raises(FeatureError, match="most likely for want of memory"):
        list(spread(_killed, [1]))
    assert list(spread(abs, [-1])) == [1]


def test_workers_find_what_one_process_finds(tmp_path, monkeypatch):
    made = simulate(120, datetime(2025, 6, 1, tzinfo=UTC), AS_OF, seed=4)
    store = Store(tmp_path / "store")
    with store.writing() as change:
        change.append(EVENTS, made.events)
        change.append(CUSTOMERS, made.customers)
    history, cut_offs = store.history(AS_OF), (AS_OF - timedelta(days=90), AS_OF)
    alone = build_features(history, cut_offs)
    monkeypatch.setattr(builder, "ALONE", 0)
    monkeypatch.setattr(shares, "WORKED_ON_AT_ONCE", 2_000)
    beside = build_features(history, cut_offs)
    assert len(alone) > 100  # in more than one share
    assert set(largest_differences(alone, beside).values()) == {0.0}


def _pid(_: int) -> int:
    return os.getpid()


def _killed(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
