import pytest
from pydantic import ValidationError

from pipeline.conditions.known import Kind, Known
from pipeline.errors import ConditionError
from pipeline.segments.profiles import PREDICTIONS
from pipeline.segments.segment import Segment, SegmentKind, Variant

AT_RISK = Segment(
    name="at_risk",
    when="days_since_last_order > 60 and email_opens_90d = 0",
    stay_while="days_since_last_order > 50",
    description="No order and no opening.",
    send="A reminder.",
    score="revenue_365d",
    variants=(
        Variant(when="visits_30d = 0", description="No visit.", score=None, best_first="visits_365d"),
        Variant(when="days_since_last_order > 60", stay_while="days_since_last_order > 55"),
    ),
)


@pytest.mark.parametrize(
    ("when", "kind", "score"),
    [
        ("orders_365d > 1", SegmentKind.RULE, None),
        ("orders_365d > 1 and churn_probability > 0.5", SegmentKind.PREDICTED, "churn_probability"),
        ("expected_spend > 10 or churn_probability > 0.5", SegmentKind.PREDICTED, "expected_spend"),
        ("churn_reason_1 is not null", SegmentKind.PREDICTED, None),
        ("expected_next_order_at > '2026-11-30'", SegmentKind.PREDICTED, None),
        ("cluster = 'Gift buyers'", SegmentKind.CLUSTER, None),
        ("cluster = 'Gift buyers' and churn_probability > 0.5", SegmentKind.CLUSTER, "churn_probability"),
        ("never(order_placed) and in_segment(predicted_at_risk)", SegmentKind.RULE, None),
    ],
)
def test_what_decides_gives_the_kind_and_the_score(when: str, kind: SegmentKind, score: str | None) -> None:
    segment = Segment(name="s", when=when)
    assert (segment.kind(PREDICTIONS), segment.score_column(PREDICTIONS)) == (kind, score)


def test_a_prediction_of_the_shops_own_makes_a_segment_predicted() -> None:
    segment = Segment(name="s", when="trial_probability > 0.5")
    assert (segment.kind(PREDICTIONS), segment.kind({"trial_probability"})) == (SegmentKind.RULE, SegmentKind.PREDICTED)
    assert segment.score_column({"trial_probability": Kind.NUMBER}) == "trial_probability"


def test_a_given_score_comes_before_the_first_prediction() -> None:
    segment = Segment(name="s", when="churn_probability > 0.5", score="value_at_stake")
    assert segment.score_column(PREDICTIONS) == "value_at_stake"


def test_staying_by_a_prediction_is_predicted_too() -> None:
    segment = Segment(name="s", when="orders_365d > 1", stay_while="churn_probability > 0.5")
    assert segment.kind(PREDICTIONS) is SegmentKind.PREDICTED
    assert segment.reads == ("orders_365d", "churn_probability")


def test_the_score_is_needed_too() -> None:
    segment = Segment(name="s", when="orders_365d > 1", score="value_at_stake")
    assert segment.needs == ("orders_365d", "value_at_stake")
    assert segment.kind(PREDICTIONS) is SegmentKind.RULE


def test_the_features_of_a_segment_are_all_that_it_names_but_predictions() -> None:
    risky = Segment(
        name="s", when="orders_365d > 1 and churn_probability > 0.5", score="visits_30d", best_first="refunds"
    )
    plain = Segment(name="t", when="orders_365d > 1")
    assert risky.features(PREDICTIONS) == ("orders_365d", "visits_30d", "refunds")
    assert plain.features(PREDICTIONS) == ("orders_365d", "revenue_365d")


def test_what_is_asked_beside_columns_is_told_of_every_condition() -> None:
    segment = Segment(name="s", when="never(order_placed) or in_segment(vip)", stay_while="consented('email')")
    assert {type(question).__name__ for question in segment.asks} == {"EventCall", "InSegment", "Consented"}


def test_the_title_is_the_name_in_words_unless_given() -> None:
    assert Segment(name="at_risk", when="true").title == "At risk"
    assert Segment(name="at_risk", when="true", title="Going").title == "Going"


def test_a_variant_takes_the_place_of_what_it_gives_and_of_the_conditions() -> None:
    given, visits, orders = AT_RISK.definitions
    assert given is AT_RISK
    assert (visits.name, visits.when, visits.stay_while, visits.variants) == ("at_risk", "visits_30d = 0", None, ())
    assert (visits.description, visits.send) == ("No visit.", "A reminder.")
    assert (visits.score, visits.best_first) == (None, "visits_365d")
    assert (orders.stay_while, orders.description) == ("days_since_last_order > 55", "No order and no opening.")
    assert orders.score == "revenue_365d"


def test_the_version_follows_the_definition() -> None:
    one = Segment(name="s", when="orders_365d > 1")
    assert one.definition_version == Segment(name="s", when="orders_365d > 1").definition_version
    assert one.definition_version != Segment(name="s", when="orders_365d > 2").definition_version
    assert one.definition_version != one.model_copy(update={"stay_while": "orders_365d > 0"}).definition_version
    assert len(one.definition_version) == 12


def test_other_words_are_the_same_definition() -> None:
    words = {"title": "Going", "description": "Quiet.", "send": "", "do_not_send": "x", "owner": "mara", "tags": ("a",)}
    beside = {"holdout": 0.1, "exclude": ("vip",), "best_first": "revenue_30d"}  # decide nothing about who is in it
    assert AT_RISK.model_copy(update=words | beside).definition_version == AT_RISK.definition_version
    reworded = tuple(variant.model_copy(update={"description": "Quiet."}) for variant in AT_RISK.variants)
    assert AT_RISK.model_copy(update={"variants": reworded}).definition_version == AT_RISK.definition_version


def test_a_change_of_a_variant_is_a_change_and_each_variant_has_a_version_of_its_own() -> None:
    fewer = AT_RISK.model_copy(update={"variants": AT_RISK.variants[:1]})
    versions = [definition.definition_version for definition in (*AT_RISK.definitions, fewer)]
    assert len(set(versions)) == 4
    assert fewer.definitions[1].definition_version == AT_RISK.definitions[1].definition_version


def test_the_version_is_the_same_on_every_machine() -> None:
    assert Segment(name="s", when="orders_365d > 1").definition_version == "845c02505571"


def test_a_copy_with_another_condition_reads_that() -> None:
    segment = Segment(name="s", when="orders_365d > 1")
    assert segment.reads == ("orders_365d",)
    assert segment.model_copy(update={"when": "cluster = 'x'"}).reads == ("cluster",)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "At risk"},
        {"name": ""},
        {"holdout": 1.0},
        {"holdout": -0.1},
        {"colour": "red"},
        {"when": 5},
        {"tags": ["At risk"]},
        {"variants": [{"send": "A reminder."}]},
        {"variants": [{"when": "true", "holdout": 0.1}]},
        {"variants": ["true"]},
    ],
)
def test_a_segment_that_cannot_be(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Segment.model_validate({"name": "s", "when": "true"} | changes)


def test_a_segment_cannot_change() -> None:
    with pytest.raises(ValidationError):
        Segment(name="s", when="true").when = "false"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"when": "orders_365d >"}, "when"),
        ({"stay_while": "orders_365d >"}, "stay_while"),
        ({"variants": [{"when": "true"}, {"when": "orders_365d >"}]}, "variant 2, when"),
        ({"variants": [{"when": "true", "stay_while": "orders_365d >"}]}, "variant 1, stay_while"),
    ],
)
def test_conditions_are_parsed_at_once(changes: dict[str, object], place: str) -> None:
    with pytest.raises(ConditionError, match=rf"^segment s, {place}: expected a column, a number or a text"):
        Segment.model_validate({"name": "s", "when": "true"} | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"when": "orders"}, 'segment s, when: expected a known column, got "orders"'),
        ({"when": "orders_365d"}, "segment s, when: expected something true or false, got a number"),
        ({"stay_while": "orders_365d"}, "segment s, stay_while: expected something true or false, got a number"),
        (
            {"score": "orders_30d"},
            'segment s, score: expected a column of numbers, got "orders_30d". Did you mean "orders_365d"?',
        ),
        ({"score": "cluster"}, 'segment s, score: expected a column of numbers, got "cluster".'),
        ({"variants": [{"when": "orders"}]}, 'segment s, variant 1, when: expected a known column, got "orders"'),
        (
            {"variants": [{"when": "true"}, {"when": "true", "score": "cluster"}]},
            'segment s, variant 2, score: expected a column of numbers, got "cluster".',
        ),
    ],
)
def test_a_segment_is_checked_against_what_is_known(changes: dict[str, object], message: str) -> None:
    segment = Segment.model_validate({"name": "s", "when": "true"} | changes)
    with pytest.raises(ConditionError) as error:
        segment.check_all(Known({"orders_365d": Kind.NUMBER, "cluster": Kind.TEXT}))
    assert str(error.value).startswith(message)


def test_a_settled_segment_is_checked_without_the_variants_that_it_does_not_need() -> None:
    segment = Segment(name="s", when="orders_365d > 1", variants=(Variant(when="visits_30d > 1"),))
    known = Known({"orders_365d": Kind.NUMBER})
    segment.check(known)
    with pytest.raises(ConditionError, match="segment s, variant 1, when: expected a known column"):
        segment.check_all(known)
