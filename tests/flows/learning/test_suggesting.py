from datetime import UTC, datetime, timedelta

import pytest

from flows.demo import END
from flows.learning.suggesting import gaps_of, suggest
from pipeline.errors import NotEnoughDataError
from pipeline.events.engine import connect
from pipeline.events.history import history_of
from tests.rows import AS_OF, arrow, days_before, event, table


def told(history, watched_until=AS_OF):
    gaps, first = gaps_of(history, watched_until)
    return sorted(zip(gaps.days.tolist(), gaps.closed.tolist(), first.tolist(), strict=True))


def test_a_gap_is_the_days_to_the_next_order_and_the_last_one_is_open():
    rows = [event("ann", days_before(days)) for days in (50, 30, 5)] + [event("bob", days_before(40))]
    assert told(history_of(table(rows), AS_OF)) == [
        (5, False, False),
        (20, True, True),
        (25, True, False),
        (40, False, True),
    ]


def test_two_orders_of_a_day_are_one_and_other_events_none():
    day = days_before(10)
    rows = [event("ann", day), event("ann", day + timedelta(hours=3)), event("ann", days_before(4), "page_viewed")]
    assert told(history_of(table(rows), AS_OF)) == [(10, False, True)]


def test_an_open_gap_was_watched_no_longer_than_the_log_went_on():
    rows = [event("ann", days_before(40))]
    assert told(history_of(table(rows), AS_OF), days_before(30)) == [(10, False, True)]


def test_a_day_is_the_shops_own():
    midnight_in_berlin = datetime(2026, 1, 31, 23, tzinfo=UTC)
    rows = [event("ann", midnight_in_berlin + timedelta(hours=hours)) for hours in (-1, 1)]
    log = connect("Europe/Berlin").create_table("log", arrow(rows))
    assert told(history_of(log, AS_OF, "Europe/Berlin"))[0] == (1, True, True)
    assert len(told(history_of(table(rows), AS_OF))) == 2


def test_a_horizon_is_suggested_from_the_shops_own_log(project):
    found = suggest(project, END)
    assert found.overall.horizon_days == 180
    assert found.overall.within[180] >= 0.8 > found.overall.within[90]
    # Who has ordered twice comes back sooner than who has ordered once.
    assert found.after_later.within[90] > found.after_first.within[90]
    assert found.overall.gaps == found.after_first.gaps + found.after_later.gaps


def test_what_came_later_is_not_watched(project):
    early, late = (suggest(project, moment).overall for moment in (END - timedelta(days=365), END))
    assert early.watched_days < late.watched_days - 300
    with pytest.raises(NotEnoughDataError, match="Load a longer event log"):
        suggest(project, END - timedelta(days=725))


def test_a_shop_with_few_orders_is_told_so(corner_shop, segcast):
    segcast("ingest", "--project", corner_shop)
    said = segcast("tasks", "suggest", "--project", corner_shop, "--as-of", "2026-03-01")
    assert said.code == 2
    assert "at least 100 orders by customers who had ordered before, got 1" in said.err
