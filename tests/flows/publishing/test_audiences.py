"""Whom a campaign may contact, from a small simulated shop's files to the command line."""

import csv
import json
import shutil
from collections import Counter
from datetime import datetime, timedelta

import pyarrow.parquet as pq
import pytest

from flows.demo import ARRIVED, END, make_shop
from flows.ingesting import ingest
from flows.project import open_project
from flows.publishing.pressing import press
from flows.publishing.published_audiences import explain_member
from flows.segmenting.scoring import score
from pipeline.errors import SettingsError
from pipeline.events.tables import CUSTOMERS

SEGMENTS = "- name: ordered\n  when: orders_lifetime >= 1\n  holdout: 0.2\n"
FILE = """
- name: win_back
  title: Come back
  include: [ordered, lapsed]
  exclude: [vip, new]
  recent_buyers: 14 days
  frequency_cap: {contacts: 2, within: 40 days}
- name: by_text
  include: [lapsed]
  consent: sms
- name: more_held_out
  include: [lapsed]
  exclude: []
  holdout: 0.5
"""
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop of 300 customers with audiences of its own, published twice, without any model."""
    folder = tmp_path_factory.mktemp("audiences")
    make_shop(folder, 300, seed=5)
    (folder / "segments.yaml").write_text(SEGMENTS, encoding="utf-8")
    (folder / "audiences.yaml").write_text(FILE, encoding="utf-8")
    project = open_project(folder)
    ingest(project, ARRIVED)
    for moment in (END - WEEK, END):
        press(project, score(project, moment))
    return folder


@pytest.fixture
def project(shop):
    return open_project(shop)


@pytest.fixture
def published(project):
    """The latest publication's folder."""
    return project.published / (project.published / "LATEST").read_text(encoding="utf-8").strip()


def decisions(published, name):
    table = pq.read_table(published / "audiences.parquet", filters=[("audience", "=", name)])
    return {row["customer_id"]: row for row in table.to_pylist()}


def members(published, *segments):
    table = pq.read_table(published / "memberships.parquet").to_pylist()
    return {row["customer_id"] for row in table if row["segment"] in segments}


class Oracle:
    """What speaks against contacting somebody, read naively from the log and the tables beside it."""

    def __init__(self, project, published):
        events = project.history(END).events
        told = events.filter(events.event_type.isin(["order_placed", "email_delivered"])).to_pyarrow().to_pylist()
        self.orders = {row["customer_id"]: [] for row in told}
        self.mails = {row["customer_id"]: [] for row in told}
        for row in told:
            own = self.orders if row["event_type"] == "order_placed" else self.mails
            own[row["customer_id"]].append(row["occurred_at"])
        words = sorted(project.store.consents(END).to_pyarrow().to_pylist(), key=lambda word: word["occurred_at"])
        before = [word for word in words if word["occurred_at"] < END and word["received_at"] < END]
        self.agreed = {(word["customer_id"], word["purpose"]): word["granted"] for word in before}
        people = project.store.read(CUSTOMERS).to_pyarrow().to_pylist()
        self.addressed = {one["customer_id"] for one in people if one["email"] and one["received_at"] < END}
        self.segments = {name: members(published, name) for name in ("vip", "new")}
        rows = pq.read_table(published / "memberships.parquet").to_pylist()
        self.held_out = {
            row["customer_id"] for row in rows if row["held_out"] and row["segment"] in {"ordered", "lapsed"}
        }

    def reason(self, customer):
        for name in ("vip", "new"):
            if customer in self.segments[name]:
                return f"excluded segment {name}"
        last = max(self.orders.get(customer, []), default=None)
        if last is not None and last >= END - timedelta(days=14):
            days = (END - last) // timedelta(days=1)
            return "bought " + {0: "less than a day", 1: "1 day"}.get(days, f"{days} days") + " ago"
        times = sum(moment >= END - timedelta(days=40) for moment in self.mails.get(customer, []))
        if times >= 2:
            return f"contacted {times} times in the last 40 days"
        if not self.agreed.get((customer, "email")):
            return "no consent to e-mail"
        if customer not in self.addressed:
            return "no e-mail address"
        return "held out" if customer in self.held_out else None


def test_every_reason_is_the_one_that_a_naive_reading_of_the_log_gives(project, published):
    oracle = Oracle(project, published)
    found = decisions(published, "win_back")
    assert found.keys() == members(published, "ordered", "lapsed")
    assert {customer: row["reason"] for customer, row in found.items()} == {
        customer: oracle.reason(customer) for customer in found
    }
    rules = {row["left_out_by"] for row in found.values()}
    assert rules >= {None, "excluded", "recent_buyer", "frequency_cap", "no_consent", "held_out"}


def test_the_sums_add_up_for_every_audience(published):
    rows = pq.read_table(published / "audiences.parquet").to_pylist()
    counts = Counter((row["audience"], row["left_out_by"]) for row in rows)
    with (published / "audiences.csv").open(encoding="utf-8", newline="") as file:
        sheet = list(csv.DictReader(file))
    assert len(sheet) > 20
    for row in sheet:
        _, _, total, contact, *left_out = row
        assert int(row[total]) == int(row[contact]) + sum(int(row[name]) for name in left_out)
        assert int(row[contact]) == counts[row["audience"], None]
        assert all(int(row[name]) == counts[row["audience"], name] for name in left_out)


def test_an_audience_and_the_list_of_its_segment_hold_out_the_same(published):
    with (published / "lists" / "lapsed.csv").open(encoding="utf-8", newline="") as file:
        listed = {row["customer_id"]: row["held_out"] == "true" for row in csv.DictReader(file)}
    found, more = decisions(published, "lapsed"), decisions(published, "more_held_out")
    assert found.keys() == listed.keys()
    assert not any(row["included"] and listed[customer] for customer, row in found.items())
    out = {customer for customer, row in found.items() if row["left_out_by"] == "held_out"}
    assert out
    assert out < {customer for customer, row in more.items() if row["left_out_by"] == "held_out"}


def test_nobody_on_any_audience_lacks_consent(project, published):
    oracle = Oracle(project, published)
    rows = pq.read_table(published / "audiences.parquet").to_pylist()
    purpose = {"by_text": "sms"}
    contacted = [row for row in rows if row["included"]]
    assert contacted
    assert all(oracle.agreed.get((row["customer_id"], purpose.get(row["audience"], "email"))) for row in contacted)


def test_publishing_again_gives_the_same_bytes(shop, tmp_path, published):
    again = open_project(shutil.copytree(shop, tmp_path / "own"))
    first = {name: (published / name).read_bytes() for name in ("audiences.parquet", "audiences.csv")}
    shutil.rmtree(again.published / published.name)
    (before,) = again.published.glob("2026-*")
    (again.published / "LATEST").write_text(before.name, encoding="utf-8")
    publication = press(again, score(again, END))
    assert {name: (publication.path / name).read_bytes() for name in first} == first


def test_the_command_counts_by_reason(segcast, shop, published):
    told = json.loads(segcast("audience", "win_back", "--project", shop, "--json").out)
    found = decisions(published, "win_back")
    assert (told["members"], told["title"]) == (len(found), "Come back")
    assert told["contact"] == sum(row["included"] for row in found.values())
    assert told["left_out"] == Counter(row["left_out_by"] for row in found.values() if row["left_out_by"])
    said = segcast("audience", "win_back", "--project", shop)
    assert "to be contacted" in said.out
    assert "left out: no consent" in said.out


def test_the_command_lists_all_audiences(segcast, shop):
    told = json.loads(segcast("audience", "--project", shop, "--json").out)
    assert {"win_back", "lapsed", "by_text"} <= {row["audience"] for row in told}
    assert all(isinstance(row["members"], int) for row in told)
    assert "win_back" in segcast("audience", "--project", shop).out


def test_the_command_explains_each_reason_in_a_sentence(segcast, shop, published):
    found = decisions(published, "win_back")
    one = {row["left_out_by"]: row for row in found.values()}
    for row in one.values():
        told = json.loads(
            segcast("audience", "win_back", "--explain", row["customer_id"], "--project", shop, "--json").out
        )
        assert (told["included"], told["reason"], told["member"]) == (row["included"], row["reason"], True)
        said = segcast("audience", "win_back", "--explain", row["customer_id"], "--project", shop)
        assert said.out.strip() == told["explanation"]
    recent = one["recent_buyer"]
    said = segcast("audience", "win_back", "--explain", recent["customer_id"], "--project", shop).out
    assert said == f"Not contacted: {recent['reason']}; the audience leaves out who bought in the last 14 days.\n"
    said = segcast("audience", "win_back", "--explain", one[None]["customer_id"], "--project", shop).out
    assert said.startswith("To be contacted: a member of ordered or lapsed who agreed to e-mail")


def test_who_is_no_member_and_who_is_nobody_is_told_clearly(segcast, shop, published):
    others = set(pq.read_table(published / "predictions.parquet")["customer_id"].to_pylist())
    outside = min(others - decisions(published, "win_back").keys())
    said = segcast("audience", "win_back", "--explain", outside, "--project", shop)
    assert said.code == 0
    assert said.out.startswith("Not in this audience: it is made of the members of ordered or lapsed")
    said = segcast("audience", "win_back", "--explain", "secret@example.com", "--project", shop)
    assert said.code == 2
    assert "Expected a customer known before 2026-07-01 00:00, got an id that is not." in said.err
    assert "secret" not in said.err


def test_a_past_publication_is_read_by_its_moment(segcast, shop):
    week_ago = (END - WEEK).isoformat()
    then = json.loads(segcast("audience", "lapsed", "--as-of", week_ago, "--project", shop, "--json").out)
    now = json.loads(segcast("audience", "lapsed", "--project", shop, "--json").out)
    assert datetime.fromisoformat(then["as_of"]) == END - WEEK
    assert datetime.fromisoformat(now["as_of"]) == END
    said = segcast("audience", "lapsed", "--as-of", "2020-01-01", "--project", shop)
    assert said.code == 2
    assert "Expected a publication of 2020-01-01 00:00 or before" in said.err


def test_unknown_audiences_and_those_left_out_are_told_apart(segcast, shop):
    said = segcast("audience", "win_bak", "--project", shop)
    assert said.code == 2
    assert 'got "win_bak". Did you mean "win_back"?' in said.err
    said = segcast("audience", "predicted_at_risk", "--project", shop)
    assert said.code == 2
    assert "but it was left out: there is no churn_probability: No churn model was trained yet" in said.err
    assert segcast("audience", "--explain", "C1", "--project", shop).code == 2


def test_a_mistake_in_the_file_is_told_before_any_work(corner_shop):
    (corner_shop / "audiences.yaml").write_text("- name: a\n  include: [lapsd]\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r'audience a, include: expected a segment, got "lapsd"\. Did you'):
        open_project(corner_shop)


def test_a_shop_that_logs_orders_alone_says_what_it_cannot_ask(corner_shop):
    (corner_shop / "segcast.toml").write_text(
        (corner_shop / "segcast.toml").read_text() + '\n[audiences]\nrecent_buyers = "14 days"\nquiet = "none"\n'
    )
    moment = END - timedelta(days=120)
    project = open_project(corner_shop)
    ingest(project, moment)
    publication = press(project, score(project, moment))
    assert publication.manifest["audiences"]["lapsed"]["notes"][-3:] == [
        "This shop logs no email_delivered, so there is no frequency cap.",
        "No answer about e-mail is recorded, so there is nobody to contact.",
        "No e-mail address is kept here, so nobody is left out for want of one.",
    ]
    bob = explain_member(publication, "new", "bob")
    assert bob["reason"] == "bought 11 days ago"
    assert bob["explanation"].endswith("the audience leaves out who bought in the last 14 days.")
    assert not any(decision["included"] for decision in decisions(publication.path, "lapsed").values())
