"""The data dictionary: every column of every file has its meaning, and nothing has one that is not there."""

import csv
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.ready import READY
from models.tasks import TASKS
from models.written import BESIDE_TASKS, written_by
from pipeline.publish.dictionary import DICTIONARY, UNTOLD, columns_of, entry_of, meaning_of
from pipeline.publish.edition import Edition
from pipeline.publish.lists import member_list
from pipeline.publish.meanings import COUNT, INSTANT, LIST, MEANINGS, NUMBER, TEXT, TRUTH
from pipeline.publish.publication import publish
from pipeline.publish.published import Publication
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import SCHEMA, Audiences

FORMS = {
    TEXT: (pa.types.is_string, pa.types.is_dictionary),
    COUNT: (pa.types.is_integer,),
    NUMBER: (pa.types.is_floating,),
    INSTANT: (pa.types.is_timestamp,),
    TRUTH: (pa.types.is_boolean,),
}


@pytest.fixture
def publication(tmp_path: Path, today: Edition) -> Publication:
    rows = [{"customer_id": "c-1", "audience": "vip", "included": True, "reason": None, "left_out_by": None}]
    vips = Audience(name="vip", include=("vip",))
    audiences = Audiences(today.as_of, pa.Table.from_pylist(rows, SCHEMA), (vips,))
    return publish(tmp_path, replace(today, audiences=audiences))


def told(publication: Publication) -> list[dict[str, str]]:
    with (publication.path / DICTIONARY).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns(publication: Publication, name: str) -> list[str]:
    path = publication.path / name
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def test_every_column_of_every_file_is_told_of_in_its_order_and_no_other_is(publication: Publication) -> None:
    tables = [name for name in publication.manifest["files"] if not name.endswith(".html")]
    there = {entry_of(name): columns(publication, name) for name in tables}
    there["manifest.json"] = list(publication.manifest)
    found: dict[str, list[str]] = {}
    for row in told(publication):
        found.setdefault(row["file"], []).append(row["column"])
    assert sorted(found.pop("manifest.json")) == sorted(there.pop("manifest.json"))
    assert found == there


def test_every_row_says_what_and_what_kind(publication: Publication) -> None:
    rows = told(publication)
    assert all(row["type"] and row["meaning"] and row["empty"] and row["example"] for row in rows)
    assert {row["unit"] for row in rows if row["column"] == "value_at_stake"} == {"GBP"}


def test_types_are_those_of_the_tables(publication: Publication) -> None:
    for name in ("memberships.parquet", "predictions.parquet", "audiences.parquet"):
        for field in pq.read_schema(publication.path / name):
            meaning = meaning_of(name, field.name)
            assert any(fits(field.type) for fits in FORMS[meaning.type]), (name, field)


def test_lists_have_the_columns_that_the_dictionary_has_for_every_list(today: Edition) -> None:
    names = [one.column for one in columns_of(LIST)]
    shown = member_list(today, today.segments[0]).column_names
    assert names == list(dict.fromkeys("reason_<number>" if name.startswith("reason_") else name for name in shown))


@pytest.mark.parametrize("task", [*TASKS, *READY], ids=lambda task: task.name)
def test_whatever_a_task_writes_has_a_meaning(task) -> None:
    for name in written_by(task):
        assert meaning_of("predictions.parquet", name).meaning != UNTOLD.meaning


def test_whatever_is_said_beside_tasks_has_a_meaning_of_its_own() -> None:
    of_tasks = {one.meaning for one in MEANINGS if "<task>" in one.column}
    for name in BESIDE_TASKS:
        assert meaning_of("predictions.parquet", name).meaning not in {UNTOLD.meaning, *of_tasks}


def test_a_column_that_nothing_is_known_of_is_said_to_be_the_shops_own() -> None:
    assert meaning_of("predictions.parquet", "Odd").meaning == UNTOLD.meaning
    assert meaning_of("predictions.parquet", "churn_probability").meaning.startswith("The probability of what the task")
    assert meaning_of(LIST, "reason_2").column == "reason_2"


def test_each_column_has_one_meaning() -> None:
    places = [(one.file, one.column) for one in MEANINGS]
    assert len(places) == len(set(places))
