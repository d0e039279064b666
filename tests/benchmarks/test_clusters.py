"""The benchmark of clusters runs, at a tiny size."""

import json

from benchmarks.clusters import kept, measure, table
from models.clusters.model import find_clusters
from tests.models.shop import AS_OF, shop


def test_clusters_find_more_of_the_planted_groups_than_chance_and_keep_their_identity():
    figures = json.loads(json.dumps(measure(customers=400, seed=1, retrains=1)))
    assert figures["customers"] > 200
    assert figures["planted_rand_index"] > 0.03
    assert figures["least_kept_share"] > 0.5
    assert len(figures["kept_shares"]) == 1
    assert set(figures["mixture_rand_index"]) == {"tied", "diag"}
    assert "planted_rand_index" in table(figures)


def test_clusters_that_stay_as_they_are_keep_every_customer():
    matrix = shop(300, [AS_OF]).matrix
    clusters = find_clusters(matrix, seed=0)
    assert kept([clusters], matrix)["kept_shares"] == []
    again = find_clusters(matrix, seed=0, before=clusters)
    assert again.kept_share > 0.95
