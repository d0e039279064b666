from datetime import timedelta

import hypothesis.strategies as st
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings

from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import SCHEMA, Audiences, decide_audiences
from pipeline.segments.audiences.reach import Reach
from pipeline.segments.audiences.rules import RULES
from pipeline.segments.holdout import held_out_among
from pipeline.segments.settle import LeftOut
from pipeline.settings.audiences import FrequencyCap
from tests.pipeline.segments.audiences.audience_rows import WEEK, memberships, reach, segment

LAPSED = segment("lapsed")


def audience(**settings: object) -> Audience:
    """An audience of the lapsed that asks for nothing but what is given."""
    nothing = {"recent_buyers": None, "frequency_cap": None, "quiet": None}
    return Audience.model_validate({"name": "win_back", "include": ["lapsed"], **nothing, **settings})


def reasons(decided: Audiences, name: str = "win_back") -> dict[str, str | None]:
    rows = decided.of(name).to_pylist()
    assert all(row["included"] == (row["reason"] is None) == (row["left_out_by"] is None) for row in rows)
    return {row["customer_id"]: row["reason"] for row in rows}


def decide(one: Audience, known: Reach, **members: list[str]) -> Audiences:
    return decide_audiences([one], [segment(name) for name in members], memberships(members), known)


def test_members_of_any_included_segment_are_contacted_each_once() -> None:
    both = audience(include=["lapsed", "at_risk"])
    decided = decide(both, reach("abc", agreed="abc"), lapsed=["a", "b"], at_risk=["b", "c"])
    assert reasons(decided) == {"a": None, "b": None, "c": None}
    assert decided.table.schema == SCHEMA


def test_whoever_is_in_an_excluded_segment_is_left_out_for_the_first_of_them() -> None:
    one = audience(exclude=["new", "vip"])
    decided = decide(one, reach("abcd", agreed="abcd"), lapsed=["a", "b", "c"], vip=["a", "b"], new=["b", "d"])
    assert reasons(decided) == {"a": "excluded segment vip", "b": "excluded segment new", "c": None}


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (0.5, "bought less than a day ago"),
        (1, "bought 1 day ago"),
        (3.9, "bought 3 days ago"),
        (14, "bought 14 days ago"),
        (14 + 1e-6, None),
        (None, None),
    ],
)
def test_whoever_bought_of_late_is_left_out_to_the_microsecond(days: float | None, reason: str | None) -> None:
    known = reach("a", bought={} if days is None else {"a": days}, agreed="a")
    decided = decide(audience(recent_buyers="14 days"), known, lapsed=["a"])
    assert reasons(decided) == {"a": reason}


@pytest.mark.parametrize(
    ("times", "reason"), [(0, None), (3, None), (4, "contacted 4 times in the last 7 days"), (9, "contacted 9 times")]
)
def test_whoever_has_had_the_contacts_of_the_cap_waits(times: int, reason: str | None) -> None:
    capped = audience(frequency_cap={"contacts": 4, "within": "7 days"})
    (found,) = reasons(decide(capped, reach("a", mailed={"a": times}, agreed="a"), lapsed=["a"])).values()
    assert found == reason or str(found).startswith(f"{reason} ")


def test_a_cap_of_one_says_once() -> None:
    capped = audience(frequency_cap={"contacts": 1})
    decided = decide(capped, reach("a", mailed={"a": 1}, agreed="a"), lapsed=["a"])
    assert reasons(decided) == {"a": "contacted once in the last 7 days"}


def test_quiet_leaves_some_days_between_contacts() -> None:
    known = reach("ab", last_mail={"a": 1.5, "b": 2.5}, agreed="ab")
    decided = decide(audience(quiet="2 days"), known, lapsed=["a", "b"])
    assert reasons(decided) == {"a": "contacted 1 day ago", "b": None}


def test_nobody_is_contacted_without_consent_or_an_address() -> None:
    known = reach("abc", agreed="ab", addressed="bc")
    decided = decide(audience(), known, lapsed=["a", "b", "c"])
    assert reasons(decided) == {"a": "no e-mail address", "b": None, "c": "no consent to e-mail"}


def test_consent_to_another_purpose_is_no_consent() -> None:
    decided = decide(audience(consent="sms"), reach("a", agreed="a"), lapsed=["a"])
    assert reasons(decided) == {"a": "no consent to text messages"}
    assert decided.notes["win_back"] == (
        "No answer about text messages is recorded, so there is nobody to contact.",
        "No telephone number is kept here, so nobody is left out for want of one.",
    )


def test_the_list_and_the_audience_hold_out_the_same() -> None:
    members = memberships({"lapsed": "ab", "at_risk": "bc"}, held_out=[("lapsed", "a"), ("at_risk", "c")])
    both = audience(include=["lapsed", "at_risk"])
    decided = decide_audiences([both], [LAPSED, segment("at_risk")], members, reach("abc", agreed="abc"))
    assert reasons(decided) == {"a": "held out", "b": None, "c": "held out"}


def test_an_audience_can_hold_out_more_than_its_segment_and_keeps_those() -> None:
    ids = [f"customer {number:03}" for number in range(500)]
    few = held_out_among("lapsed", 0.1, memberships({"lapsed": ids}).table["customer_id"])
    members = memberships({"lapsed": ids}, held_out=[("lapsed", one) for one, out in zip(ids, few, strict=True) if out])
    known = reach(ids, agreed=ids)
    own = decide_audiences([audience()], [segment("lapsed", holdout=0.1)], members, known)
    more = decide_audiences([audience(holdout=0.2)], [segment("lapsed", holdout=0.1)], members, known)
    small, large = ({one for one, reason in reasons(each).items() if reason} for each in (own, more))
    assert small == {one for one, out in zip(ids, few, strict=True) if out}
    assert small < large
    assert len(large) / len(ids) == pytest.approx(0.2, abs=0.05)


def test_the_first_reason_that_applies_is_the_one_recorded() -> None:
    """One customer for whom all speaks against a contact, and for each next one the first reason is gone."""
    ids = "abcdefgh"
    everything = audience(exclude=["new"], recent_buyers="14 days", frequency_cap={"contacts": 2}, quiet="1 day")
    known = reach(
        ids,
        bought=dict.fromkeys("ab", 2),
        mailed=dict.fromkeys("abc", 5),
        last_mail=dict.fromkeys("abcd", 0.1),
        agreed="fgh",
        addressed="gh",
    )
    members = memberships({"lapsed": ids, "new": "a"}, held_out=[("lapsed", one) for one in "abcdefg"])
    decided = decide_audiences([everything], [LAPSED, segment("new")], members, known)
    assert decided.of("win_back")["left_out_by"].to_pylist() == [*RULES, None]


def test_what_a_shop_does_not_log_is_said_and_leaves_nobody_out() -> None:
    asking = Audience(name="win_back", include=("lapsed",), quiet=timedelta(days=1))
    decided = decide(asking, reach("a", agreed="a", addressed="a"), lapsed=["a"])
    assert reasons(decided) == {"a": None}
    assert decided.notes["win_back"] == (
        "This shop logs no order_placed, so nobody is left out for having bought of late.",
        "This shop logs no email_delivered, so there is no frequency cap.",
        "This shop logs no email_delivered, so nobody is left out for having just been contacted.",
    )


def test_an_audience_that_can_ask_everything_has_no_notes() -> None:
    asking = Audience(name="win_back", include=("lapsed",))
    known = reach("a", bought={}, mailed={}, agreed="a", addressed="a")
    assert decide(asking, known, lapsed=["a"]).notes == {"win_back": ()}


def test_a_shop_that_never_asked_for_consent_is_told_the_nearest_purpose() -> None:
    decided = decide(audience(consent="emial"), reach("a", agreed="a"), lapsed=["a"])
    assert decided.notes["win_back"][0].endswith('so there is nobody to contact. Did you mean "email"?')


def test_an_audience_of_segments_that_could_not_be_decided_is_left_out_with_their_reasons() -> None:
    members = memberships({"lapsed": "a"}, left_out=(LeftOut("predicted", "there is no churn_probability yet"),))
    segments = [LAPSED, segment("predicted")]
    only = audience(name="only", include=["predicted", "cluster_gone"])
    partly = audience(name="partly", include=["lapsed", "predicted"])
    without = audience(name="without", exclude=["predicted"])
    decided = decide_audiences([only, partly, without], segments, members, reach("a", agreed="a", addressed="a"))
    assert decided.left_out == {
        "only": "predicted: there is no churn_probability yet; cluster_gone: there is no such segment now"
    }
    assert [one.name for one in decided.decided] == ["partly", "without"]
    assert decided.notes == {
        "partly": ("Segment predicted could not be decided, so its members are not in the audience.",),
        "without": ("Segment predicted could not be decided, so nobody is left out for being in it.",),
    }


@pytest.mark.parametrize("audiences", [[], [audience()]])
def test_an_audience_of_nobody_is_empty(audiences: list[Audience]) -> None:
    decided = decide_audiences(audiences, [LAPSED], memberships({}), reach(""))
    assert decided.table.equals(SCHEMA.empty_table())
    assert list(decided.decided) == audiences


CUSTOMERS = [f"c{number}" for number in range(12)]
SEGMENTS = [segment("a", holdout=0.3), segment("b"), segment("c")]
NAMES = st.lists(st.sampled_from(["a", "b", "c"]), unique=True)
SOME = st.sets(st.sampled_from(CUSTOMERS))
DAYS = st.none() | st.dictionaries(st.sampled_from(CUSTOMERS), st.floats(0, 30))
TIMES = st.none() | st.dictionaries(st.sampled_from(CUSTOMERS), st.integers(0, 9))


@st.composite
def audiences(draw: st.DrawFn) -> Audience:
    include = draw(NAMES.filter(len))
    return audience(
        include=include,
        exclude=[name for name in draw(NAMES) if name not in include],
        recent_buyers=draw(st.none() | st.integers(1, 20).map(lambda days: timedelta(days=days))),
        frequency_cap=draw(st.none() | st.integers(1, 5).map(lambda times: FrequencyCap(contacts=times, within=WEEK))),
        quiet=draw(st.none() | st.integers(1, 5).map(lambda days: timedelta(days=days))),
        holdout=draw(st.none() | st.floats(0.3, 0.9)),
    )


@settings(max_examples=60)
@given(
    asked=audiences(),
    members=st.fixed_dictionaries({"a": SOME, "b": SOME, "c": SOME}),
    held_out=SOME,
    known=st.builds(
        reach,
        st.just(CUSTOMERS),
        bought=DAYS,
        mailed=TIMES,
        last_mail=DAYS,
        agreed=st.none() | SOME,
        addressed=st.none() | SOME,
    ),
)
def test_every_member_is_in_exactly_one_state_and_the_sums_add_up(
    asked: Audience, members: dict[str, set[str]], held_out: set[str], known: Reach
) -> None:
    listed = memberships(members, held_out=[("a", one) for one in held_out])
    decided = decide_audiences([asked], SEGMENTS, listed, known)
    rows = decided.of("win_back").to_pylist()
    everybody = set().union(*(members[name] for name in asked.include))
    assert [row["customer_id"] for row in rows] == sorted(everybody)
    counts = pc.value_counts(decided.table["left_out_by"].cast("string")).to_pylist()
    assert sum(entry["counts"] for entry in counts) == len(everybody)
    assert {entry["values"] for entry in counts} <= {None, *RULES}
    agreed = dict(zip(known.customer_id.to_pylist(), known.agreed.get("email", [False] * len(CUSTOMERS)), strict=True))
    for row in rows:
        assert row["included"] == (row["reason"] is None) == (row["left_out_by"] is None)
        assert not row["included"] or agreed[row["customer_id"]]
        listed_out = "a" in asked.include and row["customer_id"] in members["a"] & held_out
        assert not (row["included"] and listed_out)


def test_the_order_of_the_audiences_makes_no_difference() -> None:
    several = [audience(name=name) for name in ("z", "a", "m")]
    members, known = memberships({"lapsed": "ab"}), reach("ab", agreed="a")
    one, other = (decide_audiences(each, [LAPSED], members, known) for each in (several, several[::-1]))
    assert one == other
    assert one.table["audience"].to_pylist() == ["a", "a", "m", "m", "z", "z"]


def test_the_contacts_that_count_are_those_of_the_channel() -> None:
    assert audience().contact_event == "email_delivered"
    assert audience(consent="push").contact_event == "push_delivered"
    assert audience(consent="letters").contact_event == "email_delivered"
    assert audience(consent="email", frequency_cap={"channel": "sms"}).contact_event == "sms_delivered"


def test_a_mistake_in_an_excluded_segment_lets_nobody_through() -> None:
    mistake = LeftOut("complained", 'expected a known column, got "complaints".')
    members = memberships({"lapsed": "ab"}, left_out=(mistake,))
    asked = audience(exclude=["complained"])
    decided = decide_audiences([asked], [LAPSED], members, reach("ab", agreed="ab", addressed="ab"))
    assert decided.left_out == {"win_back": f"it excludes complained, which makes no sense: {mistake.reason}"}
    assert decided.table.num_rows == 0
