"""What months come to, added up, is what a look at every event finds: after every way in which a log changes."""

from datetime import UTC, datetime, timedelta
from random import Random

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.engine import connect, epoch_us
from pipeline.events.forget import erase, find_person
from pipeline.events.months import months
from pipeline.events.quality.assess import assess
from pipeline.events.quality.counted import counted
from pipeline.events.quality.pace import suspects
from pipeline.events.quality.volumes import first_and_last, known_events, volumes
from pipeline.events.store import Store
from pipeline.events.summaries import FOLDER
from pipeline.events.tables import EVENTS
from tests.rows import AS_OF, arrow, days_before, event

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
MINUTE_US = 60_000_000


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store", "America/New_York")


def some_events(seed, number=40, days=100):
    """Events of a few customers over some months, of which some arrive late and some before they occurred."""
    draw = Random(seed)  # noqa: S311 - rows, not secrets
    rows = []
    for place in range(number):
        occurred = days_before(draw.uniform(-3, days))
        late = draw.choice([timedelta(0)] * 6 + [40 * DAY, 2 * DAY, -MINUTE])
        kind = draw.choice(["order_placed", "page_viewed", "searched"])
        paid = {"amount": 5, "currency": draw.choice(["EUR", "USD", None])} if kind == "order_placed" else {}
        told = {"event_id": f"{seed}/{place}", "received_at": occurred + late, **paid}
        rows.append(event(draw.choice(["ann", "bob", "eve"]), occurred, kind, **told))
    return rows


def a_crowd(customer, begin, number, apart, kind="page_viewed"):
    return [
        event(customer, begin + place * apart, kind, event_id=f"{customer}/{begin}/{place}") for place in range(number)
    ]


def plainly_suspected(store, as_of):
    """The ids at an inhuman pace, told minute by minute of everybody."""
    events = known_events(store, as_of)
    minute = epoch_us(events.occurred_at) // MINUTE_US
    rows = store.engine.to_pyarrow(events.select("customer_id", "event_type", minute=minute)).to_pylist()
    found = []
    for customer in sorted({row["customer_id"] for row in rows}):
        own = [row for row in rows if row["customer_id"] == customer]
        minutes = {minute: sum(row["minute"] == minute for row in own) for minute in {row["minute"] for row in own}}
        hours = {minute // 60 for minute in minutes}
        in_an_hour = max(sum(n for at, n in minutes.items() if at // 60 == hour) for hour in hours)
        in_a_day = max(
            sum(n for at, n in minutes.items() if at // 1440 == day) for day in {at // 1440 for at in minutes}
        )
        busy = max(sum(n > 20 for at, n in minutes.items() if at // 60 == hour) for hour in hours)
        tireless = busy >= 10 and not any(row["event_type"] == "order_placed" for row in own)
        if in_an_hour > 500 or in_a_day > 2000 or tireless:
            found.append((customer, len(own), in_an_hour, in_a_day))
    return found


def require_same(store, as_of):
    """What is counted by month must be what every event says."""
    events, found = known_events(store, as_of), counted(store, as_of)
    assert (found.first, found.last) == first_and_last(store, events)
    assert found.volumes == volumes(store, events)
    assert found.skewed == store.engine.execute(events.filter(events.received_at < events.occurred_at).count())
    paid = events.filter(events.amount.notnull() & events.currency.notnull())
    by_currency = paid.group_by("currency").aggregate(events=paid.count()).order_by(ibis.desc("events"), "currency")
    assert found.currencies.to_pylist() == store.engine.to_pyarrow(by_currency).to_pylist()
    each = events.group_by("customer_id").aggregate(
        events=events.count(), orders=(events.event_type == "order_placed").sum()
    )
    ids = store.engine.to_pyarrow(found.ids.select("customer_id", "events", "orders").order_by("customer_id"))
    assert ids.to_pylist() == store.engine.to_pyarrow(each.order_by("customer_id")).to_pylist()
    rows = store.engine.to_pyarrow(suspects(store, as_of).order_by("customer_id")).to_pylist()
    assert [tuple(row.values()) for row in rows] == plainly_suspected(store, as_of)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.lists(st.integers(-4, 110), min_size=1, max_size=2))
def test_what_months_come_to_adds_up_to_what_every_event_says(tmp_path_factory, seed, loads, looks):
    store = Store(tmp_path_factory.mktemp("log") / "store", "America/New_York")
    store.append(EVENTS, arrow([event("old", days_before(120), event_id="old")]))
    for load in range(loads):
        store.append(EVENTS, arrow(some_events(seed + load)))
        for look in looks:  # in any order: what a moment before or after has kept must not be in the way
            require_same(store, days_before(look))


@pytest.mark.parametrize(
    ("rows", "suspected"),
    [
        (a_crowd("bot", days_before(40), 501, SECOND), [("bot", 501, 501, 501)]),
        (a_crowd("bot", days_before(40), 500, SECOND), []),
        (a_crowd("bot", days_before(40), 2001, 43 * SECOND), [("bot", 2001, 84, 2001)]),
        (a_crowd("bot", days_before(40), 210, MINUTE / 21), [("bot", 210, 210, 210)]),
        ([*a_crowd("bot", days_before(40), 210, MINUTE / 21), event("bot", days_before(80))], []),
        (
            [*a_crowd("bot", days_before(40), 2001, 43 * SECOND), *a_crowd("bot", days_before(80), 150, SECOND)],
            [("bot", 2151, 150, 2001)],
        ),
    ],
)
def test_a_pace_is_told_month_by_month(store, rows, suspected):
    store.append(EVENTS, arrow([*rows, event("ann", days_before(1))]))
    require_same(store, AS_OF)
    found = store.engine.to_pyarrow(suspects(store, AS_OF)).to_pylist()
    assert [tuple(row.values()) for row in found] == suspected


def kept(store):
    return {path.name[: len("2026-01")] for path in (store.folder / FOLDER).iterdir()}


def test_a_month_is_kept_once_all_of_it_is_known_and_counted_anew_when_a_late_event_comes(store):
    store.append(
        EVENTS, arrow([event("ann", days_before(30), event_id="1"), event("ann", days_before(1), event_id="2")])
    )
    assert counted(store, days_before(1)).events == 1
    assert kept(store) == {"2026-01"}
    [january] = (store.folder / FOLDER).iterdir()
    store.append(EVENTS, arrow([event("bob", days_before(31), received_at=days_before(2), event_id="late")]))
    assert counted(store, days_before(1)).events == 2
    assert kept(store) == {"2026-01"}
    assert not january.exists()
    assert counted(store, AS_OF).events == 3
    assert kept(store) == {"2026-01", "2026-02"}


def test_months_in_the_same_files_are_read_no_more(store):
    store.append(EVENTS, arrow([event("ann", days_before(day), event_id=f"{day}") for day in (1, 40, 70)]))
    before = assess(store, AS_OF)
    [old, *_] = months(store)
    for file in (store.folder / FOLDER).glob(f"{old.name}-*/volumes.parquet"):
        changed = pa.table({"event_type": ["searched"], "day": [days_before(70).date()], "events": [7]})
        pa.parquet.write_table(changed, file)
    assert assess(store, AS_OF).volumes["events"].to_pylist() == [1, 1, 7]
    assert before.volumes["events"].to_pylist() == [1, 1, 1]


def test_compaction_changes_no_count(store):
    for day in range(1, 30):
        store.append(EVENTS, arrow([event("ann", days_before(day / 2), event_id=f"{day}")]))
    before = assess(store, AS_OF)
    files = {month.digest for month in months(store)}
    with store.writing() as change:
        change.compact(connect("UTC"))
    assert {month.digest for month in months(store)} != files
    assert assess(store, AS_OF) == before
    require_same(store, AS_OF)


def test_nothing_of_a_person_who_is_forgotten_stays(store):
    store.append(
        EVENTS, arrow([event("ann-7", days_before(40), event_id="1"), event("bob", days_before(40), event_id="2")])
    )
    counted(store, AS_OF)
    erase(store, find_person(store, "ann-7"))
    assert not any(b"ann-7" in path.read_bytes() for path in (store.folder / FOLDER).rglob("*.parquet"))
    assert counted(store, AS_OF).events == 1
    assert not any(b"ann-7" in path.read_bytes() for path in store.folder.rglob("*.parquet"))


def test_what_a_process_that_died_left_is_swept(store):
    store.append(EVENTS, arrow([event("ann", days_before(40))]))
    (store.folder / FOLDER / "unfinished-1").mkdir(parents=True)
    counted(store, AS_OF)
    assert kept(store) == {"2026-01"}


def test_an_empty_log_and_one_that_begins_later_come_to_nothing(store):
    assert counted(store, AS_OF) is None
    assert store.engine.to_pyarrow(suspects(store, AS_OF)).num_rows == 0
    store.append(EVENTS, arrow([event("ann", datetime(2026, 3, 1, tzinfo=UTC))]))
    assert counted(store, AS_OF) is None
