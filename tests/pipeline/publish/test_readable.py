"""Every file of a publication is read as it is meant by pandas, DuckDB and a strict CSV reader."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipeline.publish.dictionary import entry_of, meaning_of
from pipeline.publish.edition import Edition
from pipeline.publish.meanings import COUNT, DATE, MONEY, NUMBER, TEXT, TRUTH
from pipeline.publish.publication import publish
from pipeline.publish.published import Publication
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import SCHEMA, Audiences
from pipeline.segments.membership import Memberships
from pipeline.segments.profiles import Profiles

NASTY = (
    'He said "no", twice; then left',
    "two\nlines",
    "carriage\rreturn",
    "semi;colon, comma\tand tab",
    "=1+1",
    "+49 171",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1",
    "  =cmd|'/c calc'!A1",
    "007",
    "1e5",
    "NULL",
    "Käthe Ünlü 🎁",
    "' quoted",
)
KINDS = {
    TEXT: str,
    COUNT: int,
    NUMBER: float,
    MONEY: float,
    DATE: date.fromisoformat,
    TRUTH: {"true": 1, "false": 0}.get,
}


@pytest.fixture(params=[False, True], ids=["plain", "marked"])
def publication(request: pytest.FixtureRequest, tmp_path: Path, today: Edition) -> Publication:
    """A publication of customers whose ids, addresses and reasons are what nobody would wish for."""
    ids = today.profiles.table["customer_id"].to_pylist()
    odd = dict(zip(ids, NASTY, strict=False))
    renamed = pa.array([odd.get(one, one) for one in ids])
    table = today.profiles.table.set_column(0, "customer_id", renamed)
    reasons = pa.array([odd.get(one, "No order for 9 days") for one in ids])
    table = table.set_column(table.column_names.index("churn_reason_1"), "churn_reason_1", reasons)
    members = today.memberships.table
    named = pa.array([odd.get(one, one) for one in members["customer_id"].to_pylist()])
    memberships = Memberships(today.as_of, members.set_column(0, "customer_id", named), (), today.segments)
    agreed = [{"customer_id": one, "email": f"{one}@example.org"} for one in renamed.to_pylist()[::2]]
    titled = (today.segments[0].model_copy(update={"title": '=HYPERLINK("x"); "VIP"\nnew'}), *today.segments[1:])
    vips = Audience(name="vip", title="@vip; \n", include=("vip",))
    rows = [{"customer_id": "=1+1", "audience": "vip", "included": False, "reason": "-9; days", "left_out_by": "quiet"}]
    edition = replace(
        today,
        profiles=Profiles(today.as_of, table),
        memberships=memberships,
        segments=titled,
        contacts=pa.Table.from_pylist(agreed),
        audiences=Audiences(today.as_of, pa.Table.from_pylist(rows, SCHEMA), (vips,)),
    )
    return publish(tmp_path, edition, byte_order_mark=request.param)


def sheets(publication: Publication) -> list[str]:
    return [name for name in publication.manifest["files"] if name.endswith(".csv")]


def strictly(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_a_strict_reader_finds_every_row_with_every_cell_of_its_kind(publication: Publication) -> None:
    for name in sheets(publication):
        rows = strictly(publication.path / name)
        assert len(rows) == publication.manifest["files"][name]["rows"]
        for row in rows:
            assert None not in row, name
            for column, text in row.items():
                kind = meaning_of(entry_of(name), column).type
                assert text is not None
                assert text == "" or KINDS[kind](text) is not None, (name, column, text)


def test_no_cell_of_any_file_begins_like_a_formula(publication: Publication) -> None:
    for name in sheets(publication):
        texts = [
            (column, text)
            for row in strictly(publication.path / name)
            for column, text in row.items()
            if meaning_of(entry_of(name), column).type == TEXT
        ]
        assert not [one for one in texts if one[1].lstrip(" ").startswith(tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"))]


def test_text_comes_back_as_it_went_but_for_the_apostrophe(publication: Publication) -> None:
    members = pq.read_table(publication.path / "memberships.parquet")
    for name in ("at_risk", "predicted_at_risk", "one_time"):
        there = set(members.filter(pc.field("segment") == name)["customer_id"].to_pylist())
        rows = strictly(publication.path / "lists" / f"{name}.csv")
        assert {row["customer_id"] for row in rows} <= there | {f"'{one}" for one in there}
        assert len(rows) == len(there)


def test_pandas_reads_the_types_that_are_meant(publication: Publication) -> None:
    members = pq.read_table(publication.path / "memberships.parquet")
    for name in ("at_risk", "predicted_at_risk"):
        path = publication.path / "lists" / f"{name}.csv"
        table = pd.read_csv(path, dtype={"customer_id": str}, keep_default_na=False, na_values={"score": [""]})
        assert next(iter(table.columns)) == "customer_id"
        assert len(table) == members.filter(pc.field("segment") == name).num_rows
        assert table["held_out"].dtype == bool
        assert table["value_at_stake"].dtype == float
        assert pd.to_datetime(table["since"]).notna().all()
    read = pd.read_parquet(publication.path / "memberships.parquet")
    assert str(read["since"].dtype) == "datetime64[us, UTC]"
    assert read["held_out"].dtype == bool
    assert set(NASTY) & set(pd.read_parquet(publication.path / "predictions.parquet")["customer_id"]) == set(NASTY)


def test_duckdb_reads_the_types_that_are_meant(publication: Publication) -> None:
    engine = duckdb.connect()
    for name in sheets(publication):
        path = publication.path / name
        rows = engine.read_csv(str(path), all_varchar=True, strict_mode=True).fetchall()
        assert len(rows) == publication.manifest["files"][name]["rows"], name
    listed = engine.read_csv(
        str(publication.path / "lists" / "predicted_at_risk.csv"), dtype={"customer_id": "VARCHAR"}
    )
    kinds = dict(zip(listed.columns, map(str, listed.types), strict=True))
    assert next(iter(kinds)) == "customer_id"
    assert (kinds["score"], kinds["value_at_stake"]) == ("DOUBLE", "DOUBLE")
    assert (kinds["since"], kinds["held_out"]) == ("DATE", "BOOLEAN")
    members = engine.read_parquet(str(publication.path / "memberships.parquet"))
    assert "TIMESTAMP WITH TIME ZONE" in map(str, members.types)
