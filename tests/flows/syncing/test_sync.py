"""A published corner shop and the places outside to which it goes: a folder, a database and a receiver of webhooks."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock, Timeout
from psycopg import sql

from flows.doctor.diagnosing import diagnose
from flows.forgetting import forget
from flows.project import open_project
from flows.syncing.outside import look_outside
from flows.syncing.receipts import RECEIPTS, receipts
from flows.syncing.sync import rehearse, sync
from pipeline.errors import PublicationError, SettingsError
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS
from pipeline.publish.destinations.outbox.outbox import OUTBOX
from pipeline.publish.edition import DataFacts, Edition, ShopFacts
from pipeline.publish.publication import latest, publish
from pipeline.segments.audiences.deciding import decide_audiences
from pipeline.segments.audiences.reach import Reach
from pipeline.segments.audiences.read import load_audiences
from pipeline.segments.membership import assign
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment
from tests.little_mailchimp import API_KEY, LittleMailchimp
from tests.loopback import Reply, SimulatedClock, failing, serving
from tests.postgres import server
from tests.rows import AS_OF, arrow, days_before, event

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
EVE, MAIL = "eve-4711", "eve.adams@example.org"
SEGMENTS = (
    Segment(name="one_time", title="One order", when="orders_365d = 1"),
    Segment(name="loyal", title="Loyal", when="orders_365d >= 2"),
)
SECRETS = {"HOOK_SECRET": "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ="}
SETTINGS = """
[shop]
name = "Corner shop"
[[sources]]
name = "orders"
format = "columns"
files = "orders*.csv"
constants = { event_type = "order_placed" }
columns = { customer_id = "who", occurred_at = "at", amount = "total" }
"""
HOOK = """
[[destinations]]
name = "hook"
to = "webhook"
url = "%s"
secret = "HOOK_SECRET"
properties = ["churn_probability", "churn_band"]
segments = ["one_time", "loyal"]
lists = { one_time = "the-list" }
address = true
"""
NEWS = """
[[destinations]]
name = "news"
to = "mailchimp"
url = "%s"
api_key = "NEWS_KEY"
audience = "a1b2c3"
properties = ["churn_probability"]
segments = ["one_time", "loyal"]
merge_fields = { churn_probability = "CHURN" }
"""
SHARE = """
[[destinations]]
name = "share"
to = "files"
path = "%s"
"""
WAREHOUSE = """
[[destinations]]
name = "warehouse"
to = "postgres"
url = "WAREHOUSE_URL"
"""


class Receiver:
    """A receiver of webhooks that keeps what it is told; `refusing` names customers whom it refuses."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], dict[str, object]] = {}
        self.ids: list[str] = []
        self.refusing: tuple[str, ...] = ()

    def __call__(self, request):
        told = request.json
        self.ids.append(request.headers["webhook-id"])
        for row in told["rows"]:
            if row["customer_id"] in self.refusing:
                continue
            self.held.setdefault((told["part"], row["customer_id"]), {}).update(row["values"])
        return Reply(json={"rejected": dict.fromkeys(self.refusing, "no such customer")})

    def of(self, customer_id):
        return {part: values for (part, who), values in self.held.items() if who == customer_id}


def put(store, contract, *rows):
    blank = {name: days_before(300) if name in {"received_at", "occurred_at"} else None for name in contract.columns}
    store.append(contract, pa.Table.from_pylist([blank | row for row in rows], schema=contract.schema))


LONG_AGO = days_before(200)


def agree(store, who, *, granted=True, at=LONG_AGO):
    put(
        store,
        CONSENTS,
        {"customer_id": who, "purpose": "email", "granted": granted, "occurred_at": at, "received_at": at},
    )


def naming(folder, *values):
    """The files that hold one of the values, as they are and as Parquet says."""
    wanted = [value.encode() for value in values]
    for path in (path for path in folder.rglob("*") if path.is_file()):
        told = path.read_bytes()
        if path.suffix == ".parquet":
            told += str(pq.ParquetFile(path).read().to_pylist()).encode()
        if any(value in told for value in wanted):
            yield path.name


def go_to(folder, *destinations):
    (folder / "segcast.toml").write_text(SETTINGS + "".join(destinations), encoding="utf-8")
    return open_project(folder)


def edition(as_of=AS_OF, eve_orders=1.0):
    """Ann bought twice, Eve and Bob once."""
    rows = [
        {"customer_id": "ann", "orders_365d": 2.0, "churn_probability": 0.251, "churn_band": "low"},
        {"customer_id": EVE, "orders_365d": eve_orders, "churn_probability": 0.8, "churn_band": "high"},
        {"customer_id": "bob", "orders_365d": 1.0, "churn_probability": 0.5, "churn_band": "medium"},
    ]
    profiles = Profiles(as_of, pa.Table.from_pylist(rows))
    memberships = assign(SEGMENTS, profiles, None)
    customers = pa.array(["ann", "bob", EVE])
    audiences = load_audiences(Path("none.yaml"), SEGMENTS)
    return Edition(
        as_of=as_of,
        shop=ShopFacts("Corner shop"),
        segments=SEGMENTS,
        profiles=profiles,
        memberships=memberships,
        previous=None,
        contacts=pa.table({"customer_id": ["ann", EVE], "email": ["ann@example.org", MAIL]}),
        models=(),
        data=DataFacts(1, as_of, as_of, 4, 4),
        audiences=decide_audiences(
            audiences, SEGMENTS, memberships, Reach(customers, agreed={"email": np.array([True, False, True])})
        ),
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A published shop: Ann and Eve agreed to e-mail, Bob did not."""
    folder = tmp_path_factory.mktemp("corner")
    project = go_to(folder)
    orders = [event(who, days_before(9), event_id=who, amount="20") for who in ("ann", EVE, "bob")]
    project.store.append(EVENTS, arrow(orders))
    mails = {"ann": "ann@example.org", EVE: MAIL, "bob": "bob@example.org"}
    put(project.store, CUSTOMERS, *({"customer_id": who, "email": mail} for who, mail in mails.items()))
    agree(project.store, "ann")
    agree(project.store, EVE)
    publish(project.published, edition())
    return folder


@pytest.fixture
def shop(published, tmp_path):
    return shutil.copytree(published, tmp_path / "shop")


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def hook(receiver):
    with serving(receiver) as standing:
        yield HOOK % standing.url


@pytest.fixture(scope="module")
def database():
    with server() as url:
        yield url.render_as_string(hide_password=False)


def test_every_destination_is_told_in_its_turn_and_then_nothing_is_left_to_tell(shop, receiver, hook):
    project = go_to(shop, SHARE % "share", hook)
    share, platform = sync(project, NOW, environ=SECRETS)
    assert (share.destination, share.problem, share.changed["files"] > 0) == ("share", None, True)
    assert (platform.destination, platform.problem) == ("hook", None)
    assert [(str(part.part), part.sent, part.withheld) for part in platform.told.parts] == [
        ("profile", 2, {"no consent": 1}),
        ("list one_time", 1, {}),
    ]
    assert receiver.of(EVE) == {
        "profile": {
            "segcast_churn_band": "high",
            "segcast_churn_probability": 0.8,
            "segcast_one_time": True,
            "segcast_loyal": False,
        },
        "list one_time": {"member": True},
    }
    assert receiver.of("bob") == {}
    told = len(receiver.ids)
    share, platform = sync(project, NOW, environ=SECRETS)
    assert share.changed == {"files": 0, "copies_taken_away": 0}
    assert [part.sent for part in platform.told.parts] == [0, 0]
    assert len(receiver.ids) == told


def test_one_that_fails_stops_no_other_and_goes_on_with_the_next_sync(shop, receiver, hook):
    project = go_to(shop, hook, SHARE % "absent/share", WAREHOUSE, SHARE.replace("share", "copy") % "copy")
    broken, absent, nowhere, copy = sync(project, NOW)
    assert broken.problem == (
        "Expected the secret of destination hook in the environment variable HOOK_SECRET, which is not set. "
        "Try setting it where segcast runs, or correcting secret in segcast.toml."
    )
    assert absent.problem.startswith("Expected to copy publication 2026-03-01-")
    assert "WAREHOUSE_URL" in nowhere.problem
    assert copy.problem is None
    assert latest(shop / "copy") is not None
    assert receiver.ids == []
    assert sync(project, NOW, ["hook"], environ=SECRETS)[0].problem is None
    assert receiver.of("ann")["profile"]["segcast_loyal"] is True


def test_a_platform_that_is_away_is_told_the_next_time(shop, receiver):
    answers = [failing(), receiver]
    with serving(lambda request: answers[0] if isinstance(answers[0], Reply) else answers[0](request)) as standing:
        project = go_to(shop, HOOK % standing.url)
        (away,) = sync(project, NOW, environ=SECRETS, clock=SimulatedClock())
        assert away.problem.startswith("Expected hook to answer POST")
        answers.pop(0)
        (back,) = sync(project, NOW, environ=SECRETS)
    assert (back.problem, back.told.parts[0].sent + back.told.recovered) == (None, 2)
    assert receiver.of(EVE)["list one_time"] == {"member": True}


def test_a_rehearsal_says_exactly_what_would_go_and_tells_nobody(shop, receiver, hook):
    project = go_to(shop, SHARE % "share", hook)
    share, platform = rehearse(project, NOW, environ=SECRETS)
    assert share.changed["files"] > 0
    profiles, one_time = platform.parts
    assert {row.customer_id: row.after for row in profiles.rows}["ann"] == {
        "segcast_churn_band": "low",
        "segcast_churn_probability": 0.25,
        "segcast_loyal": True,
        "segcast_one_time": False,
    }
    assert [(row.customer_id, row.after) for row in one_time.rows] == [(EVE, {"member": True})]
    assert receiver.ids == []
    assert not (shop / "share").exists()
    assert not (shop / OUTBOX).exists()


def test_an_earlier_publication_and_a_destination_are_called_by_name(shop, hook):
    project = go_to(shop, hook)
    with pytest.raises(SettingsError, match=r'got "hok"\. Did you mean "hook"\? There is hook\.'):
        sync(project, NOW, ["hok"])
    with pytest.raises(PublicationError, match='got "2026-03-01-00000000"'):
        sync(project, NOW, publication="2026-03-01-00000000")
    shutil.rmtree(shop / "published")
    with pytest.raises(PublicationError, match="found none"):
        sync(project, NOW)


def test_what_changed_since_is_all_that_goes(shop, receiver, hook):
    project = go_to(shop, hook)
    sync(project, NOW, environ=SECRETS)
    receiver.held.clear()
    publish(project.published, edition(AS_OF + timedelta(days=1), eve_orders=2.0))
    (done,) = sync(project, NOW + timedelta(days=1), environ=SECRETS)
    assert receiver.held == {
        ("profile", EVE): {"segcast_one_time": False, "segcast_loyal": True},
        ("list one_time", EVE): {"member": False},
    }
    assert [(part.sent, part.withdrawn) for part in done.told.parts] == [(1, 0), (0, 1)]


def test_who_withdraws_consent_is_taken_back_with_the_next_sync(shop, receiver, hook):
    project = go_to(shop, hook)
    sync(project, NOW, environ=SECRETS)
    agree(project.store, EVE, granted=False, at=NOW)
    sync(project, NOW + timedelta(hours=1), environ=SECRETS)
    assert receiver.of(EVE) == {
        "profile": {
            "segcast_churn_band": None,
            "segcast_churn_probability": None,
            "segcast_one_time": False,
            "segcast_loyal": False,
        },
        "list one_time": {"member": False},
    }


def test_who_has_the_address_of_another_contact_by_now_is_told_everything_there_with_the_next_sync(shop):
    little = LittleMailchimp({"CHURN": "number"})
    first, second = little.joined(MAIL), little.joined("eve@example.org")
    with serving(little) as standing:
        project = go_to(shop, NEWS % standing.url)
        sync(project, NOW, environ={"NEWS_KEY": API_KEY})
        put(project.store, CUSTOMERS, {"customer_id": EVE, "email": second.address, "received_at": days_before(1)})
        publish(project.published, edition(AS_OF + timedelta(days=1), eve_orders=2.0))
        for hour in (1, 2):
            (done,) = sync(project, NOW + timedelta(days=1, hours=hour), environ={"NEWS_KEY": API_KEY})
    assert done.problem is None
    assert (first.fields, little.tags_of(first.address)) == ({"CHURN": ""}, set())
    assert (second.fields, little.tags_of(second.address)) == ({"CHURN": 0.8}, {"segcast_loyal"})


def rows_of(database, who):
    """Every row of every table that names somebody."""
    with psycopg.connect(database) as connection:
        found = connection.execute("select tablename from pg_tables where schemaname = 'segcast'").fetchall()
        queries = [sql.SQL("select * from segcast.{}").format(sql.Identifier(name)) for (name,) in found]
        return [row for query in queries for row in connection.execute(query) if who in str(row)]


def test_who_is_forgotten_is_named_nowhere_outside_after_the_next_sync(shop, receiver, hook, database, tmp_path):
    secrets = {**SECRETS, "WAREHOUSE_URL": database}
    project = go_to(shop, SHARE % (tmp_path / "share"), WAREHOUSE, hook)
    sync(project, NOW, environ=secrets)
    publish(project.published, edition(AS_OF + timedelta(days=1), eve_orders=2.0))
    assert [one.problem for one in sync(project, NOW + timedelta(days=1), environ=secrets)] == [None] * 3
    assert set(naming(tmp_path / "share", EVE)) >= {"memberships.parquet"}
    assert rows_of(database, EVE)
    receipt = forget(project, EVE, NOW + timedelta(days=2))
    assert receipt.held == ("hook", "share", "warehouse")
    assert receipt.still == ()
    assert list(receipts(shop / RECEIPTS)) == [receipt]
    done = sync(project, NOW + timedelta(days=3), environ=secrets)
    assert [one.problem for one in done] == [None] * 3
    assert list(naming(tmp_path / "share", EVE, MAIL)) == []
    assert rows_of(database, EVE) == []
    assert set(receiver.of(EVE)["profile"].values()) == {None, False}
    assert list(naming(shop, EVE, MAIL)) == []


def test_a_copy_is_made_by_one_sync_at_a_time(shop):
    held = []

    def refusing(_):
        try:
            with FileLock(shop / f"{OUTBOX}.lock", timeout=0):
                held.append(False)
        except Timeout:
            held.append(True)
        return Reply(403)

    with serving(refusing) as standing:
        lake = SHARE % "s3://bucket/shop?region=us-east-1" + f'endpoint = "{standing.url}"\n'
        (one,) = sync(
            go_to(shop, lake + 'access_key = "LAKE_KEY"\nsecret_key = "LAKE_SECRET"\n'),
            NOW,
            environ={"LAKE_KEY": "AKIATESTS", "LAKE_SECRET": "s3cret"},
        )
    assert one.problem is not None
    assert set(held) == {True}


def test_a_name_that_was_another_destinations_takes_no_copy(shop, database):
    told = {"WAREHOUSE_URL": database}
    sync(go_to(shop, WAREHOUSE), NOW, environ=told)
    (one,) = sync(go_to(shop, SHARE.replace("share", "warehouse") % "copies"), NOW, environ=told)
    assert "Expected destination warehouse to be postgres, as before, but it is files now" in one.problem
    assert not (shop / "copies").exists()


def test_a_copy_that_the_settings_name_no_more_is_named_by_the_receipt(shop, tmp_path):
    sync(go_to(shop, SHARE % (tmp_path / "out")), NOW)
    project = go_to(shop)
    assert forget(project, EVE, NOW).held == ("share",)
    assert [(one.name, one.configured) for one in look_outside(project, {})] == [("share", False)]


def test_copies_in_the_project_folder_are_not_called_nobodys_and_are_cleaned_with_the_next_sync(shop):
    project = go_to(shop, SHARE % "./copies")
    sync(project, NOW)
    (shop / "copied.txt").write_text(MAIL, encoding="utf-8")
    receipt = forget(project, EVE, NOW + timedelta(hours=1))
    assert (receipt.still, receipt.held) == (("copied.txt",), ("share",))
    sync(project, NOW + timedelta(hours=2))
    assert list(naming(shop / "copies", EVE, MAIL)) == []


def test_an_old_copy_that_nobody_can_clean_goes_with_the_first_sync_after_a_forgetting(shop, tmp_path):
    project = go_to(shop, SHARE % (tmp_path / "out"))
    sync(project, NOW)
    before = latest(project.published)
    publish(project.published, edition(AS_OF + timedelta(days=1)))
    sync(project, NOW)
    shutil.rmtree(before.path)
    assert sync(project, NOW)[0].changed["copies_taken_away"] == 0
    assert forget(project, EVE, NOW + timedelta(hours=1)).held == ("share",)
    later = NOW + timedelta(hours=2)
    assert rehearse(project, later)[0].changed["copies_taken_away"] == 1
    assert sync(project, later)[0].changed["copies_taken_away"] == 1
    assert list(naming(tmp_path / "out", EVE, MAIL)) == []
    assert rehearse(project, later)[0].changed == {"files": 0, "copies_taken_away": 0}


def test_who_is_forgotten_during_a_sync_gets_a_receipt_that_names_all_who_may_hold_them(shop, receiver, hook, tmp_path):
    project = go_to(shop, hook, SHARE % (tmp_path / "out"))
    sync(project, NOW, ["share"], environ=SECRETS)
    with FileLock(shop / f"{OUTBOX}.lock"):
        receipt = forget(project, EVE, NOW)
    assert receipt.held == ("hook", "share")
    assert list(receipts(shop / RECEIPTS)) == [receipt]
    assert receiver.ids == []


def diagnosed(shop, about):
    """What the doctor says of one thing."""
    return [one.sentence for group in diagnose(shop, NOW) for one in group.findings if one.about == about]


def test_doctor_says_what_each_destination_lacks(shop, receiver, hook):
    go_to(shop, hook)
    assert [sentence[:40] for sentence in diagnosed(shop, "destination hook")] == [
        "Expected the secret of destination hook ",
        "It was last told of nothing, not of the ",
    ]
    receiver.refusing = (EVE,)
    project = go_to(shop, hook)
    sync(project, NOW, environ=SECRETS)
    assert "It refused 1 rows." in diagnosed(shop, "destination hook")
    (shop / OUTBOX).write_text("something else", encoding="utf-8")
    (said,) = diagnosed(shop, "outbox")
    assert "to be an outbox, but it is damaged" in said


def test_a_mistake_of_ours_is_raised_once_the_others_were_told(shop, receiver, hook):
    project = go_to(shop, HOOK.replace('name = "hook"', 'name = "first"') % "https://hook.example", hook)

    class Clock(SimulatedClock):
        """A clock that fails at the first request, which is not to happen and may."""

        def now(self):
            if not receiver.ids and not self.slept:
                self.slept.append(0)
                raise ZeroDivisionError
            return super().now()

    with pytest.raises(ZeroDivisionError):
        sync(project, NOW, environ=SECRETS, clock=Clock())
    assert receiver.of("ann")["profile"]["segcast_loyal"] is True
