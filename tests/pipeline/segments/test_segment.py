import pytest
from pydantic import ValidationError

from pipeline.conditions.check import Kind
from pipeline.errors import ConditionError
from pipeline.segments.segment import Segment, SegmentKind, read_by


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
    ],
)
def test_what_decides_gives_the_kind_and_the_score(when: str, kind: SegmentKind, score: str | None) -> None:
    segment = Segment(name="s", when=when)
    assert (segment.kind, segment.score_column) == (kind, score)


def test_a_given_score_comes_before_the_first_prediction() -> None:
    assert Segment(name="s", when="churn_probability > 0.5", score="value_at_stake").score_column == "value_at_stake"


def test_staying_by_a_prediction_is_predicted_too() -> None:
    segment = Segment(name="s", when="orders_365d > 1", stay_while="churn_probability > 0.5")
    assert segment.kind is SegmentKind.PREDICTED
    assert segment.reads == ("orders_365d", "churn_probability")


def test_the_score_is_needed_too() -> None:
    segment = Segment(name="s", when="orders_365d > 1", score="value_at_stake")
    assert segment.needs == ("orders_365d", "value_at_stake")
    assert segment.kind is SegmentKind.RULE


def test_the_features_of_a_segment_are_all_that_it_names_but_predictions() -> None:
    risky = Segment(
        name="s", when="orders_365d > 1 and churn_probability > 0.5", score="visits_30d", best_first="refunds"
    )
    plain = Segment(name="t", when="orders_365d > 1")
    assert risky.features == ("orders_365d", "visits_30d", "refunds")
    assert plain.features == ("orders_365d", "revenue_365d")
    assert read_by([risky, plain]) == ("orders_365d", "visits_30d", "refunds", "revenue_365d")


def test_the_title_is_the_name_in_words_unless_given() -> None:
    assert Segment(name="at_risk", when="true").title == "At risk"
    assert Segment(name="at_risk", when="true", title="Going").title == "Going"


def test_the_version_follows_the_definition() -> None:
    one = Segment(name="s", when="orders_365d > 1")
    assert one.definition_version == Segment(name="s", when="orders_365d > 1").definition_version
    assert one.definition_version != Segment(name="s", when="orders_365d > 2").definition_version
    assert one.definition_version != one.model_copy(update={"holdout": 0.1}).definition_version
    assert len(one.definition_version) == 12


def test_the_version_is_the_same_on_every_machine() -> None:
    assert Segment(name="s", when="orders_365d > 1").definition_version == "6c8e1792fe2f"


def test_a_copy_with_another_condition_reads_that() -> None:
    segment = Segment(name="s", when="orders_365d > 1")
    assert segment.reads == ("orders_365d",)
    assert segment.model_copy(update={"when": "cluster = 'x'"}).reads == ("cluster",)


@pytest.mark.parametrize(
    "changes",
    [{"name": "At risk"}, {"name": ""}, {"holdout": 1.0}, {"holdout": -0.1}, {"colour": "red"}, {"when": 5}],
)
def test_a_segment_that_cannot_be(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Segment.model_validate({"name": "s", "when": "true"} | changes)


def test_a_segment_cannot_change() -> None:
    with pytest.raises(ValidationError):
        Segment(name="s", when="true").when = "false"


@pytest.mark.parametrize(
    ("when", "stay_while", "message"),
    [
        ("orders_365d >", None, "segment s, when: expected a column, a number or a text, got the end"),
        ("true", "orders_365d >", "segment s, stay_while: expected a column, a number or a text, got the end"),
        ("true", "count(order_placed) > 1", 'segment s, stay_while: expected columns only, got "count"'),
    ],
)
def test_conditions_are_parsed_at_once(when: str, stay_while: str | None, message: str) -> None:
    with pytest.raises(ConditionError) as error:
        Segment(name="s", when=when, stay_while=stay_while)
    assert str(error.value).startswith(message)


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
    ],
)
def test_a_segment_is_checked_over_columns(changes: dict[str, str], message: str) -> None:
    segment = Segment.model_validate({"name": "s", "when": "true"} | changes)
    with pytest.raises(ConditionError) as error:
        segment.check({"orders_365d": Kind.NUMBER, "cluster": Kind.TEXT})
    assert str(error.value).startswith(message)
