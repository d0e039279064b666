"""The clusters of one kind of customers, from training to training."""

import numpy as np
import pytest

from features.matrix import FeatureMatrix
from models.clusters.part import NOT_BETTER, Part, find_part
from models.clusters.space import REPEAT_TOPICS
from models.columns import narrowed
from tests.models.shop import AS_OF, shop

SEED = 2


@pytest.fixture(scope="module")
def repeat() -> FeatureMatrix:
    matrix = shop(500, [AS_OF]).matrix
    return matrix.where(matrix.column("orders_lifetime") > 1)


@pytest.fixture(scope="module")
def part(repeat: FeatureMatrix) -> Part:
    return find_part(repeat, REPEAT_TOPICS, least_share=0.05, seed=SEED)


def test_the_first_clusters_are_found_anew(part: Part) -> None:
    assert part.nearer_anew is None
    assert len(part) > 1


def test_clusters_stay_to_the_letter_while_found_anew_they_would_hardly_lie_nearer(
    part: Part, repeat: FeatureMatrix
) -> None:
    most = repeat.where(np.arange(len(repeat)) % 10 > 0)
    again = find_part(most, REPEAT_TOPICS, least_share=0.05, seed=SEED + 1, before=(part.assign(most)[0], part))
    assert again.nearer_anew is not None
    assert -0.01 <= again.nearer_anew <= NOT_BETTER
    assert again.centres.tolist() == part.centres.tolist()
    assert again.assign(repeat)[0].tolist() == part.assign(repeat)[0].tolist()


def test_clusters_that_tell_customers_apart_no_more_are_found_anew(part: Part, repeat: FeatureMatrix) -> None:
    anybody = np.random.default_rng(SEED).integers(0, len(part), len(repeat))
    again = find_part(repeat, REPEAT_TOPICS, least_share=0.05, seed=SEED, before=(anybody, part))
    assert again.nearer_anew is None
    assert len(again) == len(part)
    assert again.centres.tolist() != part.centres.tolist()


def test_clusters_that_read_what_is_known_no_more_are_found_anew(part: Part, repeat: FeatureMatrix) -> None:
    lost = part.space.names[-1]
    known = narrowed(repeat, [name for name in repeat.names if name != lost])
    again = find_part(known, REPEAT_TOPICS, least_share=0.05, seed=SEED, before=(part.assign(repeat)[0], part))
    assert again.nearer_anew is None
    assert lost not in again.space.names


def test_a_part_read_back_is_the_same(part: Part, repeat: FeatureMatrix) -> None:
    again = Part.from_dict({**part.as_dict(), "nearer_anew": 0.02})
    assert again.assign(repeat)[0].tolist() == part.assign(repeat)[0].tolist()
    assert again.nearer_anew == 0.02
