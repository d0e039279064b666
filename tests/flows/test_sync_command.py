"""The commands that tell destinations, as a shell sees them: a shop with three customers and a receiver of webhooks."""

import json

import pyarrow as pa
import pytest

from flows.project import open_project
from pipeline.events.tables import CONSENTS, CUSTOMERS
from tests.loopback import Reply, serving
from tests.rows import days_before

AS_OF = ("--as-of", "2026-03-01")
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


@pytest.fixture
def shop(corner_shop, receiver, monkeypatch):
    """The corner shop that goes to a folder and a receiver; Ann and Eve agreed to e-mail."""
    monkeypatch.setenv("HOOK_SECRET", "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ=")
    store, then = open_project(corner_shop).store, days_before(300)
    for contract, told in ((CUSTOMERS, {}), (CONSENTS, {"purpose": "email", "granted": True, "occurred_at": then})):
        blank = {**dict.fromkeys(contract.columns), "received_at": then, **told}
        rows = [blank | {"customer_id": who} for who in ("ann", "eve")]
        mailed = [
            row | {"email": f"{row['customer_id']}@example.org"} if contract is CUSTOMERS else row for row in rows
        ]
        store.append(contract, pa.Table.from_pylist(mailed, schema=contract.schema))
    with serving(receiver) as standing:
        with (corner_shop / "segcast.toml").open("a", encoding="utf-8") as file:
            file.write(SHARE + HOOK % standing.url)
        yield corner_shop


def test_a_run_publishes_and_tells_every_destination(segcast, shop, receiver):
    said = segcast("run", "--project", shop, *AS_OF)
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
    said = segcast("run", "--project", shop, *AS_OF, "--json")
    assert said.code == 2
    told = json.loads(said.out)
    assert (shop / "published" / told["publication"] / "manifest.json").exists()
    share, hook = told["destinations"]
    assert (share["problem"], share["changed"]["files"] > 0) == (None, True)
    assert "HOOK_SECRET, which is not set" in hook["problem"]
    said = segcast("sync", "--project", shop)
    assert said.code == 2
    assert "hook: Expected the secret" in said.err
    monkeypatch.setenv("HOOK_SECRET", "another")
    assert segcast("sync", "--project", shop, "--to", "hook").code == 0
    assert len(receiver.rows) == 2


def test_a_dry_run_shows_each_customer_before_and_after_and_no_address(segcast, shop, receiver, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert segcast("run", "--project", shop, *AS_OF).code == 0
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
    assert segcast("run", "--project", shop, *AS_OF).code == 0
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
