"""What a command shows while it works: on a terminal all of it, elsewhere nothing."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from flows.cli.printing import print_json, progress
from pipeline.events.quality.finding import Severity
from pipeline.progress import one_by_one


def work():
    with progress() as tell:
        tell("Training")
        assert list(one_by_one(["churn", "purchase"], str)) == ["churn", "purchase"]


def test_a_terminal_is_told_what_is_done_and_how_far_it_is(monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    work()
    said = capsys.readouterr()
    assert "Training … purchase, 2 of 2" in said.err
    assert "0:00:0" in said.err
    assert said.out == ""


def test_nobody_else_is_told_anything(monkeypatch, capsys):
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    work()
    assert capsys.readouterr() == ("", "")


def test_an_error_ends_the_line_and_is_raised(monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with pytest.raises(ZeroDivisionError), progress() as tell:
        tell(f"Dividing {1 // 0}")
    assert "Starting" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1, 1),
        (True, True),
        (0.5, 0.5),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("12.5"), 12.5),
        (np.int64(3), 3),
        (np.float64("nan"), None),
        (np.array([1, 2]), [1, 2]),
        (("a", None), ["a", None]),
        (frozenset({"a"}), ["a"]),
        ({1: Decimal(2)}, {"1": 2.0}),
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00+00:00"),
        (date(2026, 3, 1), "2026-03-01"),
        (timedelta(days=90), "90 days"),
        (Path("out"), "out"),
        (Severity.NOTE, "note"),
    ],
)
def test_json_has_numbers_as_numbers_and_nothing_that_json_does_not_know(capsys, value, told):
    print_json({"value": value})
    assert json.loads(capsys.readouterr().out) == {"value": told}
