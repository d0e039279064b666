import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import numpy as np
import pytest

from features.matrix import FeatureMatrix, utc_us
from models.examples import Examples
from models.link import Floats
from models.model import Model
from models.monitoring.drift import Drift, drift
from models.monitoring.reference import Reference, reference_of
from models.monitoring.words import about_age, about_drift, about_level, without_reference
from pipeline.events.quality.finding import Severity
from tests.models.shop import AS_OF

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def reference(churn: Model, past: Examples) -> Reference:
    """Of the four cut-offs that the model learned from; the last of them is 90 days ago."""
    found = reference_of(churn, past.matrix, np.ones(len(past), dtype=np.bool_))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def then(past: Examples) -> FeatureMatrix:
    return past.at(past.matrix.cut_offs[-1]).matrix


def held(reference: Reference, model: Model, now: FeatureMatrix, after: timedelta = WEEK) -> Drift:
    names = set(now.names)
    return drift(
        reference, lambda name: now.column(name) if name in names else None, model.predict(now), reference.as_of + after
    )


def changed(rows: FeatureMatrix, **columns: Floats | float) -> FeatureMatrix:
    values = rows.values.copy()
    for name, value in columns.items():
        values[:, rows.names.index(name)] = value
    return replace(rows, values=values)


def test_a_reference_is_of_the_latest_moment_and_of_what_the_model_leans_on(
    reference: Reference, churn: Model, then: FeatureMatrix
) -> None:
    assert (reference.as_of, reference.customers) == (then.cut_offs[0], len(then))
    assert set(reference.features) <= set(churn.features)
    assert 0.98 < sum(one.weight for one in reference.features.values()) <= 1.0001
    assert all(len(one.spread.usual) == 3 for one in reference.features.values())


def test_it_is_the_same_after_a_night_on_disk(reference: Reference) -> None:
    assert Reference.from_dict(json.loads(json.dumps(reference.as_dict()))) == reference


def test_the_same_customers_have_not_moved(reference: Reference, churn: Model, then: FeatureMatrix) -> None:
    found = held(reference, churn, then)
    assert (found.features, found.leaned_on, found.scores.beyond) == ((), 0, False)
    assert found.scores.psi == pytest.approx(0, abs=1e-9)
    assert list(about_drift("churn", reference, found)) == []


def test_a_random_tenth_of_the_customers_has_not_moved_beyond_chance(
    reference: Reference, churn: Model, then: FeatureMatrix
) -> None:
    some = then.where(np.random.default_rng(1).random(len(then)) < 0.1)
    assert held(reference, churn, some).features == ()


def test_what_grows_with_the_calendar_by_itself_is_no_news(
    reference: Reference, churn: Model, then: FeatureMatrix
) -> None:
    """A month on, everybody's first order lies 30 days further back, as it did every month."""
    older = changed(then, days_since_first_order=then.column("days_since_first_order") + 30)
    assert "days_since_first_order" not in {
        one.name for one in held(reference, churn, older, timedelta(days=30)).features
    }


def test_a_column_that_is_lost_is_found_and_weighed(reference: Reference, churn: Model, then: FeatureMatrix) -> None:
    weightiest = next(iter(reference.features))
    found = held(reference, churn, changed(then, **{weightiest: np.nan}))
    assert [one.name for one in found.features] == [weightiest]
    assert found.leaned_on == pytest.approx(reference.features[weightiest].weight / found.compared)


def test_a_feature_that_these_profiles_do_not_have_is_not_compared(
    reference: Reference, churn: Model, then: FeatureMatrix
) -> None:
    weightiest = next(iter(reference.features))
    found = drift(
        reference, lambda name: None if name == weightiest else then.column(name), churn.predict(then), reference.as_of
    )
    assert found.compared == pytest.approx(
        sum(one.weight for one in reference.features.values()) - reference.features[weightiest].weight
    )


def test_predictions_that_all_rose_are_severe_and_say_how_many_stand_high(
    reference: Reference, then: FeatureMatrix, churn: Model
) -> None:
    raised = np.sqrt(np.sqrt(churn.predict(then)))
    found = drift(reference, then.column, raised, reference.as_of + WEEK)
    told = [one for one in about_drift("churn", reference, found) if one.about == "score drift"]
    assert [one.severity for one in told] == [Severity.SEVERE]
    assert "as high as the highest 10.0 % were then" in told[0].sentence
    assert cast("float", told[0].figures["highest_now"]) > 0.3


@pytest.mark.parametrize(("weight", "severity"), [(0.01, "note"), (0.05, "warning"), (0.3, "severe")])
def test_it_matters_by_how_much_the_model_leans_on_what_moved(
    reference: Reference, churn: Model, then: FeatureMatrix, weight: float, severity: str
) -> None:
    name = next(iter(reference.features))
    features = {name: replace(reference.features[name], weight=weight)}
    rest = {other: replace(one, weight=0.0) for other, one in reference.features.items() if other != name}
    rest[next(iter(rest))] = replace(next(iter(rest.values())), weight=1 - weight)
    weighed = replace(reference, features=features | rest)
    found = held(weighed, churn, changed(then, **{name: np.nan}))
    (told,) = (one for one in about_drift("churn", weighed, found) if one.about == "feature drift")
    assert told.severity == severity
    assert told.sentence.endswith(f"usually bring: {reference.features[name].topic} ({name}).")


def test_nobody_has_no_reference(churn: Model, past: Examples) -> None:
    assert reference_of(churn, past.matrix, np.zeros(len(past), dtype=np.bool_)) is None


def test_a_moment_without_members_is_passed_over(churn: Model, past: Examples) -> None:
    members = past.matrix.as_of != utc_us(past.matrix.cut_offs[0])
    found = reference_of(churn, past.matrix, members)
    assert found is not None
    assert len(found.scores.usual) == 2


def test_a_model_from_before_references_gives_a_note() -> None:
    told = without_reference("churn", 2)
    assert (told.about, told.severity) == ("feature drift", Severity.NOTE)
    assert "The churn model, version 2" in told.sentence


@pytest.mark.parametrize(("days", "severity"), [(90, None), (91, "warning"), (180, "warning"), (181, "severe")])
def test_a_model_ages(days: int, severity: str | None) -> None:
    told = [one.severity for one in about_age("churn", AS_OF - timedelta(days=days), AS_OF)]
    assert told == ([severity] if severity else [])


def card(low: float, high: float, as_of: datetime = AS_OF) -> dict[str, object]:
    level = {"as_of": as_of.isoformat(), "expected_share_low": low, "expected_share_high": high}
    return {"outlook": {"level": level, "money": None}}


@pytest.mark.parametrize(
    ("came", "severity"), [(0.3, None), (0.5, None), (0.52, "warning"), (0.9, "severe"), (0.1, "severe")]
)
def test_a_level_outside_what_the_model_had_told_is_found(came: float, severity: str | None) -> None:
    told = list(about_level("churn", card(0.3, 0.5), AS_OF + WEEK, came, 1200))
    assert [one.severity for one in told] == ([severity] if severity else [])
    if told:
        assert told[0].sentence.endswith(f"came true for {100 * came:.1f} %; the model had expected 30.0 % to 50.0 %.")


def test_of_a_level_told_for_another_time_or_not_at_all_nothing_is_said() -> None:
    long_before = card(0.3, 0.5, AS_OF - timedelta(days=60))
    assert [
        *about_level("churn", long_before, AS_OF, 0.9, 10),
        *about_level("churn", {"outlook": None}, AS_OF, 0.9, 10),
    ] == []
