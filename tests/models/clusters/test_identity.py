import numpy as np
import pytest

from models.clusters.identity import Change, carry_over, first_identity


def members(*counts: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Customers as (how many, cluster before, cluster now)."""
    was = np.concatenate([np.full(count, old) for count, old, _ in counts])
    now = np.concatenate([np.full(count, new) for count, _, new in counts])
    return was, now


def test_the_first_clusters_count_from_one():
    first = first_identity(2)
    assert (first.ids, first.last, first.changes, first.kept_share) == (("c1", "c2"), 2, (), 1.0)


def test_ids_follow_the_members_whatever_the_order_of_the_clusters():
    was, now = members((60, 0, 1), (35, 1, 0), (5, 1, 1))
    found = carry_over(["c1", "c2"], was, now, 2, last=2)
    assert found.ids == ("c2", "c1")
    assert found.going_on == (1, 0)
    assert found.changes == ()
    assert found.kept_share == pytest.approx(0.95)


def test_a_cluster_in_two_parts_is_a_split_and_the_larger_part_keeps_the_id():
    was, now = members((50, 0, 0), (30, 1, 1), (20, 1, 2))
    found = carry_over(["c1", "c4"], was, now, 3, last=4)
    assert found.ids == ("c1", "c4", "c5")
    assert found.changes == (Change("split", ("c4",), ("c4", "c5"), 0.5),)
    assert found.kept_share == pytest.approx(0.8)


def test_two_clusters_in_one_are_a_merge_under_the_id_of_the_larger():
    was, now = members((50, 0, 0), (30, 1, 1), (20, 2, 1))
    found = carry_over(["c1", "c2", "c3"], was, now, 2, last=3)
    assert found.ids == ("c1", "c2")
    assert found.changes == (Change("merge", ("c2", "c3"), ("c2",), 0.5),)


def test_a_cluster_of_everybodys_members_is_new_and_one_that_is_scattered_is_gone():
    was, now = members((40, 0, 0), (30, 1, 1), (8, 0, 2), (6, 1, 2), (5, 2, 0), (5, 2, 1), (6, 2, 2))
    found = carry_over(["c1", "c2", "c3"], was, now, 3, last=3)
    assert found.ids == ("c1", "c2", "c4")
    assert found.changes == (Change("new", (), ("c4",), 0.2), Change("gone", ("c3",), (), 0.16))


def test_an_id_that_once_was_is_never_given_to_another_cluster():
    was, now = members((50, 0, 0), (25, 0, 1))
    assert carry_over(["c2"], was, now, 2, last=7).ids == ("c2", "c8")


def test_equal_halves_leave_the_id_to_one_of_them():
    was, now = members((50, 0, 0), (50, 0, 1))
    found = carry_over(["c1"], was, now, 2, last=1)
    assert sorted(found.ids) == ["c1", "c2"]
    assert found.changes[0].kind == "split"
