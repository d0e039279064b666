"""CSV for spreadsheets: text is text, money has two decimals, dates are the shop's."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.spreadsheet import harmless, local_date, money, probability, write_csv


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"])
def test_text_that_would_run_gets_an_apostrophe(text: str) -> None:
    assert harmless(pa.table({"cell": [text]}))["cell"].to_pylist() == [f"'{text}"]


@pytest.mark.parametrize("text", ["c-17841", "a=b", "ana@example.org", "", "'=1", "Käthe, “Größe” 2"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(pa.table({"cell": [text]}))["cell"].to_pylist() == [text]


def test_negative_numbers_are_numbers_and_stay(tmp_path: Path) -> None:
    write_csv(pa.table({"amount": money(pa.chunked_array([[-1.005, 1234.5, None]]))}), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()[1:] in (
        ["-1.00", "1234.50", ""],
        ["-1.01", "1234.50", ""],
    )


def test_text_is_utf_8(tmp_path: Path) -> None:
    write_csv(pa.table({"title": ["Überfällig: 60 €"]}), tmp_path / "x.csv")
    assert "Überfällig: 60 €" in (tmp_path / "x.csv").read_bytes().decode("utf-8")


def test_probabilities_have_four_decimals_and_nan_is_null() -> None:
    assert probability(pa.chunked_array([[0.123456, float("nan"), None]])).to_pylist() == [0.1235, None, None]


def test_a_date_is_the_shops_own() -> None:
    moments = pa.chunked_array([pa.array([datetime(2010, 9, 9, 23, 30, tzinfo=UTC), None], pa.timestamp("us", "UTC"))])
    assert local_date(moments, ZoneInfo("Europe/London")).to_pylist() == [date(2010, 9, 10), None]
    assert local_date(moments, ZoneInfo("UTC")).to_pylist() == [date(2010, 9, 9), None]


@given(st.text())
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    cell = harmless(pa.table({"cell": pa.array([text], pa.string())}))["cell"][0].as_py()
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell in (text, f"'{text}")
