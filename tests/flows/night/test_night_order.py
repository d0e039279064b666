import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from flows.night.lock import UnderWayError, one_night
from flows.night.night import night
from flows.night.order import ORDER
from flows.night.plain import plain_do
from flows.night.runs import Outcome, last_run, runs
from flows.project import open_project
from pipeline.errors import SourceError
from pipeline.publish.published import latest, publications

AS_OF = datetime(2026, 2, 21, tzinfo=UTC)  # the morning after the corner shop's last order
AT = datetime(2026, 2, 21, 3, tzinfo=UTC)


class DiedError(BaseException):
    """What no step can catch, as a process cannot catch that it is killed."""


@dataclass
class Mortal:
    """Carries out steps, and dies when it has done the one of this name."""

    after: str

    def __call__(self, step, /, *args, **kwargs):
        result = plain_do()(step, *args, **kwargs)
        if step.name == self.after:
            raise DiedError
        return result


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


def test_models_that_could_not_be_trained_are_not_tried_again_every_night(corner_shop):
    first = night(open_project(corner_shop), AS_OF, AT, do=plain_do(), anyway=True)
    next_day = night(open_project(corner_shop), AS_OF + timedelta(days=1), AT, do=plain_do(), anyway=True)
    week_later = night(open_project(corner_shop), AS_OF + timedelta(days=8), AT, do=plain_do(), anyway=True)
    assert [bool(one.trained) for one in (first, next_day, week_later)] == [True, False, True]
    notes = [one.publication.manifest["notes"] for one in (first, next_day)]
    assert notes[0] == notes[1]


def test_a_night_that_is_done_once_more_gives_the_same_though_what_it_told_of_is_gone(corner_shop):
    settings = (corner_shop / "segcast.toml").read_text(encoding="utf-8")
    (corner_shop / "segcast.toml").write_text(f'{settings}[publications]\nretention = "2d"\n', encoding="utf-8")
    project = open_project(corner_shop)
    for days in (-5, -4, 0):
        last = night(project, AS_OF + timedelta(days=days), AT, do=plain_do(), anyway=True)
    assert len(last.kept.removed) == 1
    again = night(project, AS_OF, AT, do=plain_do(), anyway=True)
    assert again.publication.publication_id == last.publication.publication_id
    assert len(publications(project.published)) == 2
