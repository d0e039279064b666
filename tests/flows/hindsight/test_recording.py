"""What a publication tells of earlier ones, from publications and a log written by hand."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.hindsight.beside_rules import against_rules
from flows.hindsight.came_out import came_out, came_out_in_words, judged
from flows.hindsight.matured import Asked, Hindsight
from flows.hindsight.recording import record
from flows.ingesting import ingest
from flows.project import open_project
from flows.publishing.pressing import press
from flows.quality import look
from flows.segmenting.deciding import decide
from flows.segmenting.scoring import score
from models.artefacts import write_card
from models.monitoring.outcomes import about_outcome
from models.tasks import Task, find_task
from pipeline.events.gaps import SILENT, Gap
from pipeline.events.quality.finding import Finding, Severity
from pipeline.events.tables import EVENTS
from pipeline.publish.published import MANIFEST, read_publication
from pipeline.publish.record import Move
from pipeline.segments.library import library
from pipeline.segments.membership import Memberships
from pipeline.segments.rows import SCHEMA
from pipeline.segments.versus.pairs import Pair
from tests.rows import AS_OF, arrow, days_before, event

INSTANT = timedelta(microseconds=1)
HORIZON = 90
FEBRUARY, MARCH = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
AT_RISK = Pair("predicted_at_risk", "at_risk")
DECIDED = tuple(one for one in library() if one.name in {AT_RISK.predicted, AT_RISK.rule})
KINDS = {AT_RISK.predicted: "predicted", AT_RISK.rule: "rule"}
CHURN = find_task("churn")
PEOPLE = ("ann", "ben", "cas", "dee", "eve")

Stays = Mapping[str, float]
"""By customer, so many days ago since when they are in."""


@dataclass(frozen=True)
class Told:
    """A publication of some days ago: who was named by the model and by the rule since when, and what was predicted."""

    days_ago: float
    named: Stays = field(default_factory=dict)
    met: Stays = field(default_factory=dict)
    chances: Mapping[str, float | None] = field(default_factory=dict)
    trained_days_ago: float = 400
    versions: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A shop whose customers all ordered 300 days ago, whose log goes on until today, with one registered model."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "segcast.toml").write_text('[shop]\nname = "Corner shop"\n', encoding="utf-8")
    project = open_project(folder)
    first = [event(one, days_before(300), event_id=f"{one}-first") for one in PEOPLE]
    today = event("somebody", AS_OF - INSTANT, "product_viewed", event_id="today")
    project.store.append(EVENTS, arrow([*first, today]))
    serve(project, CHURN, days_before(400))
    return folder


def serve(project, task, trained_as_of):
    """Put a version of a task's model into service, as far as a publication asks about it."""
    card = {"task": task.as_dict(), "training": {"trained_as_of": trained_as_of.isoformat()}}
    version = project.registry.add(task.name, lambda files: write_card(files, card), {}, {})
    project.registry.point(task.name, version.number)


@pytest.fixture
def project(shop, tmp_path):
    """A copy of the shop to change."""
    return open_project(shutil.copytree(shop, tmp_path / "own"))


def ordered(project, customer, days_ago, **told):
    project.store.append(EVENTS, arrow([event(customer, days_before(days_ago), event_id=f"{days_ago}", **told)]))


def publish(project, told):
    """Write what is read of a publication, and return it."""
    as_of = days_before(told.days_ago)
    path = project.published / f"{as_of:%Y-%m-%d}-{told.days_ago:g}"
    path.mkdir(parents=True)
    pq.write_table(members(told), path / "memberships.parquet")
    chances = pa.array([told.chances.get(one) for one in PEOPLE], pa.float64())
    pq.write_table(pa.table({"customer_id": PEOPLE, "churn_probability": chances}), path / "predictions.parquet")
    versions = {one.name: one.definition_version for one in DECIDED} | dict(told.versions)
    manifest = {
        "publication_id": path.name,
        "as_of": as_of.isoformat(),
        "segments": {name: {"definition_version": version} for name, version in versions.items() if version},
        "models": [
            {
                "task": "churn",
                "version": "1",
                "horizon_days": HORIZON,
                "trained_as_of": days_before(told.trained_days_ago).isoformat(),
            }
        ],
    }
    (path / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return read_publication(path)


def members(told):
    lists = {AT_RISK.predicted: told.named, AT_RISK.rule: told.met}
    rows = [
        {"customer_id": one, "segment": name, "kind": KINDS[name], "since": days_before(ago)}
        for name, stays in lists.items()
        for one, ago in stays.items()
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def hindsight(project, *, customers=PEOPLE, gaps=(), as_of=AS_OF):
    return Hindsight(project, as_of, pa.array(customers), gaps)


def beside(project, now, *earlier, decided=DECIDED, **known):
    """The pair as of today, after publications, oldest first."""
    published = tuple(publish(project, one) for one in earlier)
    memberships = Memberships(AS_OF, members(now), decided=decided)
    found = against_rules(hindsight(project, **known), memberships, published, [AT_RISK])
    return found[0] if found else None


def test_of_a_first_publication_only_the_lists_are_told(project):
    found = beside(project, Told(0, named={"ann": 0, "ben": 0, "cas": 0}, met={"cas": 0, "dee": 0}))
    assert (found.both, found.only_predicted, found.only_rule) == (1, 2, 1)
    assert (found.lead_days, found.watched_days, found.came_true, found.came_true_as_of) == ((), 0, {}, None)
    assert found.happened == "no order within 90 days"


def test_the_first_named_are_told_from_the_last_by_what_was_published(project):
    """Ann was named 12 days before the rule met her, Ben after it, Cas on the same day, Dee by the rule alone."""
    then = Told(28, named={"ann": 28})
    between = Told(16, named={"ann": 28, "cas": 16}, met={"ann": 16, "ben": 16, "cas": 16, "dee": 16})
    found = beside(project, Told(0, named={"ben": 0}, met={"ben": 16}), then, between)
    assert (found.lead_days, found.later, found.same_day, found.never) == ((12,), 1, 1, 1)
    assert found.watched_days == 28


def test_who_left_the_models_list_and_then_met_the_rule_was_named_first(project):
    found = beside(project, Told(0, met={"ann": 0}), Told(14, named={"ann": 14}), Told(7))
    assert (found.lead_days, found.never) == ((14,), 0)


def test_who_ordered_after_being_named_is_in_a_new_silence(project):
    ordered(project, "ann", 10)
    found = beside(project, Told(0, met={"ann": 0}), Told(14, named={"ann": 14}), Told(7))
    assert (found.lead_days, found.never) == ((), 1)


def test_an_order_that_was_not_known_yet_divides_nothing(project):
    ordered(project, "ann", 10, received_at=AS_OF)
    found = beside(project, Told(0, met={"ann": 0}), Told(14, named={"ann": 14}), Told(7))
    assert found.lead_days == (14,)


def test_the_watch_begins_where_a_segment_was_last_defined_otherwise_or_left_out(project):
    for name, version in ((AT_RISK.rule, "other"), (AT_RISK.predicted, "")):
        broken = Told(14 if version else 13, named={"ann": 14}, versions={name: version})
        apart = 21 if version else 20
        found = beside(project, Told(0, met={"ann": 0}), Told(apart, named={"ann": apart}), broken, Told(apart - 14))
        assert found.watched_days == apart - 14
        assert (found.lead_days, found.never) == ((), 1)


def test_a_list_by_a_model_that_knew_what_was_to_come_named_nobody_first(project):
    """Ann and Ben were named 14 days before the rule met them, by a model that was trained 7 days ago, Ann since."""
    backfilled = Told(14, named={"ann": 14, "ben": 14}, trained_days_ago=7)
    told = [Told(6, named={"ann": 14}), Told(3, named={"ann": 14})]
    found = beside(project, Told(0, named={"ann": 14}, met={"ann": 0, "ben": 0}), backfilled, *told)
    assert found.watched_days == 6
    assert (found.lead_days, found.never) == ((6,), 1)


def test_no_leads_are_told_where_the_model_in_service_was_trained_after_tonight(project):
    serve(project, CHURN, AS_OF + INSTANT)
    found = beside(project, Told(0, named={"ann": 14}, met={"ann": 0}), Told(14, named={"ann": 14}), Told(7))
    assert (found.watched_days, found.lead_days, found.both) == (0, (), 1)


def test_who_is_not_known_any_more_is_not_counted(project):
    now, then = Told(0, met={"ann": 0, "ben": 0}), Told(7, named={"ann": 7, "ben": 7})
    assert beside(project, now, then, customers=["ben"]).lead_days == (7,)


def test_nothing_is_told_where_a_list_is_left_out_or_no_model_decides_it(project):
    predicted, rule = (next(one for one in DECIDED if one.name == name) for name in (AT_RISK.predicted, AT_RISK.rule))
    by_a_rule = predicted.model_copy(update={"when": "days_since_last_order > 30", "stay_while": None})
    for decided in ((rule,), (predicted,), (by_a_rule, rule)):
        assert beside(project, Told(0, named={"ann": 0}, met={"ann": 0}), decided=decided) is None


def test_what_came_of_the_members_is_told_by_group_as_of_the_newest_matured_publication(project):
    for one, days_ago in (("ann", 60), ("dee", 95), ("eve", 100.1)):
        ordered(project, one, days_ago)
    older = Told(100, named={"ben": 100}, met={"ben": 100})
    newest = Told(HORIZON, named={"ann": 100, "ben": 100, "cas": 95}, met={"cas": 95, "dee": 95})
    young = Told(HORIZON - 1, named={"dee": 89})
    found = beside(project, Told(0), older, newest, young)
    assert found.came_true == {"both": (1.0, 1), "only_predicted": (0.5, 2), "only_rule": (1.0, 1)}
    assert (found.came_true_as_of, found.apart) == (days_before(HORIZON), None)


def test_who_was_right_more_often_is_told_with_an_interval_where_enough_are_known(project):
    ordered(project, "ann", 60)
    named, met = ({f"{who}-{number}": 95 for number in range(25)} for who in ("named", "met"))
    then = Told(HORIZON, named={**named, "ann": 95}, met=met)
    found = beside(project, Told(0), then, customers=sorted({*then.named, *then.met}))
    gap, low, high = found.apart
    assert gap == pytest.approx(-1 / 26)
    assert low < gap < high


def test_what_came_of_a_segment_defined_otherwise_is_not_told_of_this_one(project):
    then = Told(HORIZON, named={"ann": 95}, versions={AT_RISK.rule: "other"})
    found = beside(project, Told(0), then)
    assert (found.came_true, found.came_true_as_of) == ({}, None)


CHANCES = {"ann": 0.9, "ben": 0.8, "cas": 0.3, "dee": 0.2, "eve": None}


def test_predictions_are_held_against_what_came(project):
    for one, days_ago in (("cas", 50), ("dee", 90)):
        ordered(project, one, days_ago)
    published = publish(project, Told(HORIZON, chances=CHANCES))
    (found,) = came_out(hindsight(project), [published])
    assert (found.publication_id, found.as_of, found.task) == (published.publication_id, published.as_of, "churn")
    assert (found.model_version, found.horizon_days, found.customers) == ("1", HORIZON, 4)
    assert (found.metrics["base_rate"], found.metrics["roc_auc"]) == (0.5, 1)
    assert found.metrics["brier"] == pytest.approx((0.1**2 + 0.2**2 + 0.3**2 + 0.2**2) / 4)
    assert found.reliability == ((0.2, 0, 1), (0.3, 0, 1), (0.8, 1, 1), (0.9, 1, 1))
    assert came_out_in_words(found) == (
        "Of 4 customers, within 90 days, churn came true of 50.0%; calibration error 0.200, ROC AUC 1.000."
    )


def test_a_figure_that_one_class_alone_cannot_give_is_absent(project):
    (found,) = came_out(hindsight(project), [publish(project, Told(HORIZON, chances=CHANCES))])
    assert found.metrics["base_rate"] == 1
    assert "roc_auc" not in found.metrics
    assert "ROC" not in came_out_in_words(found)


def test_only_what_was_known_by_the_moment_came(project):
    ordered(project, "ann", 50, received_at=AS_OF)
    published = publish(project, Told(HORIZON, chances=CHANCES))
    before, after = (came_out(hindsight(project, as_of=at), [published]) for at in (AS_OF, AS_OF + INSTANT))
    assert (before[0].metrics["base_rate"], after[0].metrics["base_rate"]) == (1, 0.75)


@pytest.mark.parametrize(
    "told",
    [
        Told(HORIZON - 1, chances=CHANCES),
        Told(HORIZON, chances=CHANCES, trained_days_ago=HORIZON - 1),
        Told(HORIZON),
    ],
    ids=["the horizon is not over", "the model knew what was to come", "nothing was predicted"],
)
def test_what_tells_nothing_is_left_out(project, told):
    assert came_out(hindsight(project), [publish(project, told)]) == ()


def test_a_log_that_stopped_or_was_silent_does_not_tell_that_nobody_ordered(project):
    published = publish(project, Told(HORIZON, chances=CHANCES))
    down = Gap("order_placed", SILENT, days_before(40), days_before(30), 5, 0)
    assert came_out(hindsight(project, gaps=(down,)), [published]) == ()
    later = AS_OF + timedelta(days=9)
    assert len(came_out(hindsight(project, as_of=later), [published])) == 1
    younger = publish(project, Told(HORIZON - 2, chances=CHANCES))
    assert came_out(hindsight(project, as_of=later), [younger]) == ()


def test_a_model_whose_task_is_not_known_any_more_or_was_another_is_passed_over(project):
    told = Told(HORIZON, chances=CHANCES)
    published = publish(project, told)
    models = [{**published.manifest["models"][0], **other} for other in ({"version": "9"}, {"horizon_days": 30})]
    for model in models:
        (published.path / MANIFEST).write_text(json.dumps({**published.manifest, "models": [model]}), encoding="utf-8")
        assert came_out(hindsight(project), [read_publication(published.path)]) == ()


@pytest.mark.parametrize(
    ("task", "kind"),
    [
        (CHURN, "probability"),
        (Task("orders", CHURN.population, "count(order_placed)", timedelta(days=HORIZON)), "number"),
        (Task("spend", CHURN.population, "sum(order_placed, amount)", timedelta(days=HORIZON)), "money"),
    ],
    ids=lambda told: told if isinstance(told, str) else told.name,
)
def test_it_says_what_was_predicted_a_chance_money_or_a_number(project, task, kind):
    published = publish(project, Told(HORIZON, chances=CHANCES))
    rows = pa.table({"customer_id": PEOPLE, task.prediction: [0.25, 0.5, 0.75, 1.0, None]})
    pq.write_table(rows, published.path / "predictions.parquet")
    ordered(project, "ann", 50, amount=Decimal(1))
    found = judged(hindsight(project), published, Asked(task, "1"))
    assert (found.kind, found.customers) == (kind, 4)
    assert ("total_error" in found.metrics) == (kind != "probability")


def test_what_four_customers_spent_says_nothing_of_the_model(project):
    task = Task("spend", CHURN.population, "sum(order_placed, amount)", timedelta(days=HORIZON))
    published = publish(project, Told(HORIZON, chances=CHANCES))
    rows = pa.table({"customer_id": PEOPLE, task.prediction: [0.25, 0.5, 0.75, 1.0, None]})
    pq.write_table(rows, published.path / "predictions.parquet")
    ordered(project, "ann", 50, amount=Decimal(1))
    found = judged(hindsight(project), published, Asked(task, "1"))
    assert found.metrics["total_ratio"] == 2.5
    assert list(about_outcome("spend", {}, found.as_of, found.metrics, found.reliability)) == []


NAMES = ("memberships.parquet", "predictions.parquet")


def lose(path):
    path.unlink()


def spoil(path):
    path.write_bytes(b"PAR1 and then nothing of it PAR1")


def cut_short(path):
    path.write_bytes(path.read_bytes()[:200])


def strip(path):
    pq.write_table(pa.table({"customer_id": ["ann"]}), path)


@pytest.mark.parametrize("harm", [lose, spoil, cut_short, strip])
def test_a_publication_that_cannot_be_read_any_more_is_passed_over(project, harm):
    older, newer = Told(100, named={"ann": 100}, chances=CHANCES), Told(HORIZON, named={"ben": 90}, chances=CHANCES)
    published = [publish(project, one) for one in (older, newer)]
    for name in NAMES:
        harm(published[-1].path / name)
    assert [one.as_of for one in came_out(hindsight(project), published)] == [days_before(100)]
    (found,) = against_rules(
        hindsight(project), Memberships(AS_OF, members(Told(0)), decided=DECIDED), published, [AT_RISK]
    )
    assert (found.watched_days, found.came_true_as_of) == (100, days_before(100))
    assert found.came_true == {"only_predicted": (1.0, 1)}


def test_a_target_that_cannot_be_told_of_everybody_is_passed_over(project):
    mean = Task("basket", CHURN.population, "sum(order_placed, amount) / count(order_placed)", timedelta(days=HORIZON))
    published = publish(project, Told(HORIZON))
    pq.write_table(pa.table({"customer_id": PEOPLE, mean.prediction: [1.0] * 5}), published.path / NAMES[1])
    assert judged(hindsight(project), published, Asked(mean, "1")) is None


def test_what_came_is_asked_of_the_log_once_for_lists_and_predictions(project):
    ordered(project, "ann", 50)
    then = Told(HORIZON, named={"ann": 90, "ben": 90}, chances=CHANCES)
    published, known = publish(project, then), hindsight(project)
    (before,) = came_out(known, [published])
    ordered(project, "ben", 40)
    (found,) = against_rules(known, Memberships(AS_OF, members(Told(0)), decided=DECIDED), [published], [AT_RISK])
    assert before.metrics["base_rate"] == 0.75
    assert found.came_true == {"only_predicted": (0.5, 2)}


def test_the_newest_publication_is_told_of_and_the_first_of_each_month_before(project):
    days = ("08-30", "08-31", "09-01", "09-30", "10-01", "10-02", "11-01", "11-28", "11-29", "11-30", "12-01")
    moments = [datetime.fromisoformat(f"2025-{day}").replace(tzinfo=UTC) for day in days]
    published = [publish(project, Told((AS_OF - moment).days, chances=CHANCES)) for moment in moments]
    found = came_out(hindsight(project), published)
    told = ["2025-12-01", "2025-11-01", "2025-10-01", "2025-09-01", "2025-08-30"]
    assert [f"{one.as_of:%Y-%m-%d}" for one in found] == told
    assert [f"{one.as_of:%Y-%m-%d}" for one in came_out(hindsight(project), published, 2)] == told[:2]
    earlier = came_out(hindsight(project), published[:-2])
    assert [f"{one.as_of:%Y-%m-%d}" for one in earlier] == ["2025-11-29", *told[1:]]


def test_a_second_publication_tells_what_has_changed_since_the_first_and_the_same_when_repeated(corner_shop):
    """Ann ordered in November and January, Bob on 20 February, Eve in June: without models, nothing else is told."""
    fresh = "- name: fresh\n  when: days_since_last_order <= 40\n  best_first: orders_365d\n"
    (corner_shop / "segments.yaml").write_text(fresh, encoding="utf-8")
    shop = open_project(corner_shop)
    ingest(shop, MARCH)
    first = press(shop, score(shop, FEBRUARY))
    profiles, before = score(shop, MARCH), first.memberships()
    decision = decide(shop, profiles, before)
    found = record(shop, profiles, decision, before)
    assert found.trend.moments == (FEBRUARY, MARCH)
    assert (found.trend.sizes["fresh"], found.trend.sizes["stage_new"]) == ((1, 1), (0, 1))
    assert found.moves == (Move(None, "stage_new", 1),)
    assert (found.against_rules, found.came_out) == ((), ())
    looked = replace(look(shop, MARCH), findings=(Finding("pace", Severity.SEVERE, "It is late."),))
    assert record(shop, profiles, decision, before, looked).findings == looked.findings
    press(shop, profiles)
    assert record(shop, profiles, decision, before) == found
