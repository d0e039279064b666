"""The bars, and the examples' runs on real logs, where these are there."""

from pathlib import Path

import pytest
from ibis import _

from benchmarks.quality import shoppers
from benchmarks.quality.__main__ import measure
from benchmarks.quality.bars import Bar
from benchmarks.quality.data_sets import A_QUARTER, DATA_SETS
from benchmarks.quality.judging import project_of
from benchmarks.quality.page import page, table
from pipeline.events.tables import INGESTS, QUARANTINE

DATA = Path(__file__).parents[3] / "shared" / "data"
BY_NAME = {one.name: one for one in DATA_SETS}
RETAIL = BY_NAME["online_retail"].needs
needs_online_retail = pytest.mark.skipif(
    not (DATA / RETAIL).exists(),
    reason=f"needs ../shared/data/{RETAIL}: examples/online_retail/README.md says where to get it",
)
needs_online_shoppers = pytest.mark.skipif(
    not (DATA / shoppers.FILE).exists(),
    reason=f"needs ../shared/data/{shoppers.FILE}: the Online Shoppers Purchasing Intention set of UCI",
)


@needs_online_retail
def test_every_line_of_online_retail_is_kept_a_duplicate_or_set_aside_for_a_reason():
    with project_of(BY_NAME["online_retail"], DATA) as project:
        records = project.store.engine.to_pyarrow(project.store.read(INGESTS)).to_pylist()
        reasons = project.store.engine.to_pyarrow(project.store.read(QUARANTINE).group_by("reason").agg(n=_.count()))
    (record,) = records
    quarantined = dict(zip(reasons["reason"].to_pylist(), reasons["n"].to_pylist(), strict=True))
    assert record["rows_read"] == 525_461
    assert record["rows_read"] == record["rows_kept"] + record["duplicates"] + sum(quarantined.values())
    assert quarantined == {"no customer_id": 107_927, "not a product": 1_817, "price not above zero": 28}


@needs_online_retail
def test_the_model_beats_both_simple_rules_beyond_noise_on_customers_of_tomorrow():
    figures = dict(measure(DATA, ["online_retail", "simulated_shop"]))
    for one in figures.values():
        gaps = one["auc_difference"]
        assert gaps["recency"]["low"] > 0
        assert gaps["frequency"]["low"] > 0
        assert one["horizon_days"] == A_QUARTER.days
        assert one["ece"] <= 0.06
    assert figures["online_retail"]["n"] == 3_351
    assert figures["online_retail"]["auc_difference"]["recency"]["low"] > 0.06
    told = page(figures)
    assert all(f"## {name}" in told and table(name, one) for name, one in figures.items())


@needs_online_shoppers
def test_the_estimator_alone_is_judged_with_and_without_the_column_that_knows():
    figures = dict(measure(DATA, list(shoppers.BARS)))
    with_it, without = (figures[name]["roc_auc"] for name in shoppers.BARS)
    assert with_it > without > 0.7


def test_a_bar_is_held_on_its_bound_and_missed_without_a_figure():
    figures = {"ece": 0.06, "auc_difference": {"rfm": {"low": -0.001}}}
    assert Bar("ece", at_most=0.06).held(figures) == {"figure": "ece", "value": 0.06, "at_most": 0.06, "held": True}
    assert not Bar("auc_difference.rfm.low", at_least=0.0).held(figures)["held"]
    assert Bar("auc_difference.bgnbd.low", at_least=0.0).held(figures)["value"] is None
    assert not Bar("auc_difference.bgnbd.low", at_least=0.0).held(figures)["held"]
