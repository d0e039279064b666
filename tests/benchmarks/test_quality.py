"""The example runs on the real log, where it is there."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.quality import HORIZON, ONLINE_RETAIL, measure, online_retail
from pipeline.sources.ingest import ingest

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_online_retail = pytest.mark.skipif(
    not (DATA / ONLINE_RETAIL).exists(),
    reason=f"needs ../shared/data/{ONLINE_RETAIL}: examples/online_retail/README.md says where to get it",
)


@needs_online_retail
def test_every_line_of_online_retail_is_kept_a_duplicate_or_set_aside_for_a_reason():
    with online_retail(DATA) as project:
        (report,) = ingest(project.store, project.settings.sources, project.folder, datetime(2011, 1, 1, tzinfo=UTC))
    assert report.rows_read == 525_461
    assert report.rows_read == report.rows_kept + report.duplicates + sum(report.quarantined.values())
    assert report.quarantined == {"no customer_id": 107_927, "not a product": 1_817, "price not above zero": 28}


@needs_online_retail
def test_the_model_beats_both_simple_rules_beyond_noise_on_customers_of_tomorrow():
    figures = json.loads(json.dumps(measure(DATA)))
    for name in ("simulated_shop", "online_retail"):
        gaps = figures[name]["auc_difference"]
        assert gaps["recency"]["low"] > 0
        assert gaps["frequency"]["low"] > 0
        assert figures[name]["horizon_days"] == HORIZON.days
        assert figures[name]["ece"] <= 0.06
    assert figures["online_retail"]["n"] == 3_351
    assert figures["online_retail"]["auc_difference"]["recency"]["low"] > 0.06
