import contextlib
import json
import os
import signal
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from tenacity import wait_none

from flows.night.lock import UnderWayError, is_under_way, one_night
from flows.night.logs import in_a_sentence, run_log
from flows.night.recorded import recorded
from flows.night.runs import BACKFILL, Outcome, begin, last_run, last_unfinished, runs
from flows.night.standing import standing
from flows.night.work import Work
from flows.plain import plain_do
from flows.project import open_project
from flows.steps import Step, TimedOutError, may_pass
from pipeline.errors import DestinationError, SourceError
from pipeline.events.quality.finding import Finding, Severity
from pipeline.segments.profiles import Profiles

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
AT = datetime(2026, 3, 1, 3, tzinfo=UTC)


def flaky(times, error):
    """Return work that fails so often before it succeeds, and the list of its tries."""
    tries = []

    def work():
        tries.append(1)
        if len(tries) <= times:
            raise error
        return "done"

    return work, tries


def test_what_is_out_of_reach_for_a_moment_is_tried_again():
    work, tries = flaky(2, ConnectionResetError("gone"))
    assert plain_do(pauses=wait_none())(Step("ingest", work, retries=2)) == "done"
    assert len(tries) == 3


@pytest.mark.parametrize("error", [SourceError("no such column"), ValueError("ours"), FileNotFoundError("orders.csv")])
def test_a_mistake_is_not_tried_again(error):
    work, tries = flaky(1, error)
    with pytest.raises(type(error)):
        plain_do(pauses=wait_none())(Step("ingest", work, retries=2))
    assert len(tries) == 1


def test_after_the_last_try_the_error_is_raised_as_it_is():
    work, tries = flaky(9, DestinationError("Expected an answer, got none."))
    with pytest.raises(DestinationError, match="got none"):
        plain_do(pauses=wait_none())(Step("sync", work, retries=1))
    assert len(tries) == 2


def test_what_hides_a_broken_disk_may_pass_and_what_hides_a_missing_file_may_not():
    hidden = SourceError("Expected to read a share.")
    hidden.__cause__ = OSError(5, "Input/output error")
    assert may_pass(hidden)
    hidden.__cause__ = FileNotFoundError(2, "No such file")
    assert not may_pass(hidden)


def test_a_step_that_takes_too_long_is_given_up_and_the_alarm_is_off_again():
    slow = Step("score", lambda: time.sleep(20), retries=3, timeout=timedelta(seconds=0.05))
    with pytest.raises(TimedOutError, match="score"):
        plain_do(pauses=wait_none())(slow)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_work_that_survives_every_error_does_not_survive_the_end_of_its_time():
    def stubborn():
        with contextlib.suppress(Exception):
            time.sleep(20)

    with pytest.raises(TimedOutError, match="sync"):
        plain_do(pauses=wait_none())(Step("sync", stubborn, timeout=timedelta(seconds=0.05)))


def test_who_waits_hears_what_is_done_and_how_far_that_is():
    heard = []
    plain_do(heard.append, order=("ingest", "score"))(Step("score", lambda: None, doing="Scoring every customer"))
    plain_do(heard.append)(Step("score", lambda: None))
    assert heard == ["Scoring every customer (2 of 2)", "score"]


def test_while_one_night_holds_the_project_another_is_refused_with_who_holds_it_since_when(corner_shop):
    project = open_project(corner_shop)
    with one_night(project), recorded(project, AS_OF, AT, plain_do()) as run:
        assert is_under_way(project)
        with pytest.raises(UnderWayError) as refused, one_night(project):
            pass
        assert f"{run.run_id}, process {os.getpid()}, since 2026-03-01 03:00 UTC" in str(refused.value)
        run.ended(Outcome.PUBLISHED)
    assert not is_under_way(project)


def test_a_lock_is_free_again_when_the_process_that_held_it_was_killed(corner_shop):
    project = open_project(corner_shop)
    holder = os.fork()
    if holder == 0:
        with one_night(project):
            (corner_shop / "held").touch()
            time.sleep(60)
        os._exit(0)
    while not (corner_shop / "held").exists():
        time.sleep(0.01)
    assert is_under_way(project)
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    with one_night(project):
        assert is_under_way(project)


def test_a_record_tells_of_a_run_at_every_moment_and_is_read_back_as_it_was(corner_shop):
    running = begin(corner_shop, AS_OF, AT)
    running.at("score")
    assert (last_run(corner_shop).outcome, last_run(corner_shop).step) == (None, "score")
    assert last_unfinished(corner_shop).process == os.getpid()
    running.found([Finding("freshness", Severity.SEVERE, "The log stopped.", "Look.", {"last_event": AT})])
    running.ended(Outcome.HELD_BACK, held_back="The log stopped.")
    record = last_run(corner_shop)
    assert (record.began, record.as_of, record.outcome) == (AT, AS_OF, Outcome.HELD_BACK)
    assert (record.findings[0].about, record.findings[0].severity) == ("freshness", Severity.SEVERE)
    assert record.ended >= AT
    assert last_unfinished(corner_shop) is None


def test_runs_come_in_the_order_in_which_they_began(corner_shop):
    begun = [begin(corner_shop, AS_OF, AT + timedelta(days=day)).record.run_id for day in (0, 1, 2)]
    assert [run.run_id for run in runs(corner_shop)] == begun


def test_a_record_that_cannot_be_read_stops_nothing_and_the_standing_says_so(corner_shop):
    whole = begin(corner_shop, AS_OF, AT).record
    torn = corner_shop / "runs" / f"{AT + timedelta(days=1):%Y%m%dT%H%M%SZ}-abcdef.json"
    torn.write_text("{", encoding="utf-8")
    assert runs(corner_shop) == (whole,)
    found = standing(open_project(corner_shop), AT)
    assert [one.run for one in found.last] == [whole]
    assert [str(torn) in problem for problem in found.problems] == [True]


def test_every_line_of_the_log_is_json_with_run_moment_and_event(corner_shop):
    running = begin(corner_shop, AS_OF, AT)
    with run_log(corner_shop, running.record) as log:
        log.info("step began", step="score")
        path = corner_shop / "runs" / f"{running.record.run_id}.jsonl"
        line = json.loads(path.read_text(encoding="utf-8"))
    assert (line["run_id"], line["event"], line["step"]) == (running.record.run_id, "step began", "score")
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


def test_of_a_foreign_error_only_kind_and_place_are_written_down():
    assert in_a_sentence(SourceError("Expected a file, got none.")) == "Expected a file, got none."
    assert "ann@example.com" not in in_a_sentence(ValueError("cannot convert ann@example.com"))
    assert in_a_sentence(ValueError("x")) == "ValueError."


def profiles():
    table = pa.table(
        {
            "customer_id": ["ann", "bob"],
            "orders_30d": [1.0, None],
            "next_order_at": pa.array([AS_OF, None], pa.timestamp("us", "UTC")),
            "churn_probability": pa.nulls(2),
            "also": pa.array([["a"], None], pa.list_(pa.string())),
        }
    )
    return Profiles(AS_OF, table, frozenset({"churn_probability", "next_order_at"}))


def test_kept_profiles_come_back_as_they_were_and_only_in_the_state_that_they_were_scored_in(corner_shop):
    work = Work(open_project(corner_shop))
    work.keep_profiles(profiles())
    assert work.kept_profiles(AS_OF) == profiles()
    assert work.kept_profiles(AS_OF + timedelta(days=1)) is None
    (corner_shop / "segments.yaml").write_text("- {name: any, when: orders_30d >= 1}\n", encoding="utf-8")
    assert Work(open_project(corner_shop)).kept_profiles(AS_OF) is None


def test_kept_profiles_that_are_torn_are_let_go_of_and_scored_anew(corner_shop):
    work = Work(open_project(corner_shop))
    work.keep_profiles(profiles())
    (kept,) = (corner_shop / "work").glob("*/profiles.parquet")
    kept.write_bytes(kept.read_bytes()[:-9])
    assert work.kept_profiles(AS_OF) is None
    assert not kept.exists()


def test_what_is_kept_of_another_state_goes_when_new_profiles_are_kept(corner_shop):
    Work(open_project(corner_shop)).keep_profiles(profiles())
    (corner_shop / "segments.yaml").write_text("- {name: any, when: orders_30d >= 1}\n", encoding="utf-8")
    Work(open_project(corner_shop)).keep_profiles(profiles())
    assert len(list((corner_shop / "work").glob("*/profiles.parquet"))) == 1


def test_to_forget_somebody_all_that_knows_customers_goes_and_that_training_was_begun_stays(corner_shop):
    work = Work(open_project(corner_shop))
    work.begin_training()
    work.keep_profiles(profiles())
    work.forget()
    assert [path.name for path in (corner_shop / "work").iterdir()] == ["training"]
    assert work.is_training
    work.clear()
    assert not (corner_shop / "work").exists()


def test_temporary_files_lie_in_the_project_for_as_long_as_it_is_a_night(corner_shop):
    before = tempfile.gettempdir()
    with Work(open_project(corner_shop)).temporary_files(), tempfile.NamedTemporaryFile() as one:
        assert Path(one.name).is_relative_to(corner_shop / "work")
        assert os.environ["TMPDIR"] == tempfile.gettempdir()
    assert tempfile.gettempdir() == before
    assert not (corner_shop / "work" / "tmp").exists()


def test_the_standing_of_a_project_that_has_done_nothing_yet(corner_shop):
    found = standing(open_project(corner_shop), AT)
    assert (found.last, found.log_until, found.publication, found.in_service) == ((), None, None, ())
    assert found.next["nightly"] > AT
    assert found.problems == ()


def test_a_run_without_an_outcome_is_under_way_while_it_holds_the_project_and_was_killed_when_not(corner_shop):
    project = open_project(corner_shop)
    with one_night(project):
        begin(corner_shop, AS_OF, AT)
        assert [one.outcome for one in standing(project, AT).last] == ["under way"]
    assert [one.outcome for one in standing(project, AT).last] == ["killed"]
    with one_night(project, work="backfill"):
        begin(corner_shop, AS_OF, AT, BACKFILL)
        assert [(one.run.work, one.outcome) for one in standing(project, AT).last] == [
            ("night", "killed"),
            ("backfill", "under way"),
        ]
