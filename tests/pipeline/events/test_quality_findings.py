"""What the quality report says of a log of few hand-written rows."""

from datetime import timedelta

import pyarrow as pa
import pytest

from pipeline.errors import StoreError
from pipeline.events.gaps import SILENT, Gap
from pipeline.events.quality.assess import assess
from pipeline.events.quality.finding import Severity, listed, percent
from pipeline.events.quality.pace import suspects
from pipeline.events.quality.silenced import about_gaps
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, EVENTS, IDENTITIES, INGESTS, QUARANTINE
from tests.rows import AS_OF, arrow, days_before, event

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def append(store, contract, *rows):
    full = [{**dict.fromkeys(contract.columns), **row} for row in rows]
    store.append(contract, pa.Table.from_pylist(full, schema=contract.schema))


def order(customer="ann", days=1.0, **fields):
    return event(customer, days_before(days), **fields)


def found(store, about, as_of=AS_OF):
    return [finding for finding in assess(store, as_of).findings if finding.about == about]


def said(store, about, as_of=AS_OF):
    [finding] = found(store, about, as_of)
    return finding.sentence


def test_a_log_of_an_ordinary_day_has_no_findings(store):
    store.append(EVENTS, arrow([order(), order("bob", 0.5)]))
    assert assess(store, AS_OF).findings == ()


def test_an_empty_log_is_one_sentence(store):
    with pytest.raises(StoreError, match="Try `segcast ingest` first"):
        assess(store, AS_OF)


def test_volumes_are_by_event_type_and_day_of_the_shops_calendar(tmp_path):
    store = Store(tmp_path / "store", "America/New_York")
    midnight = days_before(10) + timedelta(hours=5)
    rows = [event("ann", midnight), event("bob", midnight - MICROSECOND), event("ann", midnight, "searched")]
    store.append(EVENTS, arrow([*rows, event("eve", AS_OF)]))
    day = (days_before(10)).date()
    assert assess(store, AS_OF).volumes.to_pylist() == [
        {"event_type": "order_placed", "day": day - timedelta(days=1), "events": 1},
        {"event_type": "order_placed", "day": day, "events": 1},
        {"event_type": "searched", "day": day, "events": 1},
    ]


def test_a_silence_of_a_type_is_a_gap_of_the_report(store):
    steady = [
        event(f"c{i}", days_before(day) + i * 1000 * SECOND, kind, event_id=f"{kind}{day}/{i}")
        for kind in ("order_placed", "page_viewed")
        for day in range(1, 61)
        for i in range(30)
        if not (kind == "page_viewed" and day in (5, 6))
    ]
    late = event("eve", AS_OF - 5 * SECOND)
    store.append(EVENTS, arrow([*steady, late]))
    report = assess(store, AS_OF)
    assert [(gap.event_type, gap.kind, gap.started_at, gap.ended_at) for gap in report.gaps] == [
        ("page_viewed", SILENT, days_before(6), days_before(4))
    ]
    assert report.findings[0].sentence == (
        "page_viewed was silent from 2026-02-23 to 2026-02-24: 0 events a day instead of 30."
    )


def test_gaps_of_the_same_days_are_one_finding():
    gaps = [Gap(name, SILENT, days_before(6), None, 8.0, 0.0) for name in ("page_viewed", "searched")]
    [finding] = about_gaps(gaps, "UTC")
    assert finding.sentence == (
        "page_viewed and searched have been silent since 2026-02-23: 0 events a day instead of 16."
    )
    assert finding.severity is Severity.SEVERE


def test_a_day_in_summer_time_is_named_as_the_shop_does():
    started = AS_OF.replace(month=7) - timedelta(hours=1)
    [finding] = about_gaps([Gap("*", SILENT, started, started + timedelta(days=1), 8.0, 0.0)], "Europe/London")
    assert finding.sentence == "Every event type was silent on 2026-07-01: 0 events a day instead of 8.0."


def test_events_of_the_future_are_told(store):
    store.append(EVENTS, arrow([order(), event("ann", days_before(-3), received_at=days_before(1))]))
    assert said(store, "future times") == "Events dated later than the moment at which they were read: 1."


def test_what_is_dated_later_than_the_last_ingest_is_of_the_future(store):
    store.append(EVENTS, arrow([order(), event("ann", days_before(-2)), event("ann", days_before(-0.5))]))
    ingests(store, ingest(ingested_at=days_before(-1)))
    assert said(store, "future times") == "Events dated later than the moment at which they were read: 1."


def test_what_came_after_the_moment_asked_about_is_no_future(store):
    store.append(EVENTS, arrow([order(), event("ann", AS_OF)]))
    ingests(store, ingest(ingested_at=days_before(-1)))
    assert found(store, "future times") == []


def test_rows_refused_for_the_future_are_counted(store):
    store.append(EVENTS, arrow([order()]))
    row = {"source": "shop", "file": "f", "line": 1, "reason": "occurred_at in the future"}
    append(store, QUARANTINE, {**row, "ingested_at": days_before(1)}, {**row, "line": 2, "ingested_at": AS_OF})
    assert said(store, "future times") == "Rows set aside because they are dated in the future: 1."


@pytest.mark.parametrize(("early", "skewed"), [(0 * MICROSECOND, 0), (MICROSECOND, 1)])
def test_an_event_that_arrived_before_it_occurred_is_told(store, early, skewed):
    store.append(EVENTS, arrow([event("ann", days_before(1), received_at=days_before(1) - early)]))
    assert len(found(store, "clock skew")) == skewed


@pytest.mark.parametrize(("days", "severity"), [(1.9, None), (2.5, Severity.WARNING), (9, Severity.SEVERE)])
def test_a_log_that_has_stopped_is_stale(store, days, severity):
    store.append(EVENTS, arrow([order(days=day + days) for day in range(5)]))
    assert [finding.severity for finding in found(store, "freshness")] == ([severity] if severity else [])


def test_a_log_with_long_pauses_may_be_silent_for_twice_as_long(store):
    store.append(EVENTS, arrow([order(days=day) for day in (6, 12, 18)]))
    assert found(store, "freshness") == []


def ingest(**told):
    row = {"source": "shop", "file": "a.csv", "digest": "d", "rows_read": 100, "rows_kept": 100, "rows_written": 100}
    return {**row, "settings": "s", "duplicates": 0, "quarantined": 0, "ingested_at": days_before(1), **told}


def ingests(store, *rows):
    append(store, INGESTS, *({name: row[name] for name in row if name in INGESTS.columns} for row in rows))


def test_duplicates_and_rows_set_aside_are_told_by_source_with_the_reasons(store):
    store.append(EVENTS, arrow([order()]))
    ingests(store, ingest(duplicates=30, quarantined=2), ingest(digest="e", rows_read=300), ingest(source="mail"))
    row = {"source": "shop", "file": "f", "line": 1, "ingested_at": days_before(1)}
    append(store, QUARANTINE, {**row, "reason": "no customer_id"}, {**row, "reason": "malformed email"})
    assert said(store, "duplicates") == "7.5 % of the rows of shop said nothing new: 30 of 400."
    assert said(store, "set aside") == (
        "0.5 % of the rows of shop could not be kept: malformed email (1) and no customer_id (1)."
    )


@pytest.mark.parametrize(
    ("quarantined", "severity"),
    [(0, None), (5, Severity.NOTE), (6, Severity.WARNING), (90, Severity.WARNING)],
)
def test_the_more_is_set_aside_of_all_files_the_severer_but_it_never_spoils_tonight(store, quarantined, severity):
    store.append(EVENTS, arrow([order()]))
    ingests(store, ingest(quarantined=quarantined))
    assert [finding.severity for finding in found(store, "set aside")] == ([severity] if severity else [])


def test_a_file_that_was_read_again_counts_as_it_was_read_last_and_its_own_rows_are_no_duplicates(store):
    store.append(EVENTS, arrow([order()]))
    first = ingest(quarantined=90, rows_kept=9, duplicates=1, ingested_at=days_before(3))
    ingests(store, first, ingest(settings="mended", rows_kept=90, duplicates=10), ingest(digest="e", quarantined=2))
    [kept_out] = found(store, "set aside")
    assert (kept_out.figures["set_aside"], kept_out.figures["rows_read"]) == (2, 200)
    assert said(store, "duplicates") == "0.5 % of the rows of shop said nothing new: 1 of 200."


@pytest.mark.parametrize("reason", ["past retention", "forgotten"])
def test_rows_that_nobody_wants_any_more_speak_against_no_source(store, reason):
    store.append(EVENTS, arrow([order()]))
    ingests(store, ingest(quarantined=3))
    row = {"source": "shop", "file": "d", "ingested_at": days_before(1)}
    reasons = enumerate((reason, reason, "no customer_id"))
    append(store, QUARANTINE, *({**row, "line": line, "reason": why} for line, why in reasons))
    [finding] = found(store, "set aside")
    assert finding.sentence == "1.0 % of the rows of shop could not be kept: no customer_id (1)."
    assert (finding.figures["set_aside"], finding.figures["rows_read"]) == (1, 98)


def claim(alias, customer):
    return {"alias": alias, "customer_id": customer, "occurred_at": days_before(5), "received_at": days_before(5)}


def test_events_of_unknown_ids_and_aliases_are_counted(store):
    store.append(EVENTS, arrow([order("ann"), order("cookie"), order("stranger"), order("stranger", 2)]))
    append(store, CUSTOMERS, {"customer_id": "ann", "received_at": days_before(9)})
    append(store, IDENTITIES, claim("cookie", "ann"), claim("other", "ann"))
    assert said(store, "known customers") == (
        "50.0 % of the events are a known customer's; 1 of 3 ids are not in the customers table, "
        "neither themselves nor through an alias."
    )
    assert said(store, "aliases") == (
        "25.0 % of the events came under an alias of a customer; known aliases seen in events: 1 of 2."
    )


def test_conflicts_are_counted_by_reason_and_nobody_is_named(store):
    store.append(EVENTS, arrow([order("ann")]))
    append(store, IDENTITIES, claim("cookie", "ann"), claim("cookie", "bob"), claim("ann", "ann"))
    [finding] = found(store, "identity conflicts")
    assert finding.figures == {"several customers": 1, "itself": 1}
    assert finding.sentence.startswith("Aliases claimed by several customers or in a circle: 1.")
    assert "cookie" not in finding.sentence


def test_event_types_that_are_not_listed_are_named_with_what_was_perhaps_meant(store):
    store.append(EVENTS, arrow([order(), event("ann", days_before(1), "order_place")]))
    assert said(store, "event types") == (
        '50.0 % of the events are of types that are not listed: order_place. Did you mean "order_placed"?'
    )


@pytest.mark.parametrize(("second", "told"), [("EUR", 0), (None, 0), ("GBP", 1)])
def test_amounts_in_several_currencies_are_a_warning(store, second, told):
    store.append(EVENTS, arrow([order(amount=1, currency="EUR"), order("bob", amount=1, currency=second)]))
    assert len(found(store, "currencies")) == told


def paced(customer, events, apart, kind="page_viewed"):
    return [event(customer, days_before(3) + i * apart, kind, event_id=f"{customer}{i}") for i in range(events)]


@pytest.mark.parametrize(
    ("rows", "suspected"),
    [
        (paced("bot", 501, 7 * SECOND), ["bot"]),
        (paced("ann", 500, 7 * SECOND), []),
        (paced("bot", 2001, 40 * SECOND), ["bot"]),
        (paced("ann", 2000, 40 * SECOND), []),
        (paced("bot", 300, 2 * SECOND), ["bot"]),
        (paced("ann", 270, 2 * SECOND), []),
        (paced("ann", 400, 3 * SECOND), []),
        ([*paced("ann", 300, 2 * SECOND), order("ann")], []),
        ([], []),
    ],
)
def test_a_pace_that_no_person_keeps_up_is_suspected(store, rows, suspected):
    store.append(EVENTS, arrow([*rows, order("eve")]))
    assert store.engine.to_pyarrow(suspects(store, AS_OF))["customer_id"].to_pylist() == suspected


def test_suspects_are_counted_and_not_named(store):
    store.append(EVENTS, arrow([*paced("robot", 999, SECOND), order("eve")]))
    assert store.engine.to_pyarrow(suspects(store, AS_OF)).to_pylist() == [
        {"customer_id": "robot", "events": 999, "most_in_an_hour": 999, "most_in_a_day": 999}
    ]
    [finding] = found(store, "suspected bots")
    assert finding.figures == {"ids": 1, "events": 999, "share": 0.999}
    assert finding.severity is Severity.WARNING
    assert "robot" not in finding.sentence


def test_the_severest_findings_come_first(store):
    store.append(EVENTS, arrow([event("ann", days_before(30), "thought"), *paced("bot", 999, SECOND, "thought")]))
    severities = [finding.severity for finding in assess(store, days_before(-9)).findings]
    assert severities == sorted(severities, key=list(Severity).index, reverse=True)
    assert len(set(severities)) > 1


def test_what_becomes_known_at_or_after_the_moment_changes_no_finding(store):
    known = [order("ann"), order("stranger", 3)]
    store.append(EVENTS, arrow(known))
    append(store, CUSTOMERS, {"customer_id": "ann", "received_at": days_before(9)})
    before = assess(store, AS_OF)
    append(store, CUSTOMERS, {"customer_id": "stranger", "received_at": AS_OF})
    append(store, IDENTITIES, {**claim("stranger", "ann"), "received_at": AS_OF})
    ingests(store, ingest(duplicates=99, ingested_at=days_before(-1)))
    store.append(EVENTS, arrow([event("eve", days_before(2), "thought", received_at=AS_OF), event("eve", AS_OF)]))
    after = assess(store, AS_OF)
    assert after.findings == before.findings
    assert after.volumes == before.volumes


def test_shares_and_lists_are_written_plainly():
    assert [percent(share) for share in (0.0, 0.0004, 0.25)] == ["0.0 %", "less than 0.1 %", "25.0 %"]
    assert [listed(list(names)) for names in ("", "a", "abc")] == ["", "a", "a, b and c"]
    assert listed([str(day) for day in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 4 more"
