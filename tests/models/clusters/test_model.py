import json
from dataclasses import replace

import numpy as np
import pytest

from models.clusters.model import UNCLEAR, Clusters, find_clusters, ordered
from models.examples import Examples
from pipeline.errors import NotEnoughDataError
from tests.models.shop import AS_OF, cut_offs, matrix_of, shop

USUAL = {"days_since_last_order": 90, "days_since_first_order": 200, "orders_lifetime": 3, "revenue_lifetime": 100}


@pytest.fixture(scope="module")
def clusters(past: Examples) -> Clusters:
    return find_clusters(past.matrix.at(cut_offs(4)[0]), seed=0)


def test_everybody_is_in_a_cluster_with_a_name_of_its_own_or_between_two(clusters: Clusters, past: Examples) -> None:
    now = past.matrix.at(cut_offs(4)[0])
    assert len(set(clusters.names)) == len(clusters.names) >= 3
    assert set(clusters.assign(now).tolist()) == {*clusters.names, UNCLEAR}
    assert sum(portrait.size for portrait in clusters.portraits) == ordered(now).sum()


def test_who_is_between_two_clusters_is_unclear_and_they_are_few(clusters: Clusters, past: Examples) -> None:
    names = clusters.assign(past.matrix.at(cut_offs(4)[0]))
    assert np.mean(names == UNCLEAR) == pytest.approx(clusters.unclear_share)
    assert 0 < clusters.unclear_share <= 0.2


def test_one_time_and_repeat_buyers_share_no_cluster(clusters: Clusters, past: Examples) -> None:
    places, _ = clusters.nearest(past.matrix)
    orders = past.matrix.column("orders_lifetime")
    assert not set(places[orders == 1]) & set(places[orders > 1])


def test_the_same_seed_finds_the_same_clusters() -> None:
    now = shop(400, [AS_OF]).matrix
    first, second = find_clusters(now, seed=3), find_clusters(now, seed=3)
    assert first.names == second.names
    assert first.assign(now).tolist() == second.assign(now).tolist()


def test_a_retrain_carries_ids_and_names_over(clusters: Clusters, past: Examples) -> None:
    month_later = past.matrix.at(cut_offs(4)[1])
    again = find_clusters(month_later, seed=5, before=clusters)
    kept = clusters.ids(month_later) == again.ids(month_later)
    assert again.kept_share >= 0.9
    assert kept.mean() >= 0.8
    assert {portrait.id for portrait in again.portraits} == {portrait.id for portrait in clusters.portraits}
    assert len(set(again.names) & set(clusters.names)) >= len(again.names) - 1


def test_a_cluster_set_apart_by_something_else_is_named_anew(clusters: Clusters, past: Examples) -> None:
    now = past.matrix.at(cut_offs(4)[0])
    first, *others = clusters.portraits
    moved = replace(first, name="As it was", apart={**first.apart, "orders_lifetime": 9.0})
    stayed = [replace(each, name=f"Group {each.id}") for each in others]
    again = find_clusters(now, seed=0, before=replace(clusters, portraits=(moved, *stayed)))
    named = {portrait.id: portrait.name for portrait in again.portraits}
    assert named[first.id] not in {"As it was", *(each.name for each in stayed)}
    assert {named[each.id] for each in stayed} == {each.name for each in stayed}


def test_clusters_read_back_from_json_are_the_same(clusters: Clusters, past: Examples) -> None:
    again = Clusters.from_dict(json.loads(json.dumps(clusters.as_dict())))
    assert again.assign(past.matrix).tolist() == clusters.assign(past.matrix).tolist()
    assert (again.portraits, again.changes, again.figures) == (
        clusters.portraits,
        clusters.changes,
        clusters.figures,
    )


def test_the_card_says_who_the_clusters_are_and_how_sure_they_are(clusters: Clusters) -> None:
    card = clusters.card
    assert [each["name"] for each in card["clusters"]] == list(clusters.names)
    assert sum(each["share"] for each in card["clusters"]) == pytest.approx(1)
    assert card["figures"]["unclear_share"] == clusters.unclear_share
    assert {each["count"] for each in card["tried"]["repeat"]} <= set(range(2, 11))
    assert card["figures"]["stability_repeat"] > 0.4


def test_too_few_customers_have_no_clusters() -> None:
    with pytest.raises(NotEnoughDataError, match="at least 100 customers with an order, got 2"):
        find_clusters(matrix_of([USUAL, USUAL]), seed=0)


def test_a_shop_in_which_all_do_the_same_has_one_cluster_a_kind() -> None:
    clusters = find_clusters(matrix_of([USUAL] * 120), seed=0)
    assert set(clusters.assign(matrix_of([USUAL] * 2)).tolist()) == {"Repeat buyers"}
    assert clusters.unclear_share == 0


def test_nobody_is_in_no_cluster(clusters: Clusters, past: Examples) -> None:
    assert clusters.assign(past.matrix.where(np.zeros(len(past), dtype=bool))).shape == (0,)


def test_whoever_only_gave_back_is_in_no_cluster(clusters: Clusters) -> None:
    assert clusters.assign(matrix_of([{"orders_lifetime": 0}, USUAL])).tolist()[0] is None
