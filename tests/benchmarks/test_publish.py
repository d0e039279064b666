"""The benchmark of killed nights, at a few moments: what it counts is true of what it did."""

import pytest

from benchmarks.postgres_server import NotInstalledError
from benchmarks.publish import expected, kills, shop
from benchmarks.publish.__main__ import table
from benchmarks.publish.outside import Book
from benchmarks.publish.reading import amiss
from pipeline.publish.publication import publish


@pytest.fixture(scope="module")
def figures():
    try:
        return kills.measure(3)
    except NotInstalledError as missing:
        pytest.skip(str(missing))


def test_killed_at_random_moments_nothing_is_lost_told_twice_or_half_there(figures):
    assert figures["kills"] == 3
    assert figures["nights"] >= 6
    for name in ("partial_reads", "rows_lost", "rows_sent_twice", "rows_held_twice"):
        assert figures[name] == 0, figures


def test_there_was_something_to_lose(figures):
    assert all(count > 5 for count in figures["reads"].values())
    assert figures["reads"].keys() == {"published", "files", "postgres"}
    assert all(count > shop.CUSTOMERS_COUNT / 2 for count in figures["rows_accepted"].values())
    assert "rows_sent_twice" in table(figures)


def test_a_reader_notices_a_publication_that_is_not_whole(tmp_path):
    assert amiss(tmp_path) is None
    published = publish(tmp_path, shop.edition(0))
    assert amiss(tmp_path) is None
    (published.path / "segments.csv").write_text("half", encoding="utf-8")
    assert amiss(tmp_path) == f"{published.publication_id}/segments.csv is not what it says"
    (published.path / "segments.csv").unlink()
    assert amiss(tmp_path) == f"{published.publication_id}/segments.csv is not what it says"
    (published.path / "manifest.json").write_text("{", encoding="utf-8")
    assert "no readable manifest" in amiss(tmp_path)


@pytest.mark.parametrize(
    ("held", "count"),
    [
        ({"ann": {"vip": True, "stake": 3}}, 0),
        ({"ann": {"vip": True, "stake": 3, "gone": None}, "bob": {"vip": False, "stake": None}}, 0),
        ({}, 1),
        ({"ann": {"vip": True, "stake": 0}}, 1),
        ({"ann": {"vip": True}}, 1),
        ({"ann": {"vip": True, "stake": 3}, "bob": {"vip": True}}, 1),
        ({"ann": {"vip": True, "stake": 3}, "bob": {"stake": 0}}, 1),
    ],
)
def test_who_is_held_otherwise_than_wanted_is_counted(held, count):
    assert expected.astray({"ann": {"vip": True, "stake": 3}}, held) == count


def test_the_shop_changes_every_night_and_somebody_leaves_and_withdraws():
    first, second = (shop.edition(night).profiles.table.to_pylist() for night in (0, 1))
    before, after = ({row["customer_id"]: row for row in rows} for rows in (first, second))
    assert before.keys() != after.keys()
    changed = [own for own in before.keys() & after.keys() if before[own] != after[own]]
    assert len(changed) == pytest.approx(shop.CUSTOMERS_COUNT / shop.CHANGING, rel=0.2)
    assert len(shop.agreed(0)) - len(shop.agreed(1)) == 1


def test_a_book_counts_what_was_told_twice_in_one_night():
    book = Book()
    for night, told in ((0, {"vip": True}), (1, {"vip": True, "stake": 3}), (1, {"stake": 4}), (1, {"stake": 3})):
        book.night = night
        book.note(iter([("ann", "profile", told)]))
    assert (book.rows, book.twice) == (2, 1)
