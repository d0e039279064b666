"""A publication is complete or absent, the same for the same edition, and `LATEST` is the last to know."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from pipeline.errors import PublicationError
from pipeline.publish.edition import Edition
from pipeline.publish.manifest import checksum
from pipeline.publish.publication import latest, publish


def contents(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_publication_holds_every_file_that_its_manifest_names_and_no_other(tmp_path: Path, today: Edition) -> None:
    publication = publish(tmp_path, today)
    files = publication.manifest["files"]
    assert set(contents(publication.path)) == {*files, "manifest.json"}
    assert set(files) == {
        "columns.csv",
        "segments.csv",
        "memberships.parquet",
        "predictions.parquet",
        "report.html",
        *(f"lists/{segment.name}.csv" for segment in today.segments),
    }
    assert all(checksum(publication.path / name) == entry["sha256"] for name, entry in files.items())


def test_the_manifest_says_where_everything_came_from(tmp_path: Path, today: Edition) -> None:
    manifest = json.loads((publish(tmp_path, today).path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["as_of"] == "2010-09-10T00:00:00+00:00"
    assert manifest["data_snapshot"] == 41
    assert manifest["model_versions"] == today.versions
    assert manifest["code_version"].startswith("0.1.0+")
    assert manifest["segments"]["vip"]["definition_version"] == today.segments[0].definition_version
    assert manifest["files"]["predictions.parquet"]["rows"] == 242
    assert len(manifest["segment_definitions"]) == 8


def test_the_id_is_the_date_and_a_short_hash_and_latest_names_it(tmp_path: Path, today: Edition) -> None:
    publication = publish(tmp_path, today)
    assert publication.publication_id.startswith("2010-09-10-")
    assert publication.path == tmp_path / publication.publication_id
    assert (tmp_path / "LATEST").read_text(encoding="utf-8").strip() == publication.publication_id
    assert latest(tmp_path) == publication


def test_the_same_edition_is_byte_identical_wherever_it_is_published(tmp_path: Path, today: Edition) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = publish(tmp_path / "a", today), publish(tmp_path / "b", today)
    assert one.publication_id == other.publication_id
    assert contents(one.path) == contents(other.path)


def test_the_order_of_the_rows_that_came_in_does_not_matter(tmp_path: Path, today: Edition) -> None:
    backwards = today.profiles.table.take(list(reversed(range(len(today.profiles)))))
    other = replace(today, profiles=replace(today.profiles, table=backwards))
    one = publish(tmp_path, today)
    assert publish(tmp_path, other).publication_id == one.publication_id


def test_publishing_the_same_edition_twice_gives_the_same_publication(tmp_path: Path, today: Edition) -> None:
    first = publish(tmp_path, today)
    before = contents(tmp_path)
    assert publish(tmp_path, today) == first
    assert contents(tmp_path) == before
    assert visible(tmp_path) == sorted(["LATEST", first.publication_id])


def test_another_edition_has_another_id(tmp_path: Path, today: Edition) -> None:
    noted = publish(tmp_path, replace(today, notes=("The tracker was silent for two days",)))
    assert noted.publication_id != publish(tmp_path, today).publication_id


def test_an_edited_publication_is_neither_trusted_nor_overwritten(tmp_path: Path, today: Edition) -> None:
    publication = publish(tmp_path, today)
    (publication.path / "lists" / "vip.csv").write_text("edited", encoding="utf-8")
    with pytest.raises(PublicationError, match=r"lists/vip\.csv has been changed"):
        publish(tmp_path, today)
    assert (publication.path / "lists" / "vip.csv").read_text(encoding="utf-8") == "edited"


def test_entered_and_left_are_counted_against_an_earlier_publication(
    tmp_path: Path, yesterday: Edition, today: Edition
) -> None:
    first = publish(tmp_path, yesterday)
    second = publish(tmp_path, replace(today, previous=first))
    rows = pa.csv.read_csv(second.path / "segments.csv").to_pylist()
    for row in rows:
        before = set(yesterday.memberships.of(row["segment"])["customer_id"].to_pylist())
        now = set(today.memberships.of(row["segment"])["customer_id"].to_pylist())
        assert (row["entered"], row["left"]) == (len(now - before), len(before - now))
    assert any(row["entered"] for row in rows)
    assert any(row["left"] for row in rows)


def test_the_first_publication_counts_no_changes(tmp_path: Path, yesterday: Edition) -> None:
    rows = pa.csv.read_csv(publish(tmp_path, yesterday).path / "segments.csv").to_pylist()
    assert all(row["entered"] is None and row["left"] is None for row in rows)


def test_a_previous_publication_of_the_same_moment_is_not_compared_with(tmp_path: Path, today: Edition) -> None:
    first = publish(tmp_path, today)
    assert publish(tmp_path, replace(today, previous=first)).publication_id == first.publication_id


def test_a_segment_that_is_new_has_no_changes(tmp_path: Path, yesterday: Edition, today: Edition) -> None:
    first = publish(tmp_path, replace(yesterday, segments=yesterday.segments[1:]))
    second = publish(tmp_path, replace(today, previous=first))
    rows = {row["segment"]: row for row in pa.csv.read_csv(second.path / "segments.csv").to_pylist()}
    assert rows["vip"]["entered"] is None
    assert rows["at_risk"]["entered"] is not None


def test_memberships_are_read_back_as_they_were_published(tmp_path: Path, unpredicted: Edition) -> None:
    read = publish(tmp_path, unpredicted).memberships()
    assert read.as_of == unpredicted.as_of
    assert read.table.equals(unpredicted.memberships.table.combine_chunks())
    assert read.left_out == unpredicted.memberships.left_out


def test_an_earlier_edition_is_kept_but_latest_does_not_go_back(
    tmp_path: Path, yesterday: Edition, today: Edition
) -> None:
    newest = publish(tmp_path, today)
    backfilled = publish(tmp_path, yesterday)
    assert backfilled.path.is_dir()
    assert latest(tmp_path) == newest


def test_latest_before_a_moment_passes_over_that_moments_own_publication(
    tmp_path: Path, yesterday: Edition, today: Edition
) -> None:
    first = publish(tmp_path, yesterday)
    publish(tmp_path, replace(today, previous=first))
    assert latest(tmp_path, before=today.as_of) == first
    assert latest(tmp_path, before=today.as_of + timedelta(microseconds=1)) == latest(tmp_path)
    assert latest(tmp_path, before=yesterday.as_of) is None


def test_two_writers_at_once_wait_for_each_other(tmp_path: Path, yesterday: Edition, today: Edition) -> None:
    with ThreadPoolExecutor(max_workers=4) as writers:
        editions = [yesterday, today, yesterday, today]
        published = list(writers.map(partial(publish, tmp_path), editions))
    assert published[:2] == published[2:]
    assert visible(tmp_path) == sorted(["LATEST", *(publication.publication_id for publication in published[:2])])
    assert latest(tmp_path) == published[1]


def test_there_is_no_latest_before_anything_was_published(tmp_path: Path) -> None:
    assert latest(tmp_path) is None
    assert latest(tmp_path / "not yet made") is None


def test_a_latest_that_names_nothing_is_said_so_and_mended_by_the_next_publication(
    tmp_path: Path, today: Edition
) -> None:
    (tmp_path / "LATEST").write_text("2010-09-09-gone\n", encoding="utf-8")
    with pytest.raises(PublicationError, match='names "2010-09-09-gone", but there is no such publication'):
        latest(tmp_path)
    published = publish(tmp_path, today)
    assert latest(tmp_path) == published


def test_the_folder_is_made_when_its_parent_exists_and_missed_when_it_does_not(tmp_path: Path, today: Edition) -> None:
    assert publish(tmp_path / "published", today).path.is_dir()
    with pytest.raises(PublicationError, match="No such file or directory"):
        publish(tmp_path / "no" / "published", today)


def test_a_file_in_the_folders_place_is_one_clear_sentence(tmp_path: Path, today: Edition) -> None:
    (tmp_path / "published").write_text("", encoding="utf-8")
    with pytest.raises(PublicationError, match=r"Expected to write a publication into .*published, but .*writable"):
        publish(tmp_path / "published", today)


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Permissions do not bind the superuser: while the test lasts, be nobody."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    yield
    os.seteuid(was)


@pytest.mark.usefixtures("unprivileged")
def test_an_unwritable_folder_is_one_clear_sentence(today: Edition) -> None:
    with pytest.raises(PublicationError, match="Permission denied"):
        publish(Path("/published"), today)
    assert not Path("/published").exists()


def test_predictions_keep_their_columns_when_there_are_none(tmp_path: Path, unpredicted: Edition) -> None:
    table = pq.read_table(publish(tmp_path, unpredicted).path / "predictions.parquet")
    assert table.column_names == [
        "customer_id",
        "churn_probability",
        "purchase_probability",
        "expected_spend",
        "expected_next_order_at",
        "value_at_stake",
        "churn_band",
        "cluster",
        "churn_reason_1",
        "churn_reason_2",
        "churn_reason_3",
    ]
    assert table["churn_probability"].null_count == table.num_rows == 242


def test_a_segment_left_out_has_no_list_and_no_row(tmp_path: Path, unpredicted: Edition) -> None:
    publication = publish(tmp_path, unpredicted)
    rows = pa.csv.read_csv(publication.path / "segments.csv")["segment"].to_pylist()
    assert sorted(rows) == ["at_risk", "one_time", "vip"]
    assert sorted(path.stem for path in (publication.path / "lists").iterdir()) == ["at_risk", "one_time", "vip"]
