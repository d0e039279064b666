import os
import signal

import numpy as np
import pyarrow as pa
import pytest

from pipeline.errors import FeatureError
from pipeline.windows.workers import opened, sealed, spread


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


def _pid(_: int) -> int:
    return os.getpid()


def _killed(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
