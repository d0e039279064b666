"""Publications in a real Postgres: what holds, who was in what when, and what happens when it goes wrong."""

import shutil
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from pipeline.errors import DestinationError, SettingsError
from pipeline.events.person import Person
from pipeline.publish.destinations.postgres.changes import everything
from pipeline.publish.destinations.postgres.postgres import Postgres
from pipeline.publish.publication import publish
from pipeline.publish.published import read_publication
from pipeline.publish.redact import redact
from pipeline.segments.settle import LeftOut
from pipeline.settings.destinations import PostgresDestination
from tests.postgres import PASSWORD, server

NIGHT = datetime(2010, 9, 9, tzinfo=UTC)
NEXT_NIGHT = datetime(2010, 9, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def address():
    with server() as url:
        yield url


@pytest.fixture
def engine(address):
    """A database of the test's own."""
    name = f"shop_{time.monotonic_ns()}"
    with create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as admin:
        admin.execute(text(f"create database {name}"))
    return create_engine(address.set(database=name), poolclass=NullPool)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "published"


@pytest.fixture
def first(folder, yesterday):
    return publish(folder, yesterday)


@pytest.fixture
def second(folder, first, today):
    return publish(folder, replace(today, previous=first))


def opened(engine, **settings):
    described = PostgresDestination.model_validate({"to": "postgres", "name": "base", "url": "BASE_URL", **settings})
    return Postgres(described, engine.url.render_as_string(hide_password=False))


def asked(engine, query):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def ordered(engine, table, names):
    """A table in the database as Arrow, in order of its key."""
    rows = asked(engine, f"select {', '.join(names)} from segcast.{table} order by {', '.join(names[:2])}")  # noqa: S608
    return [dict(zip(names, row, strict=True)) for row in rows]


def published(publication, file):
    table = pq.read_table(publication.path / file)
    return table.sort_by([(name, "ascending") for name in table.column_names[:2]])


def memberships_of(engine):
    return ordered(engine, "memberships", ["customer_id", "segment", "kind", "since", "score", "held_out"])


def is_as(engine, publication):
    """Whether the database holds exactly what was published, to the last bit."""
    members = memberships_of(engine) == published(publication, "memberships.parquet").to_pylist()
    predictions = published(publication, "predictions.parquet")
    return members and ordered(engine, "predictions", predictions.column_names) == predictions.to_pylist()


def within(table, **changes):
    """The edition's memberships with other columns."""
    for name, values in changes.items():
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), values)
    return table


def test_the_first_publication_makes_the_tables_and_is_held_exactly(engine, first):
    counts = opened(engine).deliver(first)
    assert counts == {
        "memberships": first.manifest["files"]["memberships.parquet"]["rows"],
        "predictions": 240,
        "segments": 6,
    }
    assert is_as(engine, first)
    assert asked(engine, "select publication_id, as_of, data_snapshot, holds from segcast.publications") == [
        (first.publication_id, NIGHT, 41, True)
    ]
    assert asked(engine, "select segment, title, as_of from segcast.segments where segment = 'vip'") == [
        ("vip", "VIP", NIGHT)
    ]
    assert asked(engine, "select distinct valid_from, valid_until from segcast.memberships_history") == [(NIGHT, None)]


@pytest.mark.parametrize("lies_beside", [True, False])
def test_the_next_publication_replaces_the_first_and_history_tells_who_came_and_went(
    engine, tmp_path, first, second, lies_beside
):
    base = opened(engine)
    base.deliver(first)
    if not lies_beside:
        shutil.move(first.path, tmp_path / "elsewhere")
        first = read_publication(tmp_path / "elsewhere")
    counts = base.deliver(second)
    assert is_as(engine, second)
    assert 0 < counts["memberships"] < second.manifest["files"]["memberships.parquet"]["rows"]
    assert 0 < counts["predictions"] <= 33
    then = {(row["customer_id"], row["segment"]) for row in published(first, "memberships.parquet").to_pylist()}
    now = {(row["customer_id"], row["segment"]) for row in published(second, "memberships.parquet").to_pylist()}
    history = asked(engine, "select customer_id, segment, valid_from, valid_until from segcast.memberships_history")
    assert sorted(history, key=str) == sorted(
        [
            *((*key, NIGHT, None) for key in then & now),
            *((*key, NEXT_NIGHT, None) for key in now - then),
            *((*key, NIGHT, NEXT_NIGHT) for key in then - now),
        ],
        key=str,
    )
    assert then - now
    assert asked(engine, "select publication_id from segcast.publications where holds") == [(second.publication_id,)]


def test_the_differences_are_the_same_whether_taken_beside_or_in_the_database(engine, tmp_path, first, second):
    beside, alone = opened(engine), opened(engine, schema="alone")
    for base in (beside, alone):
        base.deliver(first)
    counts = beside.deliver(second)
    shutil.move(first.path, tmp_path / "elsewhere")
    assert alone.deliver(second) == counts
    for table in ("memberships", "former_memberships", "predictions", "segments"):
        assert asked(engine, f"select * from segcast.{table} order by 1, 2") == asked(  # noqa: S608
            engine,
            f"select * from alone.{table} order by 1, 2",  # noqa: S608
        )


def test_a_byte_order_mark_in_the_csv_files_changes_nothing(engine, folder, yesterday):
    publication = publish(folder, yesterday, byte_order_mark=True)
    assert (publication.path / "segments.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    opened(engine).deliver(publication)
    assert asked(engine, "select title from segcast.segments where segment = 'vip'") == [("VIP",)]


def test_the_same_publication_again_changes_nothing(engine, first):
    base = opened(engine)
    base.deliver(first)
    before = asked(engine, "select xmin::text, * from segcast.publications")
    assert base.deliver(first) == {"memberships": 0, "predictions": 0, "segments": 0}
    assert asked(engine, "select xmin::text, * from segcast.publications") == before


def test_an_older_publication_is_refused(engine, first, second):
    base = opened(engine)
    base.deliver(second)
    with pytest.raises(DestinationError, match="Expected a publication of 2010-09-10 00:00 or later"):
        base.deliver(first)
    assert is_as(engine, second)


def test_a_preview_counts_and_changes_nothing(engine, first, second):
    base = opened(engine)
    foreseen = base.preview(first)
    assert asked(engine, "select 1 from pg_namespace where nspname = 'segcast'") == []
    assert base.deliver(first) == foreseen
    foreseen = base.preview(second)
    assert is_as(engine, first)
    assert base.deliver(second) == foreseen


def test_a_column_that_a_later_publication_adds_is_added_and_one_that_it_lacks_becomes_null(
    engine, folder, first, today
):
    base = opened(engine)
    base.deliver(first)
    wider = _with_column(today, "return_probability", pa.array([0.25] * 242))
    second = publish(folder, replace(wider, previous=first))
    base.deliver(second)
    assert is_as(engine, second)
    assert asked(engine, "select count(*) from segcast.predictions where return_probability = 0.25") == [(242,)]
    third = publish(folder, replace(today, as_of=NEXT_NIGHT + timedelta(days=1), previous=second))
    base.deliver(third)
    assert asked(engine, "select count(*) from segcast.predictions where return_probability is null") == [(242,)]


def test_lists_numbers_that_are_none_and_any_text_are_held_as_they_are(engine, folder, yesterday):
    texts = ["", "\u00fc \U0001f600", '\\N "quoted", \t\n', "a" * 70_000, None]
    lists = [["boots", 'a "b", {c}\\'], [], [None, "tents"], None, ["\u00fc"]]
    edition = _with_column(yesterday, "said", pa.array(texts * 48))
    edition = _with_column(edition, "next_categories", pa.array(lists * 48))
    edition = _with_column(edition, "odd_probability", pa.array([float("nan"), 5e-324, -0.0, float("inf"), None] * 48))
    edition = _with_column(edition, "agreed", pa.array([True, False, None, True, False] * 48))
    publication = publish(folder, edition)
    opened(engine).deliver(publication)
    names = ["customer_id", "said", "next_categories", "odd_probability", "agreed"]
    expected = everything(publication.path / "predictions.parquet").rows.select(names).to_pylist()
    assert ordered(engine, "predictions", names) == expected
    assert asked(engine, "select count(*) from segcast.predictions where odd_probability = 'nan'") == [(0,)]


def _with_column(edition, name, values):
    table = edition.profiles.table.append_column(name, values)
    predicted = edition.profiles.predicted | {name}
    return replace(edition, profiles=replace(edition.profiles, table=table, predicted=predicted))


def test_members_of_a_segment_that_was_left_out_stay_until_it_is_decided_again(engine, folder, first, today):
    base = opened(engine)
    base.deliver(first)
    vips = asked(engine, "select * from segcast.memberships where segment = 'vip' order by 1")
    memberships = replace(today.memberships, left_out=(LeftOut("vip", "it names what is not there"),))
    base.deliver(publish(folder, replace(today, memberships=memberships, previous=first)))
    assert asked(engine, "select * from segcast.memberships where segment = 'vip' order by 1") == vips
    assert asked(engine, "select as_of from segcast.segments where segment = 'vip'") == [(NIGHT,)]
    assert asked(engine, "select count(*) from segcast.former_memberships where segment = 'vip'") == [(0,)]
    fewer = today.memberships.table.filter(pc.field("segment") != "vip")
    later = replace(today.memberships, table=fewer)
    third = publish(folder, replace(today, as_of=NEXT_NIGHT + timedelta(days=1), memberships=later))
    base.deliver(third)
    assert is_as(engine, third)
    assert asked(engine, "select count(*) from segcast.former_memberships where segment = 'vip'") == [(len(vips),)]


def test_who_was_forgotten_leaves_every_table_though_the_publication_keeps_its_name(engine, folder, first, second):
    base = opened(engine)
    base.deliver(first)
    base.deliver(second)
    gone = asked(engine, "select customer_id from segcast.former_memberships order by 1")[0][0]
    redact(folder, Person(frozenset({gone})), NEXT_NIGHT)
    redacted = read_publication(second.path)
    base.deliver(redacted)
    assert is_as(engine, redacted)
    for table in ("memberships", "former_memberships", "predictions"):
        assert asked(engine, f"select 1 from segcast.{table} where customer_id = '{gone}'") == []  # noqa: S608


def test_a_night_that_is_published_twice_leaves_no_gap_and_no_empty_time(engine, folder, first, today):
    base = opened(engine)
    base.deliver(first)
    before = memberships_of(engine)
    without = today.memberships.table.filter(pc.field("segment") == "vip")
    hasty = publish(folder, replace(today, memberships=replace(today.memberships, table=without), previous=first))
    base.deliver(hasty)
    corrected = publish(folder, replace(today, previous=first))
    base.deliver(corrected)
    assert is_as(engine, corrected)
    stayed = {(row["customer_id"], row["segment"]) for row in before} & {
        (row["customer_id"], row["segment"]) for row in memberships_of(engine)
    }
    history = asked(engine, "select customer_id, segment, valid_from, valid_until from segcast.memberships_history")
    assert {(*key, NIGHT, None) for key in stayed} <= set(history)
    assert all(until is None or start < until for _, _, start, until in history)
    assert len({(customer, segment) for customer, segment, _, _ in history}) == len(history)


def test_tables_that_somebody_else_has_changed_are_put_right(engine, first, second):
    base = opened(engine)
    base.deliver(first)
    with engine.begin() as somebody:
        somebody.execute(text("delete from segcast.memberships where segment = 'vip'"))
    base.deliver(second)
    assert is_as(engine, second)


def test_rows_that_do_not_arrive_undo_everything(engine, first, second):
    base = opened(engine)
    base.deliver(first)
    with engine.begin() as somebody:
        somebody.execute(
            text("create function segcast.swallow() returns trigger as 'begin return null; end' language plpgsql")
        )
        somebody.execute(
            text(
                "create trigger swallow before insert on segcast.memberships"
                " for each row execute function segcast.swallow()"
            )
        )
    with pytest.raises(DestinationError, match=r"rows of memberships\.parquet in the end, but it would hold"):
        base.deliver(second)
    assert is_as(engine, first)


def test_a_reader_sees_the_old_or_the_new_and_never_anything_between(engine, first, second):
    base = opened(engine)
    base.deliver(first)
    sizes = {one.publication_id: one.manifest["files"]["memberships.parquet"]["rows"] for one in (first, second)}
    seen, over = [], threading.Event()

    def read():
        both = text(
            "select publication_id, (select count(*) from segcast.memberships) from segcast.publications where holds"
        )
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as reader:
            while not over.is_set():
                seen.append(tuple(reader.execute(both).one()))

    reading = threading.Thread(target=read)
    reading.start()
    try:
        base.deliver(second)
    finally:
        over.set()
        reading.join()
    assert set(seen) <= set(sizes.items())
    assert len(seen) > 1


def test_of_two_syncs_at_once_the_second_finds_it_done(engine, first):
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(opened(engine).deliver(first))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(count["predictions"] for count in counts) == [0, 0, 240]
    assert is_as(engine, first)


def test_a_lost_connection_is_a_sentence_and_the_old_stands(engine, first, second):
    base = opened(engine)
    base.deliver(first)
    with engine.connect() as holder:
        holder.execute(text("select pg_advisory_xact_lock(hashtextextended('segcast segcast', 0))"))
        ending = threading.Thread(target=_end_the_waiting, args=(engine,))
        ending.start()
        with pytest.raises(DestinationError, match="Nothing has changed there") as caught:
            base.deliver(second)
        ending.join()
    _is_a_sentence(caught.value)
    assert is_as(engine, first)
    base.deliver(second)
    assert is_as(engine, second)


def _end_the_waiting(engine):
    end = "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'advisory'"
    while not asked(engine, end):
        time.sleep(0.02)


def test_a_server_without_room_is_a_sentence_and_the_old_stands(engine, first, second):
    base = opened(engine)
    base.deliver(first)
    full = "raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'"
    with engine.begin() as somebody:
        somebody.execute(
            text(f"create function segcast.full() returns trigger as $$ begin {full}; end $$ language plpgsql")
        )
        somebody.execute(
            text("create trigger full_disk before insert on segcast.segments execute function segcast.full()")
        )
    with pytest.raises(DestinationError, match="No space left on device") as caught:
        base.deliver(second)
    _is_a_sentence(caught.value)
    assert is_as(engine, first)


def test_no_rights_is_a_sentence_without_the_password(engine, first):
    with engine.begin() as owner:
        owner.execute(text("create user guest password 's3cret/p@ss'"))
    guest = create_engine(engine.url.set(username="guest"))
    with pytest.raises(DestinationError, match="permission denied for database") as caught:
        opened(guest).deliver(first)
    _is_a_sentence(caught.value)


def test_a_wrong_password_and_an_absent_server_are_sentences_without_the_password(engine, first):
    for url, said in (
        (engine.url.set(password="wr0ng/p@ss"), "password authentication failed"),  # noqa: S106 - it is wrong
        (engine.url.set(port=1), "refused"),
    ):
        with pytest.raises(DestinationError, match=said) as caught:
            opened(create_engine(url)).deliver(first)
        _is_a_sentence(caught.value)


def test_tables_of_somebody_else_are_not_touched(engine, first):
    with engine.begin() as owner:
        owner.execute(text("create schema segcast"))
        owner.execute(text("create table segcast.segments (id int)"))
    with pytest.raises(DestinationError, match='relation "segments" already exists'):
        opened(engine).deliver(first)
    assert asked(engine, "select table_name from information_schema.tables where table_schema = 'segcast'") == [
        ("segments",)
    ]


def test_a_column_of_another_type_is_a_sentence(engine, folder, first, today):
    base = opened(engine)
    base.deliver(first)
    with engine.begin() as owner:
        owner.execute(text("alter table segcast.predictions alter column cluster type varchar(9) using 'x'"))
    with pytest.raises(
        DestinationError, match=r"predictions\.cluster to be of type TEXT, but the database has VARCHAR"
    ):
        base.deliver(publish(folder, replace(today, previous=first)))


def test_a_file_that_is_not_as_it_was_published_is_not_delivered(engine, first):
    path = first.path / "memberships.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    with pytest.raises(DestinationError, match=r"memberships\.parquet of publication .* changed or removed"):
        opened(engine).deliver(first)


@pytest.mark.parametrize(
    "url", ["", "mysql://u:s3cret@h/d", "s3cret", "postgresql:///local", "postgresql://u:s3cret@h:x/d"]
)
def test_an_address_that_is_none_is_a_sentence_that_does_not_repeat_it(url):
    settings = PostgresDestination(to="postgres", name="base", url="BASE_URL")
    with pytest.raises(SettingsError, match='The url of destination "base"') as caught:
        Postgres(settings, url)
    _is_a_sentence(caught.value)


def test_an_address_as_others_write_it_will_do():
    settings = PostgresDestination(to="postgres", name="base", url="BASE_URL")
    assert Postgres(settings, "postgres://u:p@h/d").name == "base"


def _is_a_sentence(error):
    told = str(error)
    assert "\n" not in told
    assert not any(
        secret in told for secret in (PASSWORD, make_url(f"x://u:{PASSWORD}@h").database or "-", "s3cret", "wr0ng")
    )
