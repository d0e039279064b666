"""The benchmark of Postgres on few rows: both publications are taken over, and the figures are all there."""

import pytest

from benchmarks.postgres_server import NotInstalledError
from benchmarks.publish.postgres import draw, measure


def test_the_second_publication_differs_in_one_row_of_a_hundred(tmp_path):
    first, second = (publication.memberships().table.to_pylist() for publication in draw(tmp_path, 20_000))
    then, now = ({(row["customer_id"], row["segment"]): row["score"] for row in rows} for rows in (first, second))
    both = then.keys() & now.keys()
    changed = sum(then[key] != now[key] for key in both)
    differing = changed + len(then.keys() ^ now.keys())
    assert 0.005 < differing / len(then) < 0.012
    assert changed
    assert then.keys() - now.keys()
    assert now.keys() - then.keys()


def test_every_figure_is_measured():
    try:
        figures = measure(2_000, 1)
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    seconds = ("copy_s", "first_s", "difference_s", "again_s")
    assert all(figures[name] > 0 for name in seconds)
    assert figures["postgres_first_over_copy"] > 0
    assert figures["postgres_difference_over_copy"] > 0
    assert 1_900 < figures["rows"] <= 2_000
