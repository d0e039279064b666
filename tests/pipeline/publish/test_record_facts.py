from datetime import UTC, datetime

from pipeline.publish.record import AgainstRule, Record, Trend
from pipeline.publish.record_facts import record_facts

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def test_leads_are_counted_by_their_days():
    told = AgainstRule("predicted_at_risk", "at_risk", 1, 2, 3, lead_days=(7, 7, 12), never=4)
    (found,) = record_facts(Record(against_rules=(told,)))["against_rules"]
    assert found["lead_days"] == {"7": 2, "12": 1}
    assert (found["predicted"], found["never"], found["came_true_as_of"]) == ("predicted_at_risk", 4, None)


def test_other_sizes_are_other_facts():
    one, other = (record_facts(Record(trend=Trend((AS_OF,), {"vip": (size,)})))["trend"] for size in (3, 4))
    assert one["moments"] == other["moments"] == ["2026-03-01T00:00:00+00:00"]
    assert one["sizes_digest"] != other["sizes_digest"]
