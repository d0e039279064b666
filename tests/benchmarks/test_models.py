"""The benchmark of models sets our training and scoring beside LightGBM's on rows that models can learn from."""

import json
import sys

import numpy as np
import pytest

from benchmarks.model_rows import AS_OF, FIRST, columns_of, examples_of, matrix_of
from benchmarks.models import figures, main, table
from models.labels import population
from models.tasks import TASKS

MADE_UP = {
    "train": {"seconds": 3.0, "peak_gib": 0.5, "rounds": 150},
    "lightgbm_train": {"seconds": 2.0, "peak_gib": 0.4},
    "lightgbm_train_chosen": {"seconds": 1.0, "peak_gib": 0.3},
    "learn": {"peak_gib": 0.9},
    "score": {"seconds": 5.0, "peak_gib": 0.7},
    "lightgbm_score": {"seconds": 4.0, "peak_gib": 0.6},
}


def test_made_up_histories_hang_together():
    matrix = matrix_of(500, 60, AS_OF, 1)
    first, last = matrix.column("days_since_first_order"), matrix.column("days_since_last_order")
    days = matrix.column("order_days_lifetime")
    assert (last <= first).all()
    assert ((last == first) == (days == 1)).all()
    assert (matrix.column("orders_365d") <= days).all()
    assert (np.isnan(matrix.column("order_gap_mean_days")) == (days == 1)).all()
    assert 0 < population(TASKS[0], matrix).sum() < 500


def test_columns_are_the_catalogues_with_those_first_that_models_need():
    names = [column.name for column in columns_of(200)]
    assert len(set(names)) == 200
    assert tuple(names[: len(FIRST)]) == FIRST


def test_labels_fit_their_task():
    churn, purchase, spend = (examples_of(task, 2000, 60, 1).label for task in TASKS[:3])
    assert set(churn) == set(purchase) == {0.0, 1.0}
    assert spend.max() > 1
    assert 0.1 < (spend > 0).mean() < 0.9


def test_ratios_are_ours_over_theirs_and_peaks_are_our_own():
    found = figures(MADE_UP)
    assert found["train_over_lightgbm"] == 1.5
    assert found["train_over_lightgbm_on_chosen"] == 3
    assert found["score_over_lightgbm"] == 1.25
    assert found["peak_gib"] == 0.7
    assert found["lightgbm_peak_gib"] == 0.6


def test_the_table_shows_every_figure():
    found = {"rows": 1000, "features": 20, **figures(MADE_UP)}
    shown = table(found)
    assert "1,000 customers with 20 features" in shown
    assert all(name in shown for name in found)


def test_the_command_measures_a_few_customers_and_prints_one_object(monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["models", "--json", "--rows", "6000", "--features", "30"])
    main()
    found = json.loads(capfd.readouterr().out)
    assert (found["rows"], found["features"]) == (6000, 30)
    assert all(found[name] > 0 for name in ("train_s", "score_s", "train_over_lightgbm", "score_over_lightgbm"))
    assert found["rounds"] > 0


def test_too_few_customers_for_trees_are_refused(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["models", "--rows", "1200", "--features", "30"])
    with pytest.raises(SystemExit, match="lightgbm_train to succeed"):
        main()
