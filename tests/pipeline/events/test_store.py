import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import StoreError
from pipeline.events.consent import consented
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES
from tests.dying import DIES_AT
from tests.rows import AS_OF, arrow, days_before, event

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def told(store, table) -> list[str]:
    return sorted(store.engine.to_pyarrow(table.select("event_id"))["event_id"].to_pylist())


def test_a_store_without_events_says_how_to_get_some(store):
    with pytest.raises(StoreError, match="Try `segcast ingest`"):
        store.history(AS_OF)


def test_a_table_that_was_never_written_is_empty(store):
    assert store.engine.execute(store.read(CUSTOMERS).count()) == 0
    assert CUSTOMERS.name not in store.snapshot.versions


def test_rows_come_back_as_they_were_and_each_append_is_a_snapshot(store):
    rows = arrow([event("ann", days_before(2), amount="1.2345"), event("bob", days_before(40))])
    store.append(EVENTS, rows)
    store.append(EVENTS, arrow([event("eve", days_before(1))]))
    assert store.snapshot.number == 2
    back = store.engine.to_pyarrow(
        store.read(EVENTS).filter(lambda log: log.customer_id != "eve").order_by("customer_id")
    )
    assert back.cast(EVENTS.schema).to_pylist() == rows.to_pylist()


def test_the_span_runs_from_the_first_event_to_the_last(store):
    store.append(EVENTS, arrow([event("ann", days_before(2)), event("ann", days_before(40))]))
    assert store.span() == (days_before(40), days_before(2))


def test_a_history_holds_what_had_occurred_and_arrived_before_the_moment(store):
    store.append(
        EVENTS,
        arrow(
            [
                event("ann", AS_OF - MICROSECOND, event_id="in time"),
                event("ann", AS_OF, event_id="too late"),
                event("ann", days_before(9), received_at=AS_OF - MICROSECOND, event_id="arrived in time"),
                event("ann", days_before(9), received_at=AS_OF, event_id="arrived too late"),
            ]
        ),
    )
    assert told(store, store.history(AS_OF).events) == ["arrived in time", "in time"]


def test_an_outcome_runs_from_the_moment_to_the_horizon_half_open(store):
    horizon = timedelta(days=90)
    store.append(
        EVENTS,
        arrow(
            [
                event("ann", AS_OF - MICROSECOND, event_id="before"),
                event("ann", AS_OF, event_id="first"),
                event("ann", AS_OF + horizon - MICROSECOND, event_id="last"),
                event("ann", AS_OF + horizon, event_id="after"),
            ]
        ),
    )
    assert told(store, store.outcome(AS_OF, horizon).events) == ["first", "last"]


def test_an_outcome_to_train_on_leaves_out_what_arrived_after_the_training(store):
    arrives = AS_OF + timedelta(days=100)
    store.append(EVENTS, arrow([event("ann", AS_OF, received_at=arrives, event_id="late")]))
    assert told(store, store.outcome(AS_OF, timedelta(days=90)).events) == ["late"]
    assert told(store, store.outcome(AS_OF, timedelta(days=90), known_before=arrives).events) == []


def consent(granted, days, *, arrived=None, purpose="profiling"):
    row = {"customer_id": "ann", "purpose": purpose, "granted": granted, "occurred_at": days_before(days)}
    return {**row, "received_at": days_before(days if arrived is None else arrived)}


@pytest.mark.parametrize(
    ("words", "profiled"),
    [
        ([], True),
        ([consent(granted=False, days=5)], False),
        ([consent(granted=False, days=5), consent(granted=True, days=3)], True),
        ([consent(granted=True, days=5), consent(granted=False, days=3)], False),
        ([consent(granted=False, days=5, arrived=-1)], True),
        ([consent(granted=False, days=0)], True),
        ([consent(granted=False, days=5, purpose="email")], True),
        ([consent(granted=True, days=5), consent(granted=False, days=5)], False),
    ],
)
def test_who_refused_profiling_by_the_moment_is_in_no_history(store, words, profiled):
    store.append(EVENTS, arrow([event("ann", days_before(9), event_id="order")]))
    if words:
        store.append(CONSENTS, pa.Table.from_pylist(words, schema=CONSENTS.schema))
    assert told(store, store.history(AS_OF).events) == (["order"] if profiled else [])


@pytest.mark.parametrize(
    ("events", "agreed"),
    [
        ([], ["ann"]),
        ([event("ann", days_before(4), "email_unsubscribed")], []),
        ([event("ann", days_before(4), "email_complained")], []),
        ([event("ann", days_before(6), "email_unsubscribed")], ["ann"]),  # and agreed again after it
        ([event("ann", days_before(4), "email_unsubscribed", received_at=AS_OF)], ["ann"]),
        ([event("bob", days_before(4), "email_unsubscribed")], ["ann"]),
        ([event("ann", days_before(4), "email_bounced")], ["ann"]),
    ],
)
def test_who_unsubscribes_or_complains_withdraws_consent_to_email_as_far_as_is_known(store, events, agreed):
    store.append(EVENTS, arrow(events))
    words = [consent(granted=True, days=5, purpose="email"), consent(granted=True, days=5, purpose="sms")]
    store.append(CONSENTS, pa.Table.from_pylist(words, schema=CONSENTS.schema))
    answers = store.consents(AS_OF)
    assert store.engine.to_pyarrow(consented(answers, "email", AS_OF))["customer_id"].to_pylist() == agreed
    assert store.engine.to_pyarrow(consented(answers, "sms", AS_OF))["customer_id"].to_pylist() == ["ann"]


@pytest.mark.parametrize(
    ("policy", "words", "profiled"),
    [
        ("opt_in", [], False),
        ("opt_in", [consent(granted=True, days=5)], True),
        ("opt_in", [consent(granted=True, days=5), consent(granted=False, days=4)], False),
        ("opt_out", [], True),
        ("opt_out", [consent(granted=False, days=5)], False),
        (None, [], True),
        (None, [{**consent(granted=True, days=5), "customer_id": "bob"}], False),
        (None, [{**consent(granted=True, days=5, arrived=-1), "customer_id": "bob"}], True),
        (None, [{**consent(granted=True, days=5, purpose="email"), "customer_id": "bob"}], True),
    ],
)
def test_silence_is_a_no_where_the_shop_asks_and_a_yes_where_it_does_not(tmp_path, policy, words, profiled):
    store = Store(tmp_path / "store", profiling=policy)
    store.append(EVENTS, arrow([event("ann", days_before(9), event_id="order")]))
    if words:
        store.append(CONSENTS, pa.Table.from_pylist(words, schema=CONSENTS.schema))
    assert told(store, store.history(AS_OF).events) == (["order"] if profiled else [])


def claim(alias, customer, days, *, arrived=None):
    row = {"alias": alias, "customer_id": customer, "occurred_at": days_before(days)}
    return {**row, "received_at": days_before(days if arrived is None else arrived)}


def test_a_history_holds_what_was_done_under_an_alias_from_when_that_was_known(store):
    store.append(EVENTS, arrow([event("cookie", days_before(9), event_id="view")]))
    store.append(IDENTITIES, pa.Table.from_pylist([claim("cookie", "ann", 4)], schema=IDENTITIES.schema))
    after, before = (store.history(days_before(days)).events for days in (3, 5))
    names = [
        store.engine.to_pyarrow(events.select("customer_id", "received_at")).to_pylist() for events in (after, before)
    ]
    assert [[row["customer_id"] for row in rows] for rows in names] == [["ann"], ["cookie"]]
    assert names[0][0]["received_at"] == days_before(4)


def test_a_refusal_given_under_an_alias_is_the_customers(store):
    store.append(EVENTS, arrow([event("ann", days_before(9), event_id="order")]))
    store.append(IDENTITIES, pa.Table.from_pylist([claim("cookie", "ann", 8)], schema=IDENTITIES.schema))
    words = [{**consent(granted=False, days=5), "customer_id": "cookie"}]
    store.append(CONSENTS, pa.Table.from_pylist(words, schema=CONSENTS.schema))
    assert told(store, store.history(AS_OF).events) == []


def test_an_outcome_knows_whose_alias_it_was_unless_it_must_not(store):
    store.append(EVENTS, arrow([event("cookie", AS_OF, event_id="order")]))
    store.append(IDENTITIES, pa.Table.from_pylist([claim("cookie", "ann", -40)], schema=IDENTITIES.schema))

    def who(**bounds):
        events = store.outcome(AS_OF, timedelta(days=90), **bounds).events
        return store.engine.to_pyarrow(events.select("customer_id"))["customer_id"].to_pylist()

    assert who() == ["ann"]
    assert who(known_before=days_before(-30)) == ["cookie"]


def test_several_tables_change_together_or_not_at_all(store):
    store.append(EVENTS, arrow([event("ann", days_before(9), event_id="first")]))

    def write_half():
        with store.writing() as change:
            change.append(EVENTS, arrow([event("ann", days_before(8), event_id="second")]))
            change.append(CONSENTS, pa.Table.from_pylist([consent(granted=True, days=1)], schema=CONSENTS.schema))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        write_half()
    assert told(store, store.read(EVENTS)) == ["first"]
    assert store.files(CONSENTS) == []
    store.append(EVENTS, arrow([event("ann", days_before(8), event_id="third")]))
    assert told(store, store.read(EVENTS)) == ["first", "third"]


WRITE_AND_DIE = (
    DIES_AT
    + """
from pipeline.events.store import Store
from tests.pipeline.events.test_store import write_more

folder = Path(sys.argv[1])

def write_until(step):
    copy = folder.with_name(f"killed-{step}")
    shutil.copytree(folder, copy)
    child = os.fork()
    if child == 0:
        dies_at(step, copy, {"open", "os.mkdir", "os.rename", "os.remove"})
        write_more(Store(copy))
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

step = 1
while write_until(step) == -signal.SIGKILL:
    step += 1
"""
)


def write_more(store):
    with store.writing() as change:
        change.append(EVENTS, arrow([event("ann", days_before(8), event_id="second")]))
        change.append(CONSENTS, pa.Table.from_pylist([consent(granted=True, days=1)], schema=CONSENTS.schema))


def left_over(store):
    """Return the files of data that no table names."""
    named = {Path(uri).name for contract in (EVENTS, CONSENTS) for uri in store.files(contract)}
    return {path.name for path in store.folder.rglob("*.parquet") if "_delta_log" not in path.parts} - named


def test_killed_anywhere_and_written_again_it_holds_and_counts_what_an_undisturbed_store_does(store, tmp_path):
    store.append(EVENTS, arrow([event("ann", days_before(9), event_id="first")]))
    subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(store.folder)], check=True)
    died = [Store(path) for path in sorted(tmp_path.glob("killed-*"))]
    assert sum((one.folder / ".writing").exists() for one in died) > 3
    write_more(store)
    for one in died:
        if told(one, one.read(EVENTS)) == ["first"]:
            write_more(one)
        with one.writing():
            pass  # whoever comes next mends what the one that was killed left
        assert one.snapshot.number == store.snapshot.number
        assert told(one, one.read(EVENTS)) == told(store, store.read(EVENTS)) == ["first", "second"]
        assert not (one.folder / ".writing").exists()
        assert left_over(one) == set()
