"""What follows from findings, on a project with publications and versions written by hand."""

import json
import shutil
from datetime import datetime, timedelta

import pytest

from features.vocabulary import Vocabulary
from flows.policy import last_trained, rule, spoils
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


def gap(*event_types: str, ended_at: datetime | None = None) -> Finding:
    figures = {"event_types": list(event_types), "ended_at": ended_at}
    return Finding("tracking gap", Severity.SEVERE, "They are silent.", "Check the tag.", figures)


DRIFT = Finding("feature drift", Severity.SEVERE, "It moved.")


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


def publish(project):
    path = project.published / "2026-02-28-abc"
    path.mkdir(parents=True)
    (path / MANIFEST).write_text(
        json.dumps({"publication_id": path.name, "as_of": days_before(1).isoformat()}), encoding="utf-8"
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


def test_the_model_in_service_is_asked_and_no_other(shop):
    project = shop()
    serve(project, 10, [("orders_365d", 1.0)])
    serve(project, 5, [("email_opens_90d", 1.0)], promoted=False)
    assert not rule(project, (gap("email_opened"),), AS_OF).holds_back
    assert project.registry.find("churn", CHAMPION).number == 1


def test_without_models_orders_matter_and_visits_do_not(shop):
    assert rule(shop(), (gap("product_viewed", "order_placed"),), AS_OF).holds_back
    assert not rule(shop(), (gap("product_viewed"),), AS_OF).holds_back


@pytest.mark.parametrize(("days_ago", "does"), [(6.9, False), (7, True), (30, True), (0, True), (-3, True)])
def test_training_is_asked_for_no_more_often_than_the_shop_wants(shop, days_ago, does):
    """A training as of tonight's own moment was begun by this very night, one of a later moment is not known yet."""
    project = shop()
    serve(project, days_ago, promoted=False)
    ruling = rule(project, (DRIFT,), AS_OF)
    assert (ruling.retrains, ruling.training) == (does, "It moved." if does else "")


def test_training_may_be_wanted_every_day_or_not_at_all(shop):
    project = shop('retrain_every = "1 day"')
    serve(project, 2)
    assert rule(project, (DRIFT,), AS_OF).asking == (DRIFT,)
    assert not rule(shop("retrain = []"), (DRIFT,), AS_OF).retrains


def test_a_version_that_cannot_be_read_is_passed_over(shop):
    project = shop()
    serve(project, 20)
    broken = serve(project, 3)
    (broken.folder / "card.json").write_text("{", encoding="utf-8")
    assert last_trained(project, "churn", AS_OF) == days_before(20)


def test_by_default_only_what_findings_are_about_is_named(shop):
    settings = shop().settings.monitoring
    assert {*settings.block, *settings.retrain} <= set(ABOUT)
