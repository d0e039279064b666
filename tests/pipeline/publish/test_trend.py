"""What a segment's size was over several publications, and who moved between stages, on hand-written members."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from pipeline.publish.published import Publication
from pipeline.publish.record import Move, Trend
from pipeline.publish.trend import moves, one_a_moment, trend
from pipeline.segments.membership import Memberships
from pipeline.segments.rows import SCHEMA
from pipeline.segments.segment import Segment
from pipeline.segments.settle import LeftOut

NOW = datetime(2026, 3, 1, tzinfo=UTC)
WEEK = timedelta(days=7)

NEW, ACTIVE = (Segment(name=f"stage_{name}", when="orders_365d >= 1", tags=("stage",)) for name in ("new", "active"))
VIP = Segment(name="vip", when="revenue_365d > 500")
OTHER_VIP = Segment(name="vip", when="revenue_365d > 900")


def published(weeks_ago: int, sizes: Mapping[Segment, int], publication_id: str = "") -> Publication:
    """A publication of which only the manifest is looked at."""
    segments = {one.name: {"definition_version": one.definition_version, "size": size} for one, size in sizes.items()}
    manifest = {"publication_id": publication_id, "as_of": (NOW - weeks_ago * WEEK).isoformat(), "segments": segments}
    return Publication(Path("unread"), manifest)


def members(stays: Mapping[Segment, str], *, left_out: tuple[LeftOut, ...] = ()) -> Memberships:
    """Memberships of one letter a customer, and the versions of their definitions as a publication knows them."""
    rows = [{"customer_id": one, "segment": segment.name} for segment, customers in stays.items() for one in customers]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    versions = {segment.name: segment.definition_version for segment in stays}
    return Memberships(NOW, table, left_out, decided=tuple(stays), versions=versions)


def test_a_first_publication_has_a_trend_of_one_moment() -> None:
    assert trend((), members({VIP: "ab", NEW: ""})) == Trend((NOW,), {"vip": (2,), "stage_new": (0,)}, {})


def test_sizes_are_told_oldest_first_and_none_where_a_segment_was_not_decided() -> None:
    earlier = (published(2, {VIP: 5}), published(1, {VIP: 4, NEW: 3}))
    found = trend(earlier, members({NEW: "a"}, left_out=(LeftOut("vip", "nobody has a value in it"),)))
    assert found.moments == (NOW - 2 * WEEK, NOW - WEEK, NOW)
    assert found.sizes == {"stage_new": (None, 3, 1), "vip": (5, 4, None)}
    assert found.redefined == {}


def test_a_segment_that_was_given_up_is_not_told_of() -> None:
    assert trend((published(1, {VIP: 5}),), members({NEW: "a"})).sizes == {"stage_new": (None, 1)}


def test_a_definition_changed_where_it_is_not_the_last_that_was_decided_by() -> None:
    earlier = (published(4, {OTHER_VIP: 9}), published(3, {VIP: 5}), published(2, {}), published(1, {VIP: 5}))
    found = trend(earlier, members({OTHER_VIP: "a", NEW: "b"}))
    assert found.redefined == {"vip": (1, 4)}
    assert trend(earlier[1:], members({VIP: "a"})).redefined == {}


def test_of_several_publications_of_one_moment_the_last_one_counts() -> None:
    first, second, later = published(2, {VIP: 1}), published(2, {VIP: 2}), published(1, {VIP: 3})
    assert one_a_moment((first, second, later)) == (second, later)


def test_moves_go_from_stage_to_stage_the_largest_first() -> None:
    before = members({NEW: "abcd", ACTIVE: "ef", VIP: "a"})
    now = members({NEW: "dexyz", ACTIVE: "abcw", VIP: "b"})
    assert moves(before, now, [VIP, NEW, ACTIVE]) == (
        Move(None, "stage_new", 3),
        Move("stage_new", "stage_active", 3),
        Move(None, "stage_active", 1),
        Move("stage_active", None, 1),
        Move("stage_active", "stage_new", 1),
    )


def test_nobody_moved_before_the_first_publication() -> None:
    assert moves(None, members({NEW: "a"}), [NEW]) == ()


def test_a_stage_defined_otherwise_moves_nobody() -> None:
    otherwise = Segment(name="stage_new", when="orders_365d = 1", tags=("stage",))
    assert moves(members({otherwise: "a", ACTIVE: "b"}), members({NEW: "b", ACTIVE: "a"}), [NEW, ACTIVE]) == ()
    assert moves(members({ACTIVE: "b"}), members({NEW: "b", ACTIVE: ""}), [NEW, ACTIVE]) == ()


def test_a_stage_left_out_both_times_hinders_nothing() -> None:
    assert moves(members({ACTIVE: "b"}), members({ACTIVE: ""}), [NEW, ACTIVE]) == (Move("stage_active", None, 1),)
