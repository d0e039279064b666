"""What follows from findings, on a project with publications and versions written by hand."""

import json
import shutil
from datetime import datetime, timedelta

import pytest

from features.vocabulary import Vocabulary
from flows.monitoring.policy import last_trained, rule, spoils
from flows.project import open_project
from models.artefacts import write_card
from models.registry import CHAMPION
from models.tasks import find_task
from pipeline.events.quality.finding import Finding, Severity
from pipeline.publish.published import MANIFEST
from pipeline.settings.monitoring import ABOUT
from tests.rows import AS_OF, days_before

CHURN = find_task("churn")
INSTANT = timedelta(microseconds=1)
STALE = Finding(
    "freshness",
    Severity.SEVERE,
    "The last event is 9 days old.",
    "Check the exports.",
    {"last_event": days_before(9.5)},
)


def gap(*event_types: str, ended_at: datetime | None = None, days: float = 2) -> Finding:
    figures = {"event_types": list(event_types), "started_at": days_before(days), "ended_at": ended_at}
    return Finding("tracking gap", Severity.SEVERE, "They are silent.", "Check the tag.", figures)


DRIFT = Finding("feature drift", Severity.SEVERE, "It moved.")
SPREAD = Finding("score drift", Severity.SEVERE, "They are spread otherwise.", figures={"task": "churn"})


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A project folder with a registry in which nothing is registered: to make one takes seconds."""
    folder = tmp_path_factory.mktemp("registry")
    (folder / "segcast.toml").write_text('[shop]\nname = "x"\n', encoding="utf-8")
    assert open_project(folder).registry.versions("churn") == ()
    return folder


@pytest.fixture
def shop(registry, tmp_path):
    """A project with lines of its own under [monitoring]."""
    folder = shutil.copytree(registry, tmp_path / "shop")

    def made(lines=""):
        (folder / "segcast.toml").write_text(f'[shop]\nname = "x"\n[monitoring]\n{lines}\n', encoding="utf-8")
        return open_project(folder)

    return made


def serve(project, days_ago, importance=(), *, promoted=True):
    """Register a churn model that leans on features by these shares."""
    vocabulary = Vocabulary(("order_placed", "email_opened", "email_delivered", "product_viewed")).as_dict()
    card = {
        "task": CHURN.as_dict(),
        "training": {"trained_as_of": days_before(days_ago).isoformat(), "vocabulary": vocabulary},
        "importance": [{"feature": name, "topic": "", "share": share} for name, share in importance],
    }
    version = project.registry.add("churn", lambda files: write_card(files, card), {}, {})
    if promoted:
        project.registry.promote("churn", version.number)
    return version


def publish(project, days_ago=1):
    path = project.published / f"{days_before(days_ago):%Y-%m-%d}-abc"
    path.mkdir(parents=True)
    (path / MANIFEST).write_text(
        json.dumps({"publication_id": path.name, "as_of": days_before(days_ago).isoformat()}), encoding="utf-8"
    )
    (project.published / "LATEST").write_text(path.name, encoding="utf-8")


def test_without_a_severe_finding_nothing_follows(shop):
    warning = Finding("freshness", Severity.WARNING, "It is late.")
    ruling = rule(shop(), (warning,), AS_OF)
    assert (ruling.holds_back, ruling.retrains, ruling.sentence, ruling.training) == (False, False, "", "")


def test_a_log_that_stopped_holds_a_first_publication_back_and_says_how_to_go_on(shop):
    ruling = rule(shop(), (STALE,), AS_OF)
    assert ruling.sentence == (
        "Held back, and nothing is published yet: The last event is 9 days old. Check the exports. "
        "To publish what was known when the log stopped: --as-of 2026-02-20; all the same: --anyway."
    )


@pytest.mark.parametrize(("days_ago", "does"), [(10, True), (9, False), (1, False)])
def test_what_was_known_when_the_log_stopped_is_offered_only_where_it_is_not_published_yet(shop, days_ago, does):
    project = shop()
    publish(project, days_ago)
    sentence = rule(project, (STALE,), AS_OF).sentence
    assert ("--as-of 2026-02-20" in sentence) is does
    assert "all the same: --anyway." in sentence


def test_the_last_publication_stays_in_force(shop):
    project = shop()
    publish(project)
    assert (
        "and 2026-02-28-abc stays in force: They are silent. Check the tag."
        in rule(project, (gap("order_placed"),), AS_OF).sentence
    )


def test_only_what_a_shop_names_holds_back(shop):
    assert not rule(shop('block = ["population"]'), (STALE,), AS_OF).holds_back
    assert rule(shop('block = ["freshness"]'), (STALE,), AS_OF).holding == (STALE,)
    assert not rule(shop("block = []"), (STALE, gap("*")), AS_OF).holds_back


@pytest.mark.parametrize(
    ("ended_at", "does"), [(None, True), (AS_OF + INSTANT, True), (AS_OF, False), (days_before(400), False)]
)
def test_a_gap_that_has_ended_does_not_spoil_tonight(ended_at, does):
    assert spoils(gap("*", ended_at=ended_at), AS_OF, {}) is does


def test_silent_events_spoil_what_leans_on_them(shop):
    project = shop()
    serve(project, 10, [("orders_365d", 0.9), ("email_opens_90d", 0.06), ("emails_since_last_open", 0.04)])
    assert rule(project, (gap("email_opened"),), AS_OF).holds_back
    assert not rule(project, (gap("product_viewed"),), AS_OF).holds_back


@pytest.mark.parametrize(
    ("silent", "does"),
    [
        (gap("email_opened", days=28), True),
        (gap("email_opened", days=28.1), False),
        (gap("email_opened", "order_placed", days=400), True),
        (gap("*", days=400), True),
    ],
)
def test_a_channel_that_was_given_up_spoils_nothing_any_more(silent, does):
    assert spoils(silent, AS_OF, {"email_opened": 1.0}) is does


def test_drift_holds_back_until_a_training_could_not_help_and_then_for_as_long_as_none_is_due(shop):
    project = shop()
    serve(project, 30)
    ruling = rule(project, (SPREAD,), AS_OF)
    assert ruling.holds_back
    assert ruling.retrains
    serve(project, 0, promoted=False)
    for days_later in (0, 6):
        assert not rule(project, (SPREAD,), AS_OF + timedelta(days=days_later)).holds_back
    ruling = rule(project, (SPREAD,), AS_OF + timedelta(days=7))
    assert ruling.holds_back
    assert ruling.retrains


def test_drift_holds_back_where_what_was_trained_went_into_service_or_is_not_to_be_trained_for(shop):
    project = shop()
    serve(project, 3)
    assert rule(project, (SPREAD,), AS_OF).holds_back
    serve(project, 1, promoted=False)
    assert not rule(project, (SPREAD,), AS_OF).holds_back
    assert rule(shop("retrain = []"), (SPREAD,), AS_OF).holds_back


def test_the_model_in_service_is_asked_and_no_other(shop):
    project = shop()
    serve(project, 10, [("orders_365d", 1.0)])
    serve(project, 5, [("email_opens_90d", 1.0)], promoted=False)
    assert not rule(project, (gap("email_opened"),), AS_OF).holds_back
    assert project.registry.find("churn", CHAMPION).number == 1


def test_without_models_orders_matter_and_visits_do_not(shop):
    assert rule(shop(), (gap("product_viewed", "order_placed"),), AS_OF).holds_back
    assert not rule(shop(), (gap("product_viewed"),), AS_OF).holds_back


@pytest.mark.parametrize(("days_ago", "does"), [(6.9, False), (7, True), (30, True), (0, True), (-3, False)])
def test_training_is_asked_for_no_more_often_than_the_shop_wants(shop, days_ago, does):
    """A training as of tonight's own moment was begun by this very night; one of a later moment knows more."""
    project = shop()
    serve(project, days_ago, promoted=False)
    ruling = rule(project, (DRIFT,), AS_OF)
    assert (ruling.retrains, ruling.training) == (does, "It moved." if does else "")


def test_training_may_be_wanted_every_day_or_not_at_all(shop):
    project = shop('retrain_every = "1 day"')
    serve(project, 2)
    assert rule(project, (DRIFT,), AS_OF).asking == (DRIFT,)
    assert not rule(shop("retrain = []"), (DRIFT,), AS_OF).retrains


def test_the_last_training_is_that_of_the_latest_moment_and_not_of_the_highest_number(shop):
    """Past days train as of their own, after what is in service was trained."""
    project = shop()
    serve(project, 3)
    serve(project, 60, promoted=False)
    assert last_trained(project, "churn", AS_OF) == days_before(3)
    assert not rule(project, (DRIFT,), AS_OF).retrains


def test_a_version_that_cannot_be_read_is_passed_over(shop):
    project = shop()
    serve(project, 20)
    broken = serve(project, 3)
    (broken.folder / "card.json").write_text("{", encoding="utf-8")
    assert last_trained(project, "churn", AS_OF) == days_before(20)


def test_by_default_only_what_findings_are_about_is_named(shop):
    settings = shop().settings.monitoring
    assert {*settings.block, *settings.retrain} <= set(ABOUT)
