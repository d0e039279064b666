import hashlib
import math
from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from pipeline.errors import ConditionError
from pipeline.events.history import history_of
from pipeline.segments.asking import Answers, ask
from pipeline.segments.membership import SCHEMA, LeftOut, Memberships, assign
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment, Variant
from tests.rows import AS_OF, event, table

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
        LeftOut("flapping", "there is no churn_probability: 300 customers are too few to learn from"),
        LeftOut("spend", "there is no expected_spend yet"),
    )
    assert set(tonight.table["segment"].to_pylist()) == {"loyal"}


def test_a_column_that_is_null_for_everybody_leaves_a_segment_out() -> None:
    nothing = pa.nulls(2, pa.float64())
    table = pa.table({"customer_id": ["anna", "ben"], "churn_probability": nothing, "refunds_90d": [math.nan] * 2})
    gave_back = Segment(name="gave_back", when="refunds_90d > 0")
    tonight = assign([FLAPPING, gave_back], Profiles(TONIGHT, table), None)
    assert tonight.left_out == (
        LeftOut("flapping", "there is no churn_probability: nobody has a value in it"),
        LeftOut("gave_back", "there is no refunds_90d: nobody has a value in it"),
    )
    assert (tonight.decided, tonight.table.num_rows) == ((), 0)


def test_whoever_asks_for_nulls_is_answered_though_nobody_has_a_value() -> None:
    never = Segment(name="never", when="last_seen is null and x > 1")
    table = profiles(x=[2.0, 1.0]).table.append_column("last_seen", pa.nulls(2, pa.float64()))
    tonight = assign([never], Profiles(TONIGHT, table), None)
    assert (tonight.left_out, members(tonight, "never")) == ((), ["anna"])


def test_a_segment_without_its_column_is_decided_by_its_variant() -> None:
    variant = Variant(when="orders_365d >= 3", description="By orders, for want of money.")
    vip = Segment(name="vip", when="percentile(revenue) >= 90", stay_while="revenue > 1", variants=(variant,))
    tonight = assign([vip], profiles(orders_365d=[3.0, 1.0]), None)
    assert members(tonight, "vip") == ["anna"]
    (decided,) = tonight.decided
    assert (decided.when, decided.stay_while) == ("orders_365d >= 3", None)
    assert decided.definition_version != vip.definition_version


def test_a_segment_that_makes_no_sense_stops_all_unless_asked_to_go_on() -> None:
    wrong = Segment(name="wrong", when="orders_365d contains 'boots'")
    tonight = profiles(orders_365d=[3.0, 1.0])
    with pytest.raises(ConditionError, match="segment wrong, when: expected"):
        assign([wrong, LOYAL], tonight, None)
    going_on = assign([wrong, LOYAL], tonight, None, keep_going=True)
    (left_out,) = going_on.left_out
    assert left_out.segment == "wrong"
    assert left_out.reason.startswith("segment wrong, when: expected")
    assert members(going_on, "loyal") == ["anna"]


@pytest.mark.parametrize("when", ["percentile(x, among => x > 9) > 50", "rank(x, among => x > 9) <= 10"])
def test_what_compares_nobody_leaves_a_segment_out_and_those_that_look_into_it(when: str) -> None:
    segments = [
        Segment(name="friends", when="not in_segment(top)"),
        Segment(name="top", when=when),
        Segment(name="some", when="percentile(x) >= 50"),
    ]
    tonight = assign(segments, profiles(x=[1.0, 2.0]), None)
    condition = when[: when.index(")") + 1]
    assert tonight.left_out == (
        LeftOut("friends", "it depends on top, which could not be decided"),
        LeftOut("top", f"{condition} compares nobody"),
    )
    assert members(tonight, "some") == ["ben"]


def test_segments_look_into_others_whatever_the_order_and_remember_who_stays() -> None:
    segments = [
        Segment(name="loyal_and_safe", when="in_segment(loyal) and not in_segment(flapping)"),
        FLAPPING,
        LOYAL,
    ]
    first = assign(segments, profiles(orders_365d=[3.0, 2.0, 1.0], churn_probability=[0.7, 0.1, 0.1]), None)
    assert members(first, "loyal_and_safe") == ["ben"]
    later = profiles(TONIGHT + timedelta(days=1), orders_365d=[3.0, 2.0, 1.0], churn_probability=[0.55, 0.1, 0.1])
    assert members(assign(segments, later, first), "loyal_and_safe") == ["ben"]
    assert members(assign(segments, later, None), "loyal_and_safe") == ["anna", "ben"]
    assert [segment.name for segment in first.decided] == ["loyal_and_safe", "flapping", "loyal"]


def test_a_percentile_may_be_among_the_members_of_another_segment() -> None:
    top = Segment(name="top", when="percentile(x, among => in_segment(loyal)) >= 100")
    tonight = assign([top, LOYAL], profiles(orders_365d=[3.0, 2.0, 1.0], x=[1.0, 2.0, 3.0]), None)
    assert members(tonight, "top") == ["ben"]


def answers_about(segments: list[Segment]) -> Answers:
    """Anna looked at boots twice and said yes to e-mail; Ben looked once, and of Cleo nothing is known."""
    events = table(
        [
            event("anna", TONIGHT - timedelta(days=1), "product_viewed", category="boots"),
            event("anna", TONIGHT - timedelta(days=2), "product_viewed", category="boots"),
            event("ben", TONIGHT - timedelta(days=2), "product_viewed", category="hats"),
        ],
    )
    word = {"purpose": "email", "occurred_at": TONIGHT - timedelta(days=3), "received_at": TONIGHT - timedelta(days=3)}
    words = [{"customer_id": "anna", "granted": True, **word}, {"customer_id": "ben", "granted": False, **word}]
    return ask(segments, history_of(events, TONIGHT), ibis.memtable(pa.Table.from_pylist(words)))


def test_segments_ask_the_log_and_the_consents() -> None:
    segments = [
        Segment(name="keen", when="count(product_viewed, where => category = 'boots') >= 2"),
        Segment(name="unseen", when="never(product_viewed)"),
        Segment(name="agreed", when="consented('email')"),
        Segment(name="not_agreed", when="not consented('email')"),
        Segment(name="no_carts", when="never(cart_added)"),
        Segment(name="by_post", when="consented('post')"),
    ]
    tonight = assign(segments, profiles(x=[1.0, 1.0, 1.0]), None, answers=answers_about(segments))
    assert {segment.name: members(tonight, segment.name) for segment in tonight.decided} == {
        "keen": ["anna"],
        "unseen": ["cleo"],
        "agreed": ["anna"],
        "not_agreed": ["ben", "cleo"],
    }
    assert tonight.left_out == (
        LeftOut("no_carts", "this shop logs no cart_added"),
        LeftOut("by_post", "no consent to post is recorded"),
    )


def test_customers_come_in_order_whatever_the_order_of_the_profiles() -> None:
    table = pa.table({"customer_id": ["dan", "anna", "cleo", "ben"], "x": [1.0, 2.0, 3.0, 0.0]})
    tonight = assign([Segment(name="some", when="x >= 1", score="x")], Profiles(TONIGHT, table), None)
    assert tonight.table.select(["customer_id", "score"]).to_pydict() == {
        "customer_id": ["anna", "cleo", "dan"],
        "score": [2.0, 3.0, 1.0],
    }


def test_a_bucket_is_the_same_for_a_customer_whatever_else_is_read() -> None:
    half = Segment(name="half", when="bucket('a') < 50")
    alone = assign([half], crowd(200), None)
    beside = assign([half, Segment(name="top", when="percentile(x) > 50")], crowd(200, x=1.0), None)
    assert members(alone, "half") == members(beside, "half")
    assert 60 < len(members(alone, "half")) < 140


@pytest.mark.parametrize("segments", [[], [LOYAL]])
def test_nobody_is_a_member_where_there_is_nothing_to_decide(segments: list[Segment]) -> None:
    empty = pa.table({"customer_id": pa.array([], pa.string()), "orders_365d": pa.array([], pa.float64())})
    tonight = assign(segments, Profiles(TONIGHT, empty), None)
    assert tonight.table.equals(SCHEMA.empty_table())


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


def test_nobody_stays_in_what_has_become_another_segment():
    before = Segment(name="s", when="orders_365d <= 1")
    now = Segment(name="s", when="orders_365d >= 3", stay_while="orders_365d >= 1")
    people = Profiles(AS_OF, pa.table({"customer_id": ["ann", "bob"], "orders_365d": [1.0, 3.0]}))
    known = assign([before], people, None)
    published = Memberships(known.as_of, known.table, versions={"s": before.definition_version})
    assert assign([now], people, published).of("s")["customer_id"].to_pylist() == ["bob"]
    same = Memberships(known.as_of, known.table, versions={"s": now.definition_version})
    assert assign([now], people, same).of("s")["customer_id"].to_pylist() == ["ann", "bob"]
