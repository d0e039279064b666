"""The audiences of a publication: in its folder, in its manifest, and read back."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.errors import PublicationError
from pipeline.events.person import Person
from pipeline.publish.audiences import audience_facts, audience_sheet, published_audience
from pipeline.publish.edition import Edition
from pipeline.publish.publication import latest, publish
from pipeline.publish.redact import redact
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import decide_audiences
from pipeline.segments.audiences.reach import LAST_ORDER, Reach
from pipeline.segments.audiences.read import load_audiences
from pipeline.segments.audiences.rules import RULES

AT = datetime(2010, 9, 11, 12, tzinfo=UTC)
Told = Callable[[Edition], Edition]


def with_audiences(edition: Edition, rename: tuple[str, str] | None = None) -> Edition:
    """The edition with its audiences decided: two in three agreed to e-mail, a tenth bought of late."""
    table = edition.memberships.table
    if rename is not None:
        ids = pc.if_else(pc.equal(table["customer_id"], rename[0]), rename[1], table["customer_id"])
        table = table.set_column(0, "customer_id", ids)
    memberships = replace(edition.memberships, table=table)
    customers = pc.unique(table["customer_id"].combine_chunks()).sort()
    days = np.where(np.arange(len(customers)) % 10 == 0, 2.0, np.nan)
    agreed = {"email": np.arange(len(customers)) % 3 > 0}
    reach = Reach(customers, {LAST_ORDER: days}, agreed)
    asked = load_audiences(Path("none.yaml"), edition.segments)
    both = Audience(name="both", include=("vip", "at_risk"), recent_buyers=timedelta(days=14), frequency_cap=None)
    audiences = decide_audiences((*asked, both), edition.segments, memberships, reach)
    return replace(edition, memberships=memberships, audiences=audiences)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_publication_holds_its_audiences_and_their_checksums(tmp_path: Path, today: Edition) -> None:
    publication = publish(tmp_path, with_audiences(today))
    table = pq.ParquetFile(publication.path / "audiences.parquet").read()
    sheet = rows(publication.path / "audiences.csv")
    files = publication.manifest["files"]
    assert files["audiences.parquet"]["rows"] == table.num_rows
    assert files["audiences.csv"]["rows"] == len(sheet) == len(today.segments) + 1
    assert table.column_names == ["customer_id", "audience", "included", "reason", "left_out_by"]
    assert list(sheet[0]) == ["audience", "title", "members", "contact", *RULES]


def test_the_sheet_adds_up_to_the_members_of_each_segment(tmp_path: Path, today: Edition) -> None:
    edition = with_audiences(today)
    sheet = {row["audience"]: row for row in rows(publish(tmp_path, edition).path / "audiences.csv")}
    for segment in edition.segments:
        row = sheet[segment.name]
        assert int(row["members"]) == edition.memberships.of(segment.name).num_rows
        assert int(row["members"]) == sum(int(row[name]) for name in ("contact", *RULES))
    members = [int(row["members"]) for row in sheet.values()]
    assert members == sorted(members, reverse=True)
    assert int(sheet["predicted_at_risk"]["held_out"]) > 0
    assert int(sheet["predicted_at_risk"]["excluded"]) >= 0


def test_the_list_and_the_audience_of_a_segment_hold_out_the_same(today: Edition) -> None:
    edition = with_audiences(today)
    listed = edition.memberships.of("predicted_at_risk")
    held_out = listed.filter(listed["held_out"])["customer_id"].to_pylist()
    own = edition.audiences.of("predicted_at_risk")
    assert held_out
    assert not own.filter(pc.and_(own["included"], pc.is_in(own["customer_id"], pa.array(held_out)))).num_rows


def test_the_same_edition_gives_the_same_bytes_in_any_order_of_rows(tmp_path: Path, today: Edition) -> None:
    backwards = today.memberships.table.take(pa.array(range(today.memberships.table.num_rows - 1, -1, -1)))
    turned = replace(today, memberships=replace(today.memberships, table=backwards))
    (tmp_path / "other").mkdir()
    one = publish(tmp_path, with_audiences(today))
    other = publish(tmp_path / "other", with_audiences(turned))
    for name in ("audiences.parquet", "audiences.csv"):
        assert (one.path / name).read_bytes() == (other.path / name).read_bytes()


def test_an_edition_without_audiences_has_no_files_of_them(tmp_path: Path, today: Edition) -> None:
    publication = publish(tmp_path, today)
    assert not list(publication.path.glob("audiences*"))
    with pytest.raises(PublicationError, match='got "vip"'):
        published_audience(publication, "vip")


def test_an_audience_is_read_back_as_it_was_decided(tmp_path: Path, today: Edition) -> None:
    edition = with_audiences(today)
    publication = publish(tmp_path, edition)
    for audience in edition.audiences.decided:
        found = published_audience(publication, audience.name)
        assert found.definition == audience
        assert found.notes == edition.audiences.notes[audience.name]
        assert found.table.to_pylist() == edition.audiences.of(audience.name).to_pylist()
        assert found.contact + sum(found.left_out.values()) == found.table.num_rows
        facts = publication.manifest["audiences"][audience.name]
        assert facts["definition_version"] == audience.definition_version


def test_one_members_decision_is_found_and_nobody_elses(tmp_path: Path, today: Edition) -> None:
    edition = with_audiences(today)
    found = published_audience(publish(tmp_path, edition), "both")
    for row in edition.audiences.of("both").slice(0, 5).to_pylist():
        assert found.decision(row["customer_id"]) == row
    assert found.decision("nobody") is None


def test_an_audience_that_was_left_out_says_why_and_a_misspelt_one_which(tmp_path: Path, unpredicted: Edition) -> None:
    publication = publish(tmp_path, with_audiences(unpredicted))
    with pytest.raises(PublicationError, match="but it was left out: there is no churn_probability yet"):
        published_audience(publication, "predicted_at_risk")
    with pytest.raises(PublicationError, match=r'got "one_tme"\. Did you mean "one_time"\?'):
        published_audience(publication, "one_tme")
    assert "predicted_at_risk" not in {row["audience"] for row in rows(publication.path / "audiences.csv")}


def test_the_manifest_tells_the_audiences_as_they_are_written_in_their_file(today: Edition) -> None:
    facts = audience_facts(with_audiences(today).audiences)
    assert json.loads(json.dumps(facts))["both"]["definition"] == {
        "name": "both",
        "title": "Both",
        "include": ["vip", "at_risk"],
        "exclude": [],
        "recent_buyers": "14 days",
        "frequency_cap": None,
        "quiet": None,
        "consent": "email",
        "holdout": None,
        "owner": "",
    }
    assert facts["vip"]["definition"]["frequency_cap"] == {"contacts": 4, "within": "7 days", "channel": None}


def test_an_audience_of_nobody_stands_in_the_sheet(today: Edition) -> None:
    empty = replace(today.memberships, table=today.memberships.table.slice(0, 0))
    sheet = audience_sheet(with_audiences(replace(today, memberships=empty)).audiences).to_pylist()
    assert {row["members"] for row in sheet} == {0}
    assert len(sheet) == len(today.segments) + 1


@pytest.mark.parametrize("own", ["12", "=1+2", "held out", "vip", "c-1000", "excluded segment vip"])
def test_whoever_is_forgotten_leaves_every_audience_and_nobody_else_does(
    tmp_path: Path, today: Edition, own: str
) -> None:
    somebody = today.memberships.of("predicted_at_risk")["customer_id"][0].as_py()
    edition = with_audiences(today, rename=(somebody, own))
    before = publish(tmp_path, edition)
    told = pq.ParquetFile(before.path / "audiences.parquet").read()
    sheet = (before.path / "audiences.csv").read_bytes()
    redact(tmp_path, Person(frozenset({own})), AT)
    after = latest(tmp_path)
    kept = pq.ParquetFile(after.path / "audiences.parquet").read()
    assert kept.to_pylist() == told.filter(pc.field("customer_id") != own).to_pylist()
    assert after.manifest["files"]["audiences.parquet"]["rows"] == kept.num_rows < told.num_rows
    assert (after.path / "audiences.csv").read_bytes() == sheet
    assert after.manifest["audiences"] == before.manifest["audiences"]
