"""What the last weeks of a log say that the weeks before did not: lost columns, other amounts, a failed intake."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from pipeline.events.quality.amounts import about_amounts, resized
from pipeline.events.quality.answers import about_answers
from pipeline.events.quality.fields import about_fields
from pipeline.events.quality.finding import Severity
from pipeline.events.quality.intake import about_intake
from pipeline.events.quality.lately import DAYS, Lately, lately
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, INGESTS, QUARANTINE
from tests.rows import AS_OF, arrow, days_before, event

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def orders(days, *, a_day=20, size=lambda _: 50.0, discount=lambda _: 5.0, seed=0):
    """So many orders on each of the last days, the youngest half an hour old, of about a size."""
    random = np.random.default_rng(seed)
    return [
        event(
            f"c{number % 40}",
            days_before(day + (number + 0.5) / a_day / 1.01),
            event_id=f"{day}-{number}",
            amount=round(size(day) * random.lognormal(0, 0.5), 2),
            discount=discount(day),
        )
        for day in range(days)
        for number in range(a_day)
    ]


def looked(store, rows):
    store.append(EVENTS, arrow(rows))
    return lately(store, AS_OF)


def amounts(store, rows):
    return list(about_amounts(looked(store, rows), AS_OF, "UTC"))


def fields(store, rows):
    return list(about_fields(looked(store, rows), AS_OF, "UTC"))


def test_the_days_count_back_from_the_moment_to_the_instant(store):
    at = [DAY * 0 + INSTANT, DAY, DAY + INSTANT, DAY * DAYS, DAY * DAYS + INSTANT]
    rows = [event("ann", AS_OF - ago, event_id=str(ago), amount=20) for ago in at] + [
        event("ann", AS_OF, event_id="now")
    ]
    (told,) = looked(store, rows)
    assert (told.event_type, len(told.events)) == ("order_placed", DAYS)
    assert {int(day): int(told.events[day]) for day in np.flatnonzero(told.events)} == {0: 2, 1: 1, DAYS - 1: 1}
    assert told.filled["amount"].sum() == told.amounts.sum() == 4
    assert told.logarithm.sum() == pytest.approx(4 * np.log(20))


def test_an_ordinary_quarter_has_no_finding(store):
    past = looked(store, orders(DAYS))
    assert [*about_fields(past, AS_OF, "UTC"), *about_amounts(past, AS_OF, "UTC")] == []


def test_a_log_of_a_few_days_has_none_either(store):
    past = looked(
        store, orders(20, size=lambda day: 500.0 if day < 3 else 5.0, discount=lambda day: None if day < 3 else 5)
    )
    assert [*about_fields(past, AS_OF, "UTC"), *about_amounts(past, AS_OF, "UTC")] == []


@pytest.mark.parametrize("days", [1, 2, 10, 30])
def test_a_column_that_the_export_lost_is_found_the_next_night_and_as_long_as_it_is_news(store, days):
    (told,) = fields(store, orders(DAYS, discount=lambda day: None if day < days else 5.0))
    assert (told.about, told.severity) == ("lost field", Severity.WARNING)
    assert told.sentence == (
        f"The discount of order_placed is missing since {days_before(days):%Y-%m-%d}: none of these events has one, "
        "usually 100.0 %."
    )


def test_a_column_that_comes_with_a_third_of_the_events_is_found_too(store):
    told = fields(store, orders(DAYS, a_day=60, discount=lambda day: None if day < 2 or day % 3 else 5.0))
    assert told == []  # such days have come before
    rows = orders(DAYS, a_day=60)
    rows = [
        {**row, "discount": Decimal(5) if i % 3 == 0 and row["occurred_at"] < days_before(2) else None}
        for i, row in enumerate(rows)
    ]
    (lost,) = fields(Store(store.folder.parent / "other"), rows)
    assert lost.figures["usual_share"] == pytest.approx(1 / 3, abs=0.05)


def test_orders_without_an_amount_are_severe(store):
    rows = [{**row, "amount": None} if row["occurred_at"] >= days_before(2) else row for row in orders(DAYS)]
    (told,) = fields(store, rows)
    assert (told.severity, told.figures["column"]) == (Severity.SEVERE, "amount")
    assert told.figures["ended_at"] is None


@pytest.mark.parametrize("days", [3, 7, 20])
def test_prices_that_rose_by_a_third_are_found_with_their_day(store, days):
    (told,) = amounts(store, orders(DAYS, size=lambda day: 66.5 if day < days else 50.0))
    assert (told.about, told.severity) == ("amounts", Severity.WARNING)
    assert told.figures["times"]["order_placed"] == pytest.approx(1.33, abs=0.12)
    assert abs((told.figures["started_at"] - days_before(days)) / DAY) <= 2


def test_amounts_in_cents_are_severe(store):
    (told,) = amounts(store, orders(DAYS, size=lambda day: 5000.0 if day < 1 else 50.0))
    assert told.severity is Severity.SEVERE
    assert "of order_placed are" in told.sentence


def test_sales_of_a_week_that_come_every_month_are_usual(store):
    assert amounts(store, orders(DAYS, size=lambda day: 38.0 if day % 28 < 7 else 50.0)) == []


def test_types_that_grew_together_are_told_together():
    def one(name, times):
        n = np.full(DAYS, 40.0)
        mean = np.where(np.arange(DAYS) < 5, np.log(50 * times), np.log(50.0)) + np.random.default_rng(1).normal(
            0, 0.02, DAYS
        )
        return Lately(name, n, {}, n, n * mean, n * (mean**2 + 0.2))

    grown = [one("item_purchased", 1.5), one("order_placed", 1.6), one("order_refunded", 1.0)]
    (told,) = about_amounts(grown, AS_OF, "UTC")
    assert told.sentence == (
        "Since 2026-02-24 the amounts of order_placed are 1.61 times what they were: typically 80.35 instead of 50.03; "
        "since 2026-02-24 the amounts of item_purchased are 1.51 times what they were: typically 75.33 instead of "
        "50.03."
    )
    assert told.figures["event_types"] == ["order_placed", "item_purchased"]
    assert resized(grown[2], AS_OF) is None


def test_a_day_that_brought_nothing_is_found(store):
    past = looked(store, [row for row in orders(DAYS) if row["occurred_at"] < days_before(1)])
    (told,) = about_intake(store, past, AS_OF)
    assert (told.about, told.severity) == ("freshness", Severity.WARNING)
    assert told.figures == {"quietest_day": 20.0}


def came_on(store, days):
    past = looked(store, [row for row in orders(DAYS) if int((AS_OF - row["occurred_at"]) / DAY) in days])
    return [one.about for one in about_intake(store, past, AS_OF)]


@pytest.mark.parametrize(("lost", "told"), [((), 1), ((5,), 1), ((5, 6), 1), ((5, 6, 20), 0), (range(7, 29, 7), 0)])
def test_days_that_got_lost_before_do_not_hide_a_day_that_brought_nothing(store, lost, told):
    assert came_on(store, set(range(1, DAYS)) - set(lost)) == ["freshness"] * told


def test_a_log_that_has_just_begun_has_no_usual_day(store):
    assert came_on(store, range(1, 20)) == []


def test_a_small_shop_has_days_without_events(store):
    past = looked(store, [row for row in orders(DAYS, a_day=2) if row["occurred_at"] < days_before(1)])
    assert list(about_intake(store, past, AS_OF)) == []


def read(store, ago, rows, set_aside, source="orders", digest=None):
    told = {"source": source, "digest": digest or f"{source}{ago}", "ingested_at": days_before(ago), "rows_read": rows}
    row = {
        **dict.fromkeys(INGESTS.columns),
        "rows_kept": rows - set_aside,
        "duplicates": 0,
        **told,
        "quarantined": set_aside,
    }
    store.append(INGESTS, pa.Table.from_pylist([row], schema=INGESTS.schema))


def set_aside(store):
    return [(one.severity, one.figures["share"]) for one in about_intake(store, (), AS_OF)]


def test_a_file_of_tonight_that_could_not_be_kept_is_severe_however_large_the_files_before(store):
    read(store, 9, 100_000, 100)
    read(store, -0.1, 200, 200)
    assert set_aside(store) == [(Severity.SEVERE, 1.0)]


def test_what_was_always_set_aside_is_no_news_and_neither_is_a_first_load(store):
    read(store, 9, 1_000, 100)
    read(store, -0.1, 200, 20)
    read(store, -0.1, 1_000, 900, source="visits")
    assert set_aside(store) == []


def test_a_file_that_was_mended_and_read_again_counts_once(store):
    read(store, 9, 100_000, 100)
    read(store, 0.3, 200, 200, digest="tonight")
    read(store, -0.1, 200, 0, digest="tonight")
    assert set_aside(store) == []


def test_the_files_of_another_night_are_none_of_tonight(store):
    read(store, 9, 100_000, 100)
    read(store, 2, 200, 200)
    read(store, -3, 200, 200)
    assert set_aside(store) == []


def test_rows_that_are_past_retention_speak_neither_for_nor_against_tonight(store):
    read(store, 9, 1_000, 0)
    read(store, -0.1, 200, 180, digest="old")
    row = {"source": "orders", "file": "old", "reason": "past retention", "row": None, "ingested_at": days_before(-0.1)}
    rows = [{**row, "line": line} for line in range(170)]
    store.append(QUARANTINE, pa.Table.from_pylist(rows, schema=QUARANTINE.schema))
    assert set_aside(store) == [(Severity.SEVERE, 10 / 30)]


def campaigns(days, *, every=10, opened=lambda _: 0.3):
    """A hundred e-mails every so many days, the last of them three days ago, opened in the two days after."""
    rows = []
    for day in range(3, days, every):
        rows += [event(f"c{n}", days_before(day), "email_delivered", event_id=f"d{day}-{n}") for n in range(100)]
        rows += [
            event(f"c{n}", days_before(day - 0.5 - n / 100), "email_opened", event_id=f"o{day}-{n}")
            for n in range(int(100 * opened(day)))
        ]
    return rows


def answers(store, rows):
    return list(about_answers(looked(store, rows), AS_OF, "UTC"))


def test_campaigns_that_are_opened_as_ever_are_no_finding(store):
    assert answers(store, campaigns(DAYS)) == []


def test_a_campaign_that_nobody_seems_to_open_is_a_gap_of_the_tracker(store):
    (told,) = answers(store, campaigns(DAYS, opened=lambda day: 0.3 if day > 3 else 0.0))
    assert (told.about, told.severity, told.figures["event_types"]) == (
        "tracking gap",
        Severity.SEVERE,
        ["email_opened"],
    )
    assert "email_opened has been silent since 2026-02-2" in told.sentence
    assert told.sentence.endswith("although email_delivered was not: 0 instead of about 30.")


def test_a_campaign_of_the_last_hours_may_still_be_opened(store):
    late = [event(f"c{n}", days_before(0.3), "email_delivered", event_id=f"late{n}") for n in range(100)]
    assert answers(store, [*campaigns(DAYS), *late]) == []


def test_a_campaign_of_the_last_hours_is_none_that_nobody_opened_though_it_is_the_first_in_a_week(store):
    late = [event(f"c{n}", days_before(0.3), "email_delivered", event_id=f"late{n}") for n in range(100)]
    before = [row for row in campaigns(DAYS) if row["occurred_at"] < days_before(7)]
    assert answers(store, [*before, *late]) == []


def test_campaigns_that_are_never_tracked_have_no_gap(store):
    assert answers(store, campaigns(DAYS, opened=lambda _: 0.0)) == []
