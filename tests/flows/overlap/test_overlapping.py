"""Replays of a small simulated shop, and predicted lists beside rules at them."""

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner

from features.engines import build_features
from flows.cli.overlap import overlap, print_pair
from flows.demo import ARRIVED, END, make_shop
from flows.hindsight.what_came import Came
from flows.hindsight.words import happened_in_words, lead_in_words, percent_between
from flows.overlap.intervals import by_customer
from flows.overlap.overlapping import compare_lists
from flows.overlap.replaying import EVERY, replay_moments
from flows.project import open_project
from models.tasks import Task, find_task
from pipeline.errors import NotEnoughDataError, UserError
from pipeline.events.tables import EVENTS
from pipeline.segments.versus.lead_time import LeadTime, Quartiles
from pipeline.segments.versus.pairs import Pair
from pipeline.segments.versus.shares import Share
from pipeline.sources.ingest import ingest
from tests.rows import AS_OF, arrow, days_before, event

CHURN = find_task("churn")
AT_RISK, LAPSED = Pair("predicted_at_risk", "at_risk"), Pair("predicted_at_risk", "lapsed")
MONTHS = 4


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A simulated shop that has ingested and never trained: replays need no model in service."""
    folder = tmp_path_factory.mktemp("shop")
    make_shop(folder, 1_500, seed=5)
    project = open_project(folder)
    ingest(project.store, project.settings.sources, folder, ARRIVED)
    return project


@pytest.fixture(scope="module")
def overlaps(shop):
    return compare_lists(shop, END, MONTHS, pairs=[AT_RISK, LAPSED])


@pytest.fixture(scope="module")
def replays(overlaps):
    return overlaps.replays


@pytest.fixture(scope="module")
def found(overlaps):
    at_risk, _ = overlaps.compared
    return at_risk


@pytest.fixture(scope="module")
def told(shop):
    """What the command prints about who is likely to buy."""
    words = ["--project", str(shop.folder), "--as-of", f"{END:%Y-%m-%d}", "--months", "1", "--json"]
    said = CliRunner().invoke(overlap, [*words, "--pair", "likely_to_buy", "at_risk"], catch_exceptions=False)
    assert said.exit_code == 0
    return json.loads(said.stdout)


def test_replays_are_a_month_apart_and_the_last_one_has_its_whole_outcome_behind_it(replays) -> None:
    last = END - timedelta(days=90)
    assert [one.as_of for one in replays] == [last - 3 * EVERY, last - 2 * EVERY, last - EVERY, last]


def test_models_are_of_the_moment_or_earlier_and_kept_for_three_replays(replays) -> None:
    trained = [one.trained_as_of["churn"] for one in replays]
    assert trained == [replays[0].as_of] * 3 + [replays[3].as_of]
    assert all(one.untrained == {} for one in replays)


def test_only_the_segments_asked_for_are_decided_and_only_their_tasks_are_trained(replays) -> None:
    assert [segment.name for segment in replays[-1].memberships.decided] == ["at_risk", "lapsed", "predicted_at_risk"]
    assert replays[-1].scores.column_names == ["customer_id", "churn_probability"]


def test_rules_are_decided_by_what_was_known_then(replays) -> None:
    for one in replays:
        silent = dict(zip(one.rows.customer_id, one.rows.column("days_since_last_order"), strict=True))
        lapsed = one.memberships.of("lapsed")["customer_id"].to_pylist()
        assert sorted(lapsed) == sorted(customer for customer, days in silent.items() if days > 120)


def test_a_member_of_one_replay_may_stay_in_the_next_with_a_score_that_would_not_let_it_in(replays) -> None:
    members = [one.memberships.of("predicted_at_risk") for one in replays]
    stayed = [score for one in members[1:] for score in one["score"].to_pylist() if score < 0.6]
    assert stayed
    assert min(stayed) >= 0.5
    assert min(members[0]["score"].to_pylist()) >= 0.6


def test_what_came_after_a_moment_changes_nothing_of_its_replay(shop, replays, found, tmp_path) -> None:
    changed = open_project(shutil.copytree(shop.folder, tmp_path / "changed"))
    last = replays[-1]
    back = [*last.memberships.of("predicted_at_risk")["customer_id"].to_pylist(), "C-new"]
    rows = [event(customer, last.as_of, event_id=f"back {customer}", amount=10) for customer in back]
    changed.store.append(EVENTS, arrow(rows))
    again = compare_lists(changed, END, MONTHS, pairs=[AT_RISK, LAPSED])
    for one, before in zip(again.replays, replays, strict=True):
        assert one.scores.equals(before.scores)
        assert one.memberships.table.equals(before.memberships.table)
    named, then = (compared.listed.lists.groups["predicted"] for compared in (again.compared[0], found))
    assert named.rows == then.rows
    assert named.happened.value < then.happened.value


def test_a_log_too_short_for_any_replay_says_how_long_it_should_be(corner_shop) -> None:
    project = open_project(corner_shop)
    project.store.append(EVENTS, arrow([event("ann", days_before(170)), event("ann", days_before(1))]))
    with pytest.raises(NotEnoughDataError, match="90 days before a past moment and 90 days after it"):
        replay_moments(project, [CHURN], AS_OF, 6)


def test_moments_without_enough_log_before_them_are_left_out(corner_shop) -> None:
    project = open_project(corner_shop)
    project.store.append(EVENTS, arrow([event("ann", days_before(211)), event("ann", days_before(0.5))]))
    assert replay_moments(project, [CHURN], AS_OF, 6) == (days_before(120), days_before(90))


def test_replays_fall_on_the_same_hour_of_utc_though_the_shops_clocks_change(corner_shop) -> None:
    settings = corner_shop / "segcast.toml"
    settings.write_text(settings.read_text().replace("[shop]", '[shop]\ntime_zone = "Europe/London"'))
    project, end = open_project(corner_shop), datetime(2026, 12, 10, tzinfo=UTC)
    project.store.append(EVENTS, arrow([event("ann", days_before(400, end)), event("ann", days_before(0.1, end))]))
    moments = replay_moments(project, [CHURN], end + timedelta(days=9), 5)
    assert moments == tuple(days_before(90 + 30 * step, end) for step in (4, 3, 2, 1, 0))


def test_a_shop_too_small_to_learn_from_still_replays_its_rules(corner_shop) -> None:
    project = open_project(corner_shop)
    project.store.append(EVENTS, arrow([event("ann", days_before(day), event_id=str(day)) for day in (300, 170, 1)]))
    found = compare_lists(project, AS_OF, 2, pairs=[AT_RISK, LAPSED])
    assert [one.memberships.of("at_risk")["customer_id"].to_pylist() for one in found.replays] == [[], ["ann"]]
    assert found.compared == ()
    assert all("customers with" in why for why in found.left_out.values())
    assert len(found.left_out) == 2


@pytest.fixture
def two_customers(corner_shop):
    """One who orders again ten and forty days after the moment, and one whose next order was not known on AS_OF."""
    project, moment = open_project(corner_shop), days_before(90)
    late = event("bob", days_before(80), event_id="late", received_at=AS_OF)
    known = [("ann", 100), ("ann", 80), ("ann", 50), ("bob", 200), ("cleo", 1)]
    rows = [event(customer, days_before(days), event_id=f"{customer} {days}") for customer, days in known]
    project.store.append(EVENTS, arrow([*rows, late]))
    return project, moment, build_features(project.history(moment))


def test_what_came_is_the_next_order_as_far_as_it_is_known(two_customers) -> None:
    project, moment, rows = two_customers
    came = Came(project, AS_OF)
    assert rows.customer_id.tolist() == ["ann", "bob"]
    assert came.happened(CHURN, rows, moment).to_pylist() == [False, True]
    assert np.array_equal(came.wait_days(rows, moment), [10, np.nan], equal_nan=True)
    assert came.followed_days(moment) == 90
    later = Came(project, AS_OF + timedelta(days=30))
    assert later.happened(CHURN, rows, moment).to_pylist() == [False, False]
    assert later.wait_days(rows, moment).tolist() == [10, 10]
    assert later.followed_days(moment) == 90  # the log says no more, however late one asks


def test_every_customer_counted_is_on_a_list_or_spoken_of(found) -> None:
    groups = found.listed.lists.groups
    assert groups["predicted"].rows == groups["both"].rows + groups["only_predicted"].rows
    assert groups["rule"].rows == groups["both"].rows + groups["only_rule"].rows
    assert groups["scored"].rows >= groups["predicted"].rows > 0
    assert groups["rule"].happened.low <= groups["rule"].happened.value <= groups["rule"].happened.high
    assert found.listed.filled_share == 0


def test_at_equal_size_the_model_names_as_many_as_the_rule(found) -> None:
    for beside in (found.equal, found.early):
        groups = beside.lists.groups
        assert groups["predicted"].rows == groups["rule"].rows == found.listed.lists.groups["rule"].rows


def test_whom_the_model_is_surest_of_leaves_more_often_than_whom_the_rule_names(found) -> None:
    assert found.equal.lists.differences["lists"].low > 0


def test_an_early_list_names_nobody_whom_the_rule_has_reached(found) -> None:
    assert found.early.lists.groups["both"].rows == 0
    assert found.early.lead.named_after == 0
    assert found.early.lead.lead_days.lower >= 0


def test_a_list_of_buyers_is_held_against_orders_and_has_no_lead(told) -> None:
    (pair,) = told["pairs"]
    assert (pair["task"], pair["happened"], pair["early"]) == ("purchase", "an order within 30 days", None)
    assert [pair[name]["lead_time"] for name in ("as_listed", "equal_size")] == [None, None]
    likely, risky = (pair["as_listed"]["groups"][name]["happened"]["value"] for name in ("predicted", "rule"))
    assert likely > risky


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (Pair("predicted_at_rsk", "at_risk"), 'Expected a segment, got "predicted_at_rsk". Did you mean'),
        (Pair("predicted_at_risk", "at_rsk"), 'got "at_rsk". Did you mean "at_risk"'),
        (Pair("lapsed", "at_risk"), "got lapsed, which reads days_since_last_order. Name one that reads churn_probab"),
    ],
)
def test_a_pair_that_cannot_be_compared_is_refused_before_any_work(shop, pair, said) -> None:
    with pytest.raises(UserError, match=said):
        compare_lists(shop, END, MONTHS, pairs=[pair])


def test_tables_and_the_sentence_are_printed(found, capsys) -> None:
    print_pair(found.to_json())
    said = capsys.readouterr().out
    assert "predicted_at_risk beside at_risk, 4 months" in said
    assert "then no order within 90 days" in said
    assert re.search(r"The model named them \d+ days before the 60-day rule; \d+ % never reached it\.", said)


def test_the_command_prints_one_object_that_says_what_was_replayed(told) -> None:
    assert (told["as_of"], told["months"], told["left_out"]) == (END.isoformat(), 1, [])
    (one,) = told["replays"]
    assert datetime.fromisoformat(one["as_of"]) == END - timedelta(days=30)
    assert one["trained_as_of"] == {"purchase": one["as_of"]}


def test_intervals_draw_customers_and_not_their_rows() -> None:
    ids = np.repeat(np.array(["ann", "ben"], object), 50)
    happened = np.repeat([1.0, 0.0], 50)

    def share(weights):
        return np.array([np.average(happened, weights=weights)])

    low, high = by_customer(0)(ids, share)
    assert (low.tolist(), high.tolist()) == ([0], [1])


def test_intervals_of_nobody_are_none() -> None:
    low, high = by_customer(0)(np.array([], object), lambda _: np.array([np.nan]))
    assert np.isnan([low, high]).all()


NOTHING = Share(None, None, None)
LEAD = LeadTime(
    silence_days=60,
    named_before=80,
    named_after=20,
    reached=30,
    came_back=45,
    still_open=5,
    never_reached=Share(0.6, 0.5, 0.7),
    lead_days=Quartiles(12, 23.4, 40),
    lead_days_of_all=Quartiles(-5, 20, 40),
    reached_in_watch=60,
    found_before=Share(0.5, 0.4, 0.6),
    shorter_rule_days=35,
    shorter_rule_named=1_200,
    shorter_rule_never_reached=Share(0.71, 0.7, 0.72),
)


def test_the_lead_is_told_in_words() -> None:
    assert lead_in_words(LEAD) == (
        "The model named them 23 days before the 60-day rule; 60 % never reached it. So it named 80 of 100, the others "
        "only after that rule. A plain rule as early names 1,200 after 35 days; of those, 71 % never reach 60."
    )


def test_a_model_that_is_later_more_often_than_earlier_is_not_said_to_be_early() -> None:
    late = replace(LEAD, named_before=20, named_after=80, shorter_rule_days=None)
    assert lead_in_words(late) == (
        "The model named most of them only after the 60-day rule, 80 of 100. "
        "The others it named 23 days before; 60 % of those never reached it."
    )


def test_a_model_without_any_lead_is_said_to_have_none() -> None:
    none = replace(LEAD, lead_days=None, named_before=0, never_reached=NOTHING, shorter_rule_days=None)
    assert lead_in_words(none) == "The model named nobody before the 60-day rule who then reached it."


def test_shares_stand_with_their_interval_or_a_caution() -> None:
    told = [percent_between(share) for share in (Share(0.614, 0.58, 0.64), Share(1, None, None), NOTHING)]
    assert told == ["61 % (58 to 64)", "100 % (of few)", "\N{EN DASH}"]


def test_what_counts_as_having_happened_is_told_in_words() -> None:
    other = Task("renewal", "orders_365d >= 1", "happened(subscription_renewed)", timedelta(days=30))
    assert [happened_in_words(task) for task in (CHURN, other)] == [
        "no order within 90 days",
        "happened(subscription_renewed) within 30 days",
    ]
