"""The benchmark of predicted lists beside rules, on the real log where it is there."""

from pathlib import Path

import pytest

from benchmarks.overlap.__main__ import PAIRS, compared
from benchmarks.quality.data_sets import DATA_SETS

DATA = Path(__file__).parents[3] / "shared" / "data"
RETAIL = next(one for one in DATA_SETS if one.name == "online_retail")


@pytest.mark.skipif(
    not (DATA / RETAIL.needs).exists(),
    reason=f"needs ../shared/data/{RETAIL.needs}: examples/online_retail/README.md says where to get it",
)
def test_of_as_many_customers_more_of_the_models_leave_than_of_the_rules() -> None:
    figures = compared(RETAIL, DATA, months=1)
    assert figures["replays"][0]["as_of"] == "2010-09-10T00:00:00+00:00"
    assert [(pair["predicted"], pair["rule"]) for pair in figures["pairs"]] == [
        (pair.predicted, pair.rule) for pair in PAIRS
    ]
    at_risk, _ = figures["pairs"]
    assert at_risk["equal_size"]["differences"]["lists"]["low"] > 0
    assert at_risk["early"]["lead_time"]["named_after"] == 0
