"""What came of the members of past lists, from a publication written by hand."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.hindsight.came_out import came_out_in_words
from flows.hindsight.lists_came_out import Spoken, decided_by, held_out_came_out, lists_came_out
from pipeline.publish.published import Publication
from pipeline.publish.record import CameOut, HeldOutCameOut, ListCameOut, Observed
from pipeline.segments.audiences.deciding import SCHEMA
from tests.rows import AS_OF

PEOPLE = [f"c{number:02}" for number in range(60)]
PREDICTED = np.linspace(0.01, 0.6, 60)
CAME = np.array([number % 3 == 0 for number in range(60)], float)
SPOKEN = Spoken(pa.array(PEOPLE), PREDICTED, CAME, shares=True)
CONDITIONS = {
    "predicted_at_risk": {"when": "churn_probability >= 0.6", "stay_while": None},
    "slipping": {"when": "orders_365d >= 1", "stay_while": "churn_probability >= 0.5"},
    "vip": {"when": "churn_probability_rank >= 1", "stay_while": None},
    "before_conditions_were_told": {},
}


def published(path, lists, audiences=(), include=("predicted_at_risk",)):
    """A publication of lists by segment, and of audiences of contacted, held out and otherwise left out customers."""
    rows = [{"customer_id": one, "segment": name} for name, own in lists.items() for one in own]
    pq.write_table(
        pa.Table.from_pylist(rows, pa.schema({"customer_id": pa.string(), "segment": pa.string()})),
        path / "memberships.parquet",
    )
    told = [
        {"customer_id": one, "audience": name, "included": rule is None, "reason": rule, "left_out_by": rule}
        for name, *groups in audiences
        for rule, own in zip((None, "held_out", "no_consent"), groups, strict=True)
        for one in own
    ]
    pq.write_table(pa.Table.from_pylist(told, SCHEMA), path / "audiences.parquet")
    definition = {"definition": {"include": list(include)}}
    manifest = {
        "publication_id": "then",
        "as_of": AS_OF.isoformat(),
        "segments": CONDITIONS,
        "audiences": dict.fromkeys((name for name, *_ in audiences), definition),
    }
    return Publication(path, manifest)


def test_a_list_is_decided_by_a_column_that_its_conditions_read_by_its_whole_name(tmp_path):
    assert decided_by(published(tmp_path, {}), "churn_probability") == ["predicted_at_risk", "slipping"]


def test_of_a_list_it_is_told_what_was_said_what_came_and_what_came_of_all_others(tmp_path):
    then = published(tmp_path, {"predicted_at_risk": [*PEOPLE[30:], "somebody of whom nothing was said"]})
    (found,) = lists_came_out(then, SPOKEN, "churn_probability", all_lists=False)
    assert (found.segment, found.decided) == ("predicted_at_risk", True)
    assert found.predicted == pytest.approx(PREDICTED[30:].mean())
    assert (found.named.value, found.named.customers) == (pytest.approx(1 / 3), 30)
    assert (found.rest.value, found.rest.customers) == (pytest.approx(1 / 3), 30)
    assert (found.named.low, found.named.high) == pytest.approx((0.1923, 0.5122), abs=1e-4)


def test_of_a_few_there_is_no_interval_and_of_all_there_are_no_others(tmp_path):
    then = published(tmp_path, {"predicted_at_risk": PEOPLE[:2], "slipping": PEOPLE})
    few, everybody = lists_came_out(then, SPOKEN, "churn_probability", all_lists=False)
    assert few.named == Observed(0.5, 2)
    assert everybody.rest is None


def test_other_lists_are_told_where_asked_for_unless_they_are_of_few(tmp_path):
    then = published(tmp_path, {"vip": PEOPLE[:20], "before_conditions_were_told": PEOPLE[:19]})
    (vip,) = lists_came_out(then, SPOKEN, "churn_probability", all_lists=True)
    assert (vip.segment, vip.decided) == ("vip", False)
    assert lists_came_out(then, SPOKEN, "churn_probability", all_lists=False) == ()


def test_those_held_out_are_told_beside_those_contacted_and_nobody_else(tmp_path):
    held_out, contacted, without_consent = PEOPLE[:20:], PEOPLE[20:45], PEOPLE[45:]
    then = published(tmp_path, {}, [("predicted_at_risk", contacted, held_out, without_consent)])
    (found,) = held_out_came_out(then, SPOKEN)
    assert (found.audience, found.at_random) == ("predicted_at_risk", True)
    assert (found.held_out.value, found.held_out.customers) == (0.35, 20)
    assert (found.contacted.value, found.contacted.customers) == (0.32, 25)
    difference, low, high = found.difference
    assert difference == pytest.approx(-0.03)
    assert low < -0.2 < 0.2 < high


def test_an_audience_that_holds_few_out_tells_nothing(tmp_path):
    then = published(tmp_path, {}, [("predicted_at_risk", PEOPLE[19:], PEOPLE[:19], [])])
    assert held_out_came_out(then, SPOKEN) == ()


def test_of_several_lists_together_nobody_is_held_out_at_random(tmp_path):
    told = [("both", PEOPLE[20:], PEOPLE[:20], [])]
    (found,) = held_out_came_out(published(tmp_path, {}, told, include=("predicted_at_risk", "slipping")), SPOKEN)
    assert not found.at_random


def test_amounts_are_means_with_the_interval_of_a_mean(tmp_path):
    spent = Spoken(pa.array(PEOPLE), PREDICTED, np.arange(60.0), shares=False)
    then = published(tmp_path, {"slipping": PEOPLE[:30]})
    (found,) = lists_came_out(then, spent, "churn_probability", all_lists=False)
    assert (found.named.value, found.rest.value) == (14.5, 44.5)
    assert (found.named.low, found.named.high) == pytest.approx((11.213, 17.787), abs=1e-3)


def test_where_files_cannot_be_read_any_more_nothing_is_told(tmp_path):
    then = published(tmp_path, {"slipping": PEOPLE})
    for name in ("memberships", "audiences"):
        (tmp_path / f"{name}.parquet").unlink()
    assert lists_came_out(then, SPOKEN, "churn_probability", all_lists=True) == ()
    assert held_out_came_out(then, SPOKEN) == ()


def test_the_lists_that_the_prediction_decided_are_told_in_words():
    at_risk = ListCameOut("predicted_at_risk", 0.74, Observed(0.73, 1600, 0.7, 0.77), Observed(0.22, 2500, 0.2, 0.24))
    vip = ListCameOut("vip", 0.2, Observed(0.19, 21), None, decided=False)
    brought = HeldOutCameOut("predicted_at_risk", Observed(0.78, 60), Observed(0.72, 400), (-0.06, -0.16, 0.05))
    unfair = replace(brought, at_random=False)
    told = CameOut("id", AS_OF, "churn", "1", 90, 4100, "probability", {}, (), (at_risk, vip), (brought, unfair))
    assert came_out_in_words(told) == (
        "Of 4,100 customers, within 90 days, churn came to nothing. "
        "predicted_at_risk: said 74.0%, came 73.0% (70.0% to 77.0%) of 1,600; 22.0% of all others. "
        "Of predicted_at_risk 72.0% of 400 to be contacted and 78.0% of 60 held out at random: a difference of -6.0% "
        "(-16.0% to 5.0%), which contacting brought if campaigns kept to it."
    )


def test_amounts_of_a_few_are_told_in_words_without_an_interval():
    spent = ListCameOut("high_expected_value", 80.0, Observed(95.5, 3))
    told = CameOut("id", AS_OF, "spend", "1", 90, 3, "money", {"total_ratio": 0.84}, (), (spent,))
    assert came_out_in_words(told).endswith("high_expected_value: said 80.00, came 95.50 of 3.")
