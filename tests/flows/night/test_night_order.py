import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from flows.night.lessons import NEVER_ENDED
from flows.night.lock import UnderWayError, one_night
from flows.night.night import night
from flows.night.order import ORDER
from flows.night.runs import Attempt, Outcome, begin, last_run, runs
from flows.night.work import MOST_TIMES, Work
from flows.plain import plain_do
from flows.project import open_project
from pipeline.errors import SegcastError, SourceError
from pipeline.publish.published import latest, publications

AS_OF = datetime(2026, 2, 21, tzinfo=UTC)  # the morning after the corner shop's last order
AT = datetime(2026, 2, 21, 3, tzinfo=UTC)


class DiedError(BaseException):
    """What no step can catch, as a process cannot catch that it is killed."""


@dataclass
class Failing:
    """Carries out steps, but for the one of this name, of which only this error comes."""

    name: str
    error: BaseException

    def __call__(self, step, /, *args, **kwargs):
        if step.name == self.name:
            raise self.error
        return plain_do()(step, *args, **kwargs)


@dataclass
class Mortal:
    """Carries out steps, and dies when it has done the one of this name."""

    after: str

    def __call__(self, step, /, *args, **kwargs):
        result = plain_do()(step, *args, **kwargs)
        if step.name == self.after:
            raise DiedError
        return result


@pytest.fixture
def thin_shop(corner_shop):
    """A corner shop in which nothing could be learned some days ago, so that its nights do not try again yet."""
    tried = begin(corner_shop, AS_OF - timedelta(days=6), AT - timedelta(days=6))
    tried.learned(
        [Attempt(task.name, None, promoted=False, reasons=("Too few.",)) for task in open_project(corner_shop).tasks]
    )
    tried.ended(Outcome.PUBLISHED)
    return corner_shop


def bytes_of(folder):
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_a_night_that_dies_again_and_again_ends_in_what_an_undisturbed_one_publishes(corner_shop, tmp_path):
    disturbed = shutil.copytree(corner_shop, tmp_path.with_name("disturbed"))
    whole = night(open_project(corner_shop), AS_OF, AT, do=plain_do())
    assert [step.name for step in last_run(corner_shop).steps] == list(ORDER)
    for after in ("ingest", "train", "publish", "keep"):
        with pytest.raises(DiedError):
            night(open_project(disturbed), AS_OF, AT, do=Mortal(after))
    last = night(open_project(disturbed), AS_OF, AT + timedelta(hours=1), do=plain_do())
    assert last.publication.publication_id == whole.publication.publication_id
    assert bytes_of(disturbed / "published") == bytes_of(corner_shop / "published")
    assert not (disturbed / "work").exists()
    versions = [len(list((one / "store" / "snapshots").iterdir())) for one in (corner_shop, disturbed)]
    assert versions[0] == versions[1]


def test_a_log_that_has_stopped_holds_the_night_back_until_it_is_told_to_publish_anyway(corner_shop):
    daily = (f"customer-{day % 7},{AS_OF - timedelta(days=day):%Y-%m-%d},20\n" for day in range(1, 60))
    (corner_shop / "orders.csv").write_text(f"who,at,total\n{''.join(daily)}", encoding="utf-8")
    late = AS_OF + timedelta(days=9)
    held = night(open_project(corner_shop), late, AT + timedelta(days=9), do=plain_do())
    assert held.outcome is Outcome.HELD_BACK
    assert held.publication is None
    assert "--anyway" in held.held_back
    assert latest(corner_shop / "published") is None
    assert [step.name for step in last_run(corner_shop).steps] == ["sweep", "ingest", "quality", "tell"]
    anyway = night(open_project(corner_shop), late, AT + timedelta(days=10), do=plain_do(), anyway=True)
    assert anyway.outcome is Outcome.PUBLISHED
    assert [one.severity for one in anyway.findings if one.about == "freshness"] == ["severe"]


def test_a_second_night_is_refused_with_a_sentence_and_leaves_no_record(corner_shop):
    project = open_project(corner_shop)
    with one_night(project), pytest.raises(UnderWayError, match="Expected no other night"):
        night(project, AS_OF, AT, do=plain_do())
    assert runs(corner_shop) == ()


def test_a_night_that_fails_is_recorded_with_its_step_and_its_sentence(corner_shop):
    (corner_shop / "orders.csv").write_text("nobody,knows\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError) as raised:
        night(open_project(corner_shop), AS_OF, AT, do=plain_do())
    record = last_run(corner_shop)
    assert (record.outcome, record.error) == (Outcome.FAILED, str(raised.value))
    assert [(step.name, step.failed) for step in record.steps] == [("sweep", False), ("ingest", True)]


def test_a_training_that_nobody_asked_for_may_fail_and_the_night_publishes_without_its_models(corner_shop):
    project, broken = open_project(corner_shop), Failing("train", ValueError("ann@example.com"))
    done = night(project, AS_OF, AT, do=broken, anyway=True)
    assert done.outcome is Outcome.PUBLISHED
    noted = last_run(corner_shop).trained
    assert [(one.task, one.version) for one in noted] == [(task.name, None) for task in project.tasks]
    (why,) = {" ".join(one.reasons) for one in noted}
    assert why.startswith("Training failed. ValueError in")
    assert "ann@example.com" not in why
    assert [step.failed for step in last_run(corner_shop).steps if step.name == "train"] == [True]
    next_day = night(project, AS_OF + timedelta(days=1), AT, do=plain_do(), anyway=True)
    assert next_day.trained == ()
    with pytest.raises(ValueError, match="ann"):
        night(project, AS_OF, AT, do=broken, retrain=True, anyway=True)


def test_a_training_in_which_night_after_night_was_killed_is_left_alone_and_the_night_publishes(corner_shop):
    project = open_project(corner_shop)
    for _ in range(MOST_TIMES):
        Work(project).begin_training()
    done = night(project, AS_OF, AT, do=Failing("train", DiedError()), anyway=True)
    assert done.outcome is Outcome.PUBLISHED
    assert {one.reasons for one in done.trained} == {(NEVER_ENDED,)}
    next_day = night(project, AS_OF + timedelta(days=1), AT, do=Failing("train", DiedError()), anyway=True)
    assert next_day.outcome is Outcome.PUBLISHED


def test_what_fails_after_publishing_is_recorded_with_what_was_published(thin_shop):
    with pytest.raises(SourceError):
        night(open_project(thin_shop), AS_OF, AT, do=Failing("keep", SourceError("no room")), anyway=True)
    record = last_run(thin_shop)
    assert (record.outcome, record.error) == (Outcome.FAILED, "no room")
    assert record.publication == latest(thin_shop / "published").publication_id


def test_nobody_hearing_of_a_night_does_not_make_it_fail(thin_shop):
    done = night(open_project(thin_shop), AS_OF, AT, do=Failing("tell", ValueError("ann")), anyway=True)
    assert last_run(thin_shop).outcome is Outcome.PUBLISHED
    assert done.unheard.startswith("Nobody was told of the findings. ValueError in")


def test_a_damaged_file_behind_an_error_is_named_in_the_record(thin_shop):
    project = open_project(thin_shop)
    night(project, AS_OF, AT, do=plain_do(), anyway=True)
    rows = max((thin_shop / "store" / "events").glob("month=*/*.parquet"))
    rows.write_bytes(bytes(rows.stat().st_size))
    with pytest.raises(SegcastError, match=rows.name):
        night(project, AS_OF + timedelta(days=1), AT, do=plain_do(), anyway=True)
    assert str(rows) in last_run(thin_shop).error


def test_models_that_could_not_be_trained_are_not_tried_again_every_night(corner_shop):
    first = night(open_project(corner_shop), AS_OF, AT, do=plain_do(), anyway=True)
    next_day = night(open_project(corner_shop), AS_OF + timedelta(days=1), AT, do=plain_do(), anyway=True)
    week_later = night(open_project(corner_shop), AS_OF + timedelta(days=8), AT, do=plain_do(), anyway=True)
    assert [bool(one.trained) for one in (first, next_day, week_later)] == [True, False, True]
    notes = [one.publication.manifest["notes"] for one in (first, next_day)]
    assert notes[0] == notes[1]


def test_a_night_that_is_done_once_more_gives_the_same_though_what_it_told_of_is_gone(thin_shop):
    settings = (thin_shop / "segcast.toml").read_text(encoding="utf-8")
    (thin_shop / "segcast.toml").write_text(f'{settings}[publications]\nretention = "2d"\n', encoding="utf-8")
    project = open_project(thin_shop)
    for days in (-5, -4, 0):
        last = night(project, AS_OF + timedelta(days=days), AT, do=plain_do(), anyway=True)
    assert len(last.kept.removed) == 1
    again = night(project, AS_OF, AT, do=plain_do(), anyway=True)
    assert again.publication.publication_id == last.publication.publication_id
    assert len(publications(project.published)) == 2
