"""The list of a segment: its columns, its order, and text that no spreadsheet runs."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.publish.edition import DataFacts, Edition, ShopFacts
from pipeline.publish.lists import member_list
from pipeline.publish.spreadsheet import write_csv
from pipeline.segments.audiences.deciding import Audiences
from pipeline.segments.membership import SCHEMA, Memberships
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment

AS_OF = datetime(2010, 9, 10, 23, 30, tzinfo=UTC)
AT_RISK = Segment(name="risky", when="churn_probability >= 0.3", best_first="value_at_stake")
VIP = Segment(name="vip", when="revenue_365d > 100")


@pytest.fixture
def edition() -> Edition:
    profiles = pa.table(
        {
            "customer_id": ["a", "b", "c", "=d"],
            "revenue_365d": [500.0, 50.0, 900.0, 10.0],
            "churn_probability": [0.61234567, 0.8, 0.3, 0.95],
            "value_at_stake": [75.499, 10.005, None, 10.005],
            "churn_band": ["high", "high", "medium", "high"],
            "churn_reason_1": ["-3 orders", "@now", "No order for 9 days", None],
            "churn_reason_2": pa.array([None, "+1", None, None], pa.string()),
        },
    )
    memberships = [
        ("=d", "risky", "predicted", AS_OF, 0.95, False),
        ("a", "risky", "predicted", AS_OF, 0.61234567, False),
        ("b", "risky", "predicted", AS_OF, 0.8, True),
        ("c", "risky", "predicted", AS_OF, 0.3, False),
        ("a", "vip", "rule", AS_OF, None, False),
        ("c", "vip", "rule", AS_OF, None, False),
    ]
    members = pa.Table.from_pylist([dict(zip(SCHEMA.names, row, strict=True)) for row in memberships], SCHEMA)
    return Edition(
        as_of=AS_OF,
        shop=ShopFacts("Shop", "Europe/London", "GBP"),
        segments=(AT_RISK, VIP),
        profiles=Profiles(AS_OF, profiles),
        memberships=Memberships(AS_OF, members),
        previous=None,
        contacts=pa.table({"customer_id": ["b", "a"], "email": ["b@example.org", "a@example.org"]}),
        models=(),
        data=DataFacts(1, None, None, 0, 0),
    )


def rows(edition: Edition, segment: Segment, path: Path) -> list[dict[str, str]]:
    write_csv(member_list(edition, segment), path)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_list_has_these_columns_in_this_order(edition: Edition, tmp_path: Path) -> None:
    write_csv(member_list(edition, AT_RISK), tmp_path / "list.csv")
    header = (tmp_path / "list.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == (
        "customer_id,email,score,risk_band,value_at_stake,reason_1,reason_2,reason_3,also_in,since,held_out,"
        "contact,why_not"
    )


def test_the_best_come_first_ties_by_score_and_unknown_amounts_last(edition: Edition) -> None:
    assert member_list(edition, AT_RISK)["customer_id"].to_pylist() == ["a", "=d", "b", "c"]


def test_a_rule_without_scores_is_ordered_by_its_best_first_column(edition: Edition) -> None:
    assert member_list(edition, VIP)["customer_id"].to_pylist() == ["c", "a"]


def test_a_row_says_how_likely_how_much_why_and_whom_else_it_concerns(edition: Edition, tmp_path: Path) -> None:
    assert rows(edition, AT_RISK, tmp_path / "list.csv")[0] == {
        "customer_id": "a",
        "email": "a@example.org",
        "score": "0.6123",
        "risk_band": "high",
        "value_at_stake": "75.50",
        "reason_1": "'-3 orders",
        "reason_2": "",
        "reason_3": "",
        "also_in": "vip",
        "since": "2010-09-11",
        "held_out": "false",
        "contact": "",
        "why_not": "",
    }


def test_a_row_says_whether_a_campaign_may_contact_and_why_not(edition: Edition) -> None:
    told = pa.table(
        {
            "customer_id": ["=d", "a", "b", "a"],
            "audience": ["risky", "risky", "risky", "vip"],
            "included": [True, True, False, False],
            "reason": [None, None, "bought 2 days ago", "left to risky"],
            "left_out_by": [None, None, "recent_buyer", "excluded"],
        }
    )
    decided = replace(edition, audiences=Audiences(AS_OF, told))
    shown = ["customer_id", "contact", "why_not"]
    risky, vip = (member_list(decided, segment).select(shown) for segment in (AT_RISK, VIP))
    assert [tuple(row.values()) for row in risky.to_pylist()] == [
        ("a", True, None),
        ("=d", True, None),
        ("b", False, "bought 2 days ago"),
        ("c", None, None),
    ]
    assert [tuple(row.values()) for row in vip.to_pylist()] == [("c", None, None), ("a", False, "left to risky")]


def test_formulas_are_neutralised_in_every_text_column(edition: Edition, tmp_path: Path) -> None:
    read = {row["customer_id"]: row for row in rows(edition, AT_RISK, tmp_path / "list.csv")}
    assert "'=d" in read
    assert (read["b"]["reason_1"], read["b"]["reason_2"]) == ("'@now", "'+1")
    assert read["c"]["reason_1"] == "No order for 9 days"


def test_an_address_is_given_only_where_a_contact_is(edition: Edition, tmp_path: Path) -> None:
    emails = {row["customer_id"]: row["email"] for row in rows(edition, AT_RISK, tmp_path / "list.csv")}
    assert emails == {"a": "a@example.org", "b": "b@example.org", "c": "", "'=d": ""}


def test_no_contacts_at_all_leave_the_column_empty(edition: Edition) -> None:
    nobody = pa.table({"customer_id": pa.array([], pa.string()), "email": pa.array([], pa.string())})
    assert member_list(replace(edition, contacts=nobody), AT_RISK)["email"].null_count == 4


def test_a_segment_without_members_is_a_header(edition: Edition, tmp_path: Path) -> None:
    empty = replace(edition, memberships=replace(edition.memberships, table=SCHEMA.empty_table()))
    assert rows(empty, AT_RISK, tmp_path / "list.csv") == []
    assert (tmp_path / "list.csv").read_text(encoding="utf-8").startswith("customer_id,email,score")
