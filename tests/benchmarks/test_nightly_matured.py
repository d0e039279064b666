"""The table of what came of publications; the real log is not among the tests' data."""

from datetime import UTC, datetime

import pytest

from benchmarks.nightly.matured import DAYS, Matured, measure, table
from pipeline.publish.record import CameOut, HeldOutCameOut, ListCameOut, Observed

AS_OF = datetime(2010, 9, 10, tzinfo=UTC)


@pytest.fixture
def found():
    """A publication of thirty customers in two groups."""
    told = CameOut(
        publication_id="2010-09-10-abc",
        as_of=AS_OF,
        task="churn",
        model_version="3",
        horizon_days=90,
        customers=30,
        kind="probability",
        metrics={"roc_auc": 0.75, "ece": 0.05, "base_rate": 0.4},
        reliability=((0.2, 0.1, 10), (0.5, 0.55, 20)),
        lists=(ListCameOut("ghosts", 0.5, Observed(0.6, 10)),),
        held_out=(HeldOutCameOut("ghosts", Observed(0.5, 4), Observed(0.4, 6), (-0.1, -0.3, 0.1)),),
    )
    return Matured("online_retail", (AS_OF,), (told,))


def test_means_of_what_was_predicted_and_came_are_those_of_all_customers(found):
    (told,) = found.to_json()["came_out"]
    assert told["mean_predicted"] == pytest.approx((10 * 0.2 + 20 * 0.5) / 30)
    assert told["mean_came"] == pytest.approx((10 * 0.1 + 20 * 0.55) / 30)
    assert (told["roc_auc"], told["ece"], told["calibration"]) == (0.75, 0.05, [[0.2, 0.1, 10], [0.5, 0.55, 20]])
    assert told["lists"][0]["named"]["value"] == 0.6
    assert told["held_out"][0]["difference"] == (-0.1, -0.3, 0.1)


def test_the_table_has_a_line_a_group_and_one_for_all(found):
    head, _, *groups = table(found).splitlines()
    assert "2010-09-10-abc  churn within 90 days, 30 customers, version 3: AUC 0.750, ECE 0.050" in head
    assert [line.split() for line in groups] == [
        ["0.200", "0.100", "10"],
        ["0.500", "0.550", "20"],
        ["0.400", "0.400", "30", "all"],
    ]


def test_three_past_days_are_published_and_nothing_where_the_log_is_missing(tmp_path):
    assert len(DAYS) == 3
    assert measure(tmp_path) is None
