from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.errors import SourceError
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from pipeline.settings import load_settings
from pipeline.settings.sources import ClicksSource
from pipeline.sources.ingest import ingest

NOW = datetime(2026, 8, 1, tzinfo=UTC)
CLICKS = ClicksSource(format="clicks", name="clicks", files="clicks.csv", year=2014, max_rejected_share=0.9)
HEADER = "user_id,brand_id,type,visit_datetime\n"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def read(store, tmp_path):
    def read(text, source=CLICKS):
        (tmp_path / "clicks.csv").write_text(HEADER + text, encoding="utf-8")
        (report,) = ingest(store, [source], tmp_path, NOW)
        assert report.rows_read == report.rows_kept + report.duplicates + sum(report.quarantined.values())
        return report

    return read


def events(store, *names):
    table = store.read(EVENTS).select(*names)
    return sorted(tuple(row.values()) for row in store.engine.to_pyarrow(table).to_pylist())


def test_codes_become_event_types_and_a_year_completes_the_date(store, read):
    read("1,a,0,6-4\n1,a,2,06-04\n1,a,3,6/5\n")
    assert events(store, "event_type", "product_id", "occurred_at") == [
        ("cart_added", "a", datetime(2014, 6, 5, tzinfo=UTC)),
        ("product_favourited", "a", datetime(2014, 6, 4, tzinfo=UTC)),
        ("product_viewed", "a", datetime(2014, 6, 4, tzinfo=UTC)),
    ]


def test_what_somebody_buys_on_a_day_is_one_order_of_unknown_worth(store, read):
    read("1,a,1,6-4\n1,b,1,6-4\n1,a,1,6-5\n2,a,1,6-4\n")
    orders = events(store, "event_type", "customer_id", "occurred_at", "amount")
    assert [row for row in orders if row[0] == "order_placed"] == [
        ("order_placed", "1", datetime(2014, 6, 4, tzinfo=UTC), None),
        ("order_placed", "1", datetime(2014, 6, 5, tzinfo=UTC), None),
        ("order_placed", "2", datetime(2014, 6, 4, tzinfo=UTC), None),
    ]
    assert len([row for row in orders if row[0] == "item_purchased"]) == 4


def test_items_have_the_number_of_their_order(store, read):
    read("1,a,1,6-4\n1,b,1,6-4\n1,c,0,6-4\n")
    numbers = dict.fromkeys(events(store, "event_type", "order_id"))
    assert len(numbers) == 3
    assert {number for kind, number in numbers if kind == "order_placed"} == {
        number for kind, number in numbers if kind == "item_purchased"
    }
    assert ("product_viewed", None) in numbers


def test_the_same_click_again_is_another_click(store, read):
    report = read("1,a,0,6-4\n" * 3)
    assert (report.rows_kept, report.duplicates) == (3, 0)
    assert len(events(store, "event_id")) == 3


def test_the_same_click_again_is_the_same_where_the_settings_say_so(read):
    report = read("1,a,0,6-4\n" * 3, CLICKS.model_copy(update={"repeats": "drop"}))
    assert (report.rows_kept, report.duplicates) == (1, 2)


def test_the_same_file_twice_changes_nothing(store, read):
    read("1,a,0,6-4\n1,a,1,6-4\n")
    before = store.snapshot
    assert read("1,a,0,6-4\n1,a,1,6-4\n").known
    assert store.snapshot == before


def test_full_dates_need_no_year(store, read):
    read("1,a,0,2015-06-04\n1,a,0,2015-06-05 10:30:00\n", CLICKS.model_copy(update={"year": None}))
    assert [at for (at,) in events(store, "occurred_at")] == [
        datetime(2015, 6, 4, tzinfo=UTC),
        datetime(2015, 6, 5, 10, 30, tzinfo=UTC),
    ]


def test_days_are_those_of_the_shop(store, read):
    read("1,a,0,6-4\n", CLICKS.model_copy(update={"time_zone": "Asia/Shanghai"}))
    assert events(store, "occurred_at") == [(datetime(2014, 6, 4, tzinfo=ZoneInfo("Asia/Shanghai")),)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",a,0,6-4", "no customer_id"),
        ("1,a,,6-4", "no event_type"),
        ("1,a,9,6-4", "unknown event_type"),
        ("1,a,0,", "no occurred_at"),
        ("1,a,0,2-30", "unreadable occurred_at"),
        ("1,a,0,13-1", "unreadable occurred_at"),
        ("1,a,0,soon", "unreadable occurred_at"),
        ("1,,1,6-4", "no product_id"),
    ],
)
def test_a_line_that_cannot_be_kept_is_set_aside_for_a_reason(read, line, reason):
    report = read(f"1,a,0,6-4\n{line}\n")
    assert report.quarantined == {reason: 1}
    assert report.rows_kept == 1


def test_a_date_without_a_year_is_set_aside_when_no_year_is_given(read):
    report = read("1,a,0,6-4\n1,a,0,2014-06-04\n", CLICKS.model_copy(update={"year": None}))
    assert report.quarantined == {"occurred_at without a year": 1}


def test_columns_codes_and_constants_can_be_overridden(store, tmp_path):
    (tmp_path / "behaviour.csv").write_text("who,what,how,when\n7,x,look,1402000000\n", encoding="utf-8")
    source = ClicksSource(
        format="clicks",
        name="behaviour",
        files="behaviour.csv",
        columns={"customer_id": "who", "product_id": "what", "event_type": "how", "occurred_at": "when"},
        constants={"channel": "app"},
        event_types={"look": "product_viewed"},
        time_format="epoch_s",
    )
    ingest(store, [source], tmp_path, NOW)
    assert events(store, "customer_id", "product_id", "event_type", "channel", "occurred_at") == [
        ("7", "x", "product_viewed", "app", datetime.fromtimestamp(1402000000, UTC))
    ]


def test_a_column_that_is_not_there_is_refused_by_name(read):
    with pytest.raises(SourceError, match='expected a column "shopper" for customer_id'):
        read("1,a,0,6-4\n", CLICKS.model_copy(update={"columns": {"customer_id": "shopper"}}))


def test_five_lines_of_settings_are_enough(store, tmp_path):
    (tmp_path / "clicks.csv").write_text(HEADER + "1,a,0,6-4\n", encoding="utf-8")
    (tmp_path / "segcast.toml").write_text(
        '[shop]\nname = "s"\n[[sources]]\nname = "c"\nformat = "clicks"\nfiles = "clicks.csv"\nyear = 2014\n',
        encoding="utf-8",
    )
    (report,) = ingest(store, load_settings(tmp_path).sources, tmp_path, NOW)
    assert report.rows_kept == 1
