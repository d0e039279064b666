"""The benchmark of segments decides the whole library on a log of its own, and says what it left out."""

import json
import sys

import pytest

from benchmarks.segments import main, table
from pipeline.segments.library import library


def test_the_command_measures_a_small_shop_and_prints_one_object(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["segments", "--json", "--events", "20000", "--repetitions", "1"])
    main()
    figures = json.loads(capsys.readouterr().out)
    assert figures["segments"] + figures["left_out"] == len(library())
    assert figures["segments"] > 50
    assert figures["memberships"] > figures["customers"]
    assert figures["library_over_features"] == pytest.approx(figures["library_s"] / figures["features_s"], rel=0.02)
    assert "library_over_features" in table(figures)
