import numpy as np
import pytest

from models.judging.deciles import deciles

PREDICTED = np.array([0.95, 0.9, 0.8, 0.75, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
ACTUAL = np.array([1.0, 1, 0, 1, 0, 1, 0, 0, 0, 0])


def test_of_ten_customers_each_tenth_is_one_and_worked_out_by_hand():
    tenths = deciles(PREDICTED, ACTUAL)
    assert [tenth.place for tenth in tenths] == list(range(1, 11))
    assert [tenth.lift for tenth in tenths[:4]] == pytest.approx([2.5, 2.5, 0, 2.5])
    assert [tenth.captured for tenth in tenths[:4]] == pytest.approx([0.25, 0.25, 0, 0.25])
    assert [tenth.captured_so_far for tenth in tenths[:6]] == pytest.approx([0.25, 0.5, 0.5, 0.75, 0.75, 1])
    assert (tenths[0].predicted, tenths[0].observed, tenths[0].n) == (0.95, 1, 1)


def test_of_amounts_the_share_captured_is_of_the_money():
    tenths = deciles(PREDICTED, np.array([50.0, 0, 30, 0, 0, 0, 0, 0, 20, 0]))
    assert [tenth.captured_so_far for tenth in tenths] == pytest.approx([0.5, 0.5, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 1, 1])


def test_shares_of_an_uneven_number_of_rows_still_make_one():
    random = np.random.default_rng(0)
    tenths = deciles(random.random(37), (random.random(37) < 0.4).astype(float))
    assert sum(tenth.n for tenth in tenths) == 37
    assert sum(tenth.captured for tenth in tenths) == pytest.approx(1)
    assert max(tenth.n for tenth in tenths) - min(tenth.n for tenth in tenths) == 1


def test_where_nothing_came_there_is_nothing_to_capture():
    told = deciles(PREDICTED, np.zeros(10))[0].to_json()
    assert (told["lift"], told["captured_share"], told["captured_share_so_far"]) == (None, None, None)
    assert told["observed"] == 0


def test_fewer_rows_than_ten_are_as_many_groups():
    assert [tenth.n for tenth in deciles(PREDICTED[:3], ACTUAL[:3])] == [1, 1, 1]
