import numpy as np
import pytest

from models.clusters.count import Tried, choose_count, distances, fit_centres, spread, try_counts


def tried(count: int, stability: float, silhouette: float = 0.3) -> Tried:
    return Tried(count, stability, silhouette, smallest_share=0.1)


def blobs(centres: list[tuple[float, float]], each: int = 60) -> np.ndarray:
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(centre, 0.3, (each, 2)) for centre in centres])


def test_groups_far_apart_are_counted():
    points = blobs([(0, 0), (9, 0), (0, 9), (9, 9)])
    found = try_counts(points, least_share=0.05, seed=0)
    assert choose_count(found) == 4
    assert next(each for each in found if each.count == 4).stability == pytest.approx(1)


def test_numbers_that_leave_too_small_a_cluster_are_not_tried():
    points = np.concatenate([blobs([(0, 0), (9, 0)], each=97), blobs([(50, 50)], each=6)])
    assert [each.count for each in try_counts(points, least_share=0.1, seed=0) if each.count == 3] == []


def test_half_the_least_share_is_enough_for_the_number_before():
    points = np.concatenate([blobs([(0, 0), (9, 0)], each=92), blobs([(50, 50)], each=16)])
    assert 3 not in [each.count for each in try_counts(points, least_share=0.1, seed=0)]
    assert 3 in [each.count for each in try_counts(points, least_share=0.1, seed=0, before=3)]


def test_customers_who_are_all_the_same_are_one_cluster():
    found = try_counts(np.zeros((200, 2)), least_share=0.05, seed=0)
    assert (found, choose_count(found)) == ((), 1)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([tried(2, 0.9), tried(3, 0.85), tried(4, 0.7)], 3),  # the largest that is about as stable as the best
        ([tried(2, 0.9, 0.4), tried(3, 0.89, 0.3)], 2),  # and about as separate
        ([tried(2, 0.39), tried(3, 0.2)], 1),  # halves agree on nothing
    ],
)
def test_the_largest_stable_and_separate_number_is_chosen(numbers: list[Tried], expected: int):
    assert choose_count(numbers) == expected


@pytest.mark.parametrize(
    ("numbers", "before", "expected"),
    [
        ([tried(4, 0.6), tried(5, 0.75)], 4, 4),  # about as good: the number does not change with the month
        ([tried(4, 0.6), tried(5, 0.8)], 4, 5),  # far more stable
        ([tried(4, 0.8), tried(5, 0.6)], 5, 5),
        ([tried(4, 0.8), tried(5, 0.39)], 5, 4),  # lost
        ([tried(4, 0.8)], 7, 4),  # could not be tried any more
    ],
)
def test_the_number_before_stays_until_it_is_lost_or_far_surpassed(numbers: list[Tried], before: int, expected: int):
    assert choose_count(numbers, before) == expected


def test_distances_and_their_mean_square_are_those_of_the_plane():
    points, centres = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [3.0, 0.0]])
    assert distances(points, centres).tolist() == [[0, 3], [5, 4]]
    assert spread(points, centres) == 8


def test_centres_start_where_they_were():
    points = blobs([(0, 0), (9, 0), (0, 9)])
    start = np.array([[0.0, 8.0], [1.0, 0.0], [8.0, 0.0]])
    assert np.rint(fit_centres(points, 3, seed=0, start=start)).tolist() == [[0, 9], [0, 0], [9, 0]]
