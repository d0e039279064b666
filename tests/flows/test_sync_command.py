"""The commands that tell destinations, as a shell sees them: a shop with three customers and a receiver of webhooks."""

import json
import shutil

import pyarrow as pa
import pytest

from flows.ingesting import ingest
from flows.night.runs import last_run
from flows.project import open_project
from flows.publishing.pressing import press
from flows.segmenting.scoring import score
from pipeline.events.tables import CONSENTS, CUSTOMERS
from tests.flows.corner_shop import write_corner_shop
from tests.loopback import Reply, serving
from tests.rows import AS_OF, days_before

TONIGHT = ("--as-of", f"{AS_OF:%Y-%m-%d}")
HOOK = """
[[destinations]]
name = "hook"
to = "webhook"
url = "%s"
secret = "HOOK_SECRET"
properties = []
segments = ["lapsed"]
"""
SHARE = """
[[destinations]]
name = "share"
to = "files"
path = "share"
"""


class Receiver:
    def __init__(self):
        self.rows, self.refusing = [], {}

    def __call__(self, request):
        self.rows += [row for row in request.json["rows"] if row["customer_id"] not in self.refusing]
        return Reply(json={"rejected": self.refusing})


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The corner shop with a publication; Ann and Eve agreed to e-mail."""
    folder = write_corner_shop(tmp_path_factory.mktemp("corner"))
    project, then = open_project(folder), days_before(300)
    for contract, told in ((CUSTOMERS, {}), (CONSENTS, {"purpose": "email", "granted": True, "occurred_at": then})):
        blank = {**dict.fromkeys(contract.columns), "received_at": then, **told}
        rows = [blank | {"customer_id": who} for who in ("ann", "eve")]
        mailed = [
            row | {"email": f"{row['customer_id']}@example.org"} if contract is CUSTOMERS else row for row in rows
        ]
        project.store.append(contract, pa.Table.from_pylist(mailed, schema=contract.schema))
    ingest(project, AS_OF)
    press(project, score(project, AS_OF))
    return folder


@pytest.fixture
def shop(published, receiver, monkeypatch, tmp_path):
    """A copy of it that goes to a folder and a receiver, neither of which was told of anything yet."""
    monkeypatch.setenv("HOOK_SECRET", "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ=")
    own = shutil.copytree(published, tmp_path / "shop")
    with serving(receiver) as standing:
        with (own / "segcast.toml").open("a", encoding="utf-8") as file:
            file.write(SHARE + HOOK % standing.url)
        yield own


def test_a_run_publishes_and_tells_every_destination(segcast, shop, receiver):
    said = segcast("run", "--project", shop, *TONIGHT)
    assert said.code == 0, said.err
    assert {row["customer_id"]: row["values"] for row in receiver.rows} == {
        "ann": {"segcast_lapsed": False},
        "eve": {"segcast_lapsed": True},
    }
    assert (shop / "share" / "LATEST").read_text() == (shop / "published" / "LATEST").read_text()
    assert "hook" in said.out
    assert "hook, profile: 1 withheld: no consent" in said.out


def test_what_fails_shows_in_words_and_in_the_exit_code_and_the_publication_stands(
    segcast, shop, receiver, monkeypatch
):
    monkeypatch.delenv("HOOK_SECRET")
    said = segcast("run", "--project", shop, *TONIGHT, "--json")
    assert said.code == 2
    told = json.loads(said.out)
    assert (shop / "published" / told["publication"] / "manifest.json").exists()
    share, hook = told["destinations"]
    assert (share["problem"], share["changed"]["files"] > 0) == (None, True)
    assert "HOOK_SECRET, which is not set" in hook["problem"]
    record = last_run(shop)
    assert json.loads(json.dumps(record.destinations)) == told["destinations"]
    assert "Last night, hook was not told to the end: Expected the secret" in segcast("status", "--project", shop).out
    said = segcast("sync", "--project", shop)
    assert said.code == 2
    assert "hook: Expected the secret" in said.err
    monkeypatch.setenv("HOOK_SECRET", "another")
    assert segcast("sync", "--project", shop, "--to", "hook").code == 0
    assert len(receiver.rows) == 2


def test_a_dry_run_shows_each_customer_before_and_after_and_no_address(segcast, shop, receiver, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert segcast("sync", "--project", shop).code == 0
    receiver.rows.clear()
    path = shop / "segcast.toml"
    path.write_text(path.read_text().replace('"lapsed"]', '"lapsed", "one_time"]'), encoding="utf-8")
    said = segcast("sync", "--project", shop, "--dry-run")
    assert said.code == 0
    assert "segcast_one_time null → true" in said.out
    assert "@" not in said.out
    (hook,) = (one for one in json.loads(segcast("sync", "--project", shop, "--dry-run", "--json").out) if one["parts"])
    assert {row["customer_id"]: row["after"] for row in hook["parts"][0]["rows"]} == {
        "ann": {"segcast_one_time": False},
        "eve": {"segcast_one_time": True},
    }
    assert receiver.rows == []


def test_destinations_shows_what_is_held_and_what_was_refused(segcast, shop, receiver):
    assert "not told of anything" not in segcast("destinations", "--project", shop).out
    receiver.refusing = {"eve": "no such customer"}
    assert segcast("sync", "--project", shop).code == 0
    share, hook = json.loads(segcast("destinations", "--project", shop, "--json").out)
    assert (share["name"], share["told_of"]) == ("share", hook["told_of"])
    assert hook["parts"] == [{"part": "profile", "holds": 1, "refused": 1}]
    (refusal,) = json.loads(segcast("destinations", "--project", shop, "--refused", "--json").out)
    assert (refusal["customer_id"], refusal["reason"], refusal["attempts"]) == ("eve", "no such customer", 1)
    assert "no such customer" in segcast("destinations", "--project", shop, "--refused").out
    receiver.refusing = {}
    assert segcast("sync", "--project", shop).code == 0
    assert json.loads(segcast("destinations", "--project", shop, "--refused", "--json").out) == []
    path = shop / "segcast.toml"
    path.write_text(path.read_text().partition('\n[[destinations]]\nname = "hook"')[0], encoding="utf-8")
    assert "hook is not in segcast.toml any more" in segcast("destinations", "--project", shop).out


def test_a_shop_without_destinations_has_nothing_to_tell(segcast, corner_shop):
    said = segcast("sync", "--project", corner_shop)
    assert (said.code, said.out) == (0, "")
    assert "names no destinations" in said.err
    assert "names no destinations" in segcast("destinations", "--project", corner_shop).out
