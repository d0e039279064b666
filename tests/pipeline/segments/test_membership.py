import hashlib
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from pipeline.errors import ConditionError
from pipeline.segments.membership import SCHEMA, LeftOut, Memberships, assign
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment, read_by

TONIGHT = datetime(2026, 11, 30, tzinfo=UTC)
FLAPPING = Segment(name="flapping", when="churn_probability >= 0.6", stay_while="churn_probability >= 0.5")
LOYAL = Segment(name="loyal", when="orders_365d >= 2")


def profiles(as_of: datetime = TONIGHT, **columns: list[float | None]) -> Profiles:
    count = len(next(iter(columns.values())))
    names = ["anna", "ben", "cleo", "dan"][:count]
    return Profiles(as_of, pa.table({"customer_id": names, **columns}))


def members(memberships: Memberships, segment: str) -> list[str]:
    return memberships.of(segment)["customer_id"].to_pylist()


def test_rules_and_predictions_go_through_one_door() -> None:
    tonight = assign([FLAPPING, LOYAL], profiles(orders_365d=[3.0, 1.0], churn_probability=[0.7, 0.9]), None)
    assert tonight.table.schema == SCHEMA
    assert tonight.as_of == TONIGHT
    columns = ("customer_id", "segment", "kind", "since", "score")
    assert [tuple(row[column] for column in columns) for row in tonight.table.to_pylist()] == [
        ("anna", "flapping", "predicted", TONIGHT, 0.7),
        ("ben", "flapping", "predicted", TONIGHT, 0.9),
        ("anna", "loyal", "rule", TONIGHT, None),
    ]


def test_a_null_is_never_a_member() -> None:
    segments = [Segment(name="high", when="x > 1"), Segment(name="not_high", when="not x > 1")]
    tonight = assign(segments, profiles(x=[2.0, 1.0, None]), None)
    assert (members(tonight, "high"), members(tonight, "not_high")) == (["anna"], ["ben"])


@pytest.mark.parametrize(
    ("nights", "expected"),
    [
        ([0.59], [False]),
        ([0.6], [True]),
        ([0.55], [False]),
        ([0.6, 0.55], [True, True]),
        ([0.6, 0.5, 0.5], [True, True, True]),
        ([0.6, 0.49, 0.55], [True, False, False]),
        ([0.6, None, 0.55], [True, False, False]),
        ([0.6, 0.49, 0.6], [True, False, True]),
    ],
)
def test_a_member_stays_a_while_but_nobody_enters_so(nights: list[float | None], expected: list[bool]) -> None:
    tonight, entered = None, []
    for probability in nights:
        tonight = assign([FLAPPING], profiles(churn_probability=[probability, 0.1]), tonight)
        entered.append(members(tonight, "flapping") == ["anna"])
    assert entered == expected


def test_since_is_kept_through_a_stay_and_starts_again_after_a_break() -> None:
    tonight, since = None, []
    for night, probability in enumerate([0.7, 0.55, 0.8, 0.1, 0.7, 0.7]):
        at = TONIGHT + timedelta(days=night)
        tonight = assign([FLAPPING], profiles(at, churn_probability=[probability]), tonight)
        since += tonight.table["since"].to_pylist()
    assert [(moment - TONIGHT).days for moment in since] == [0, 0, 0, 4, 4]


def test_being_in_another_segment_keeps_nobody() -> None:
    other = FLAPPING.model_copy(update={"name": "other"})
    before = assign([FLAPPING], profiles(churn_probability=[0.7]), None)
    later = assign([other], profiles(TONIGHT + timedelta(days=1), churn_probability=[0.55]), before)
    assert members(later, "other") == []


def test_a_run_repeated_at_the_same_moment_changes_nothing() -> None:
    tonight = profiles(churn_probability=[0.7, 0.55, None, 0.6])
    first = assign([FLAPPING], tonight, None)
    assert assign([FLAPPING], tonight, first) == first


def test_a_segment_whose_prediction_is_missing_is_left_out_with_the_reason() -> None:
    spend = Segment(name="spend", when="orders_365d > 1", score="expected_spend")
    reasons = {"churn_probability": "300 customers are too few to learn from"}
    tonight = assign([FLAPPING, spend, LOYAL], profiles(orders_365d=[3.0, 1.0]), None, reasons=reasons)
    assert tonight.left_out == (
        LeftOut("flapping", "there is no churn_probability yet: 300 customers are too few to learn from"),
        LeftOut("spend", "there is no expected_spend yet"),
    )
    assert set(tonight.table["segment"].to_pylist()) == {"loyal"}


def test_a_prediction_that_is_null_for_everyone_is_no_reason_to_leave_out() -> None:
    table = pa.table({"customer_id": ["anna"], "churn_probability": pa.nulls(1, pa.float64())})
    tonight = assign([FLAPPING], Profiles(TONIGHT, table), None)
    assert (tonight.left_out, tonight.table.num_rows) == ((), 0)


def test_an_unknown_column_is_a_mistake_and_not_left_out() -> None:
    message = r'segment s, when: expected a known column, got "ordrs_365d".*Did you mean "orders_365d"\?'
    with pytest.raises(ConditionError, match=message):
        assign([Segment(name="s", when="ordrs_365d > 1")], profiles(orders_365d=[1.0]), None)


@pytest.mark.parametrize("segments", [[], [LOYAL]])
def test_nobody_is_a_member_where_there_is_nothing_to_decide(segments: list[Segment]) -> None:
    empty = pa.table({"customer_id": pa.array([], pa.string()), "orders_365d": pa.array([], pa.float64())})
    tonight = assign(segments, Profiles(TONIGHT, empty), None)
    assert tonight.table.equals(SCHEMA.empty_table())


def test_nobody_is_a_member_by_a_feature_that_the_shop_lacks() -> None:
    segments = [
        Segment(name="gave_back", when="refunds_90d > 0"),
        Segment(name="gave_nothing_back", when="not refunds_90d > 0"),
        Segment(name="loyal_or_gave_back", when="orders_365d >= 2 or refunds_90d > 0"),
        Segment(name="without_refunds", when="refunds_90d is null", score="refunds_90d"),
    ]
    tonight = assign(segments, profiles(orders_365d=[3.0, 1.0]).completed(read_by(segments)), None)
    assert {segment.name: members(tonight, segment.name) for segment in segments} == {
        "gave_back": [],
        "gave_nothing_back": [],
        "loyal_or_gave_back": ["anna"],
        "without_refunds": ["anna", "ben"],
    }
    assert tonight.left_out == ()


def test_percentiles_compare_all_customers() -> None:
    top = Segment(name="top", when="percentile(x) >= 50 and x < 4")
    assert members(assign([top], profiles(x=[1.0, 2.0, 3.0, 4.0]), None), "top") == ["cleo"]


def crowd(count: int, **columns: float) -> Profiles:
    table = pa.table({"customer_id": [f"customer {number}" for number in range(count)]})
    for name, value in columns.items():
        table = table.append_column(name, pa.array([value] * count))
    return Profiles(TONIGHT, table)


def held_out(memberships: Memberships, segment: str) -> set[str]:
    rows = memberships.of(segment).to_pylist()
    return {row["customer_id"] for row in rows if row["held_out"]}


def everyone(name: str, holdout: float) -> Segment:
    return Segment(name=name, when="true", holdout=holdout)


@pytest.mark.parametrize("holdout", [0.0, 0.1, 0.5, 0.9])
def test_the_held_out_are_the_share_asked_for(holdout: float) -> None:
    share = len(held_out(assign([everyone("a", holdout)], crowd(20_000), None), "a")) / 20_000
    assert share == pytest.approx(holdout, abs=0.01)


def test_the_held_out_of_one_segment_say_nothing_about_another() -> None:
    tonight = assign([everyone("a", 0.3), everyone("b", 0.3)], crowd(20_000), None)
    both = held_out(tonight, "a") & held_out(tonight, "b")
    assert len(both) / 20_000 == pytest.approx(0.09, abs=0.01)


def test_who_is_held_out_stays_so_whatever_else_happens() -> None:
    first = assign([everyone("a", 0.1)], crowd(1000), None)
    later = assign([everyone("b", 0.5), everyone("a", 0.1)], crowd(2000, x=1.0), first)
    known = set(first.table["customer_id"].to_pylist())
    assert held_out(later, "a") & known == held_out(first, "a")


def test_a_larger_holdout_only_adds_to_the_held_out() -> None:
    small, large = (assign([everyone("a", share)], crowd(1000), None) for share in (0.1, 0.2))
    assert held_out(small, "a") < held_out(large, "a")


def test_the_held_out_are_the_same_on_every_machine() -> None:
    names = [f"customer {number}" for number in range(100)]
    hashes = {name: int(hashlib.md5(f"a/{name}".encode(), usedforsecurity=False).hexdigest()[:8], 16) for name in names}
    expected = {name for name in names if hashes[name] < 0.1 * 2**32}
    assert held_out(assign([everyone("a", 0.1)], crowd(100), None), "a") == expected
