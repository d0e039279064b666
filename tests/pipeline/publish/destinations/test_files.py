"""Copies of publications in a folder and in an S3 of the tests' own: complete or absent, trouble in a sentence."""

import json
import logging
import pickle
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from moto.server import ThreadedMotoServer
from pyarrow.fs import FileSelector, FileType, S3FileSystem

from pipeline.errors import DestinationError, SettingsError
from pipeline.events.person import Person
from pipeline.publish.destinations.files.files import Files
from pipeline.publish.manifest import checksum
from pipeline.publish.publication import publish
from pipeline.publish.published import latest, publications, read_publication
from pipeline.publish.redact import redact
from pipeline.settings.destinations import FilesDestination
from tests.dying import DIES_AT

KEYS = ("AKIATESTSACCESSKEY", "s3cret/of/the/tests")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "published"


@pytest.fixture
def first(folder, yesterday):
    return publish(folder, yesterday)


@pytest.fixture
def second(folder, first, today):
    return publish(folder, replace(today, previous=first))


@pytest.fixture
def third(folder, second, today):
    return publish(folder, replace(today, as_of=today.as_of + timedelta(days=1), previous=second))


@pytest.fixture(scope="module")
def address():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    s3.start()
    host, port = s3.get_host_and_port()
    yield f"http://{host}:{port}"
    s3.stop()


@pytest.fixture
def bucket(address):
    """An S3 as a client of its own sees it, with one empty bucket."""
    httpx.post(f"{address}/moto-api/reset").raise_for_status()
    s3 = S3FileSystem(
        access_key=KEYS[0],
        secret_key=KEYS[1],
        endpoint_override=address,
        region="us-east-1",
        allow_bucket_creation=True,
    )
    s3.create_dir("bucket")
    return s3


def in_folder(project, **settings):
    return Files(
        FilesDestination.model_validate({"to": "files", "name": "share", "path": "copies", **settings}), project
    )


def in_s3(address, project, *keys, **settings):
    told = {
        "to": "files",
        "name": "share",
        "path": "s3://bucket/shop?region=us-east-1",
        "endpoint": address,
        **settings,
    }
    return Files(FilesDestination.model_validate(told), project, *(keys or KEYS))


def files_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def objects_in(s3):
    found = [
        entry for entry in s3.get_file_info(FileSelector("bucket/shop", recursive=True)) if entry.type == FileType.File
    ]
    return {entry.path.removeprefix("bucket/shop/"): s3.open_input_file(entry.path).read() for entry in found}


def expected_of(*copied):
    """What is to be at a place with copies of these publications, the last being the newest."""
    files = {f"{one.publication_id}/{name}": content for one in copied for name, content in files_in(one.path).items()}
    return files | {"LATEST": f"{copied[-1].publication_id}\n".encode()}


def without_locks(files):
    return {name: content for name, content in files.items() if not name.startswith(".")}


def is_complete(path):
    manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    return all(checksum(path / name) == entry["sha256"] for name, entry in manifest["files"].items())


class Place:
    """A folder or a bucket: how it is opened, and what is in it."""

    def __init__(self, kind, tmp_path, address, bucket):
        self.kind, self.project, self.address, self.bucket = kind, tmp_path, address, bucket

    def opened(self, **settings):
        if self.kind == "folder":
            return in_folder(self.project, **settings)
        return in_s3(self.address, self.project, **settings)

    @property
    def content(self):
        if self.kind == "folder":
            return without_locks(files_in(self.project / "copies"))
        return objects_in(self.bucket)

    def remove(self, name):
        if self.kind == "folder":
            (self.project / "copies" / name).unlink()
        else:
            self.bucket.delete_file(f"bucket/shop/{name}")

    def put(self, name, content):
        if self.kind == "folder":
            (self.project / "copies" / name).parent.mkdir(parents=True, exist_ok=True)
            (self.project / "copies" / name).write_bytes(content)
        else:
            with self.bucket.open_output_stream(f"bucket/shop/{name}") as target:
                target.write(content)


@pytest.fixture(params=["folder", "s3"])
def place(request, tmp_path, address, bucket):
    return Place(request.param, tmp_path, address, bucket)


def test_copies_are_exactly_what_was_published_and_latest_names_the_newest(place, first, second):
    share = place.opened()
    counts = share.deliver(first)
    assert counts == {"files": len(files_in(first.path)), "copies_taken_away": 0}
    assert place.content == expected_of(first)
    share.deliver(second)
    assert place.content == expected_of(first, second)


def test_the_same_publication_again_writes_nothing(place, first):
    share = place.opened()
    share.deliver(first)
    assert share.deliver(first) == {"files": 0, "copies_taken_away": 0}
    assert place.content == expected_of(first)


def test_a_preview_counts_and_changes_nothing(place, first, second):
    share = place.opened(keep=1)
    share.deliver(first)
    foreseen = share.preview(second)
    assert place.content == expected_of(first)
    assert share.deliver(second) == foreseen == {"files": len(files_in(second.path)), "copies_taken_away": 1}


def test_an_older_publication_is_copied_and_latest_does_not_go_back(place, first, second):
    share = place.opened()
    share.deliver(second)
    share.deliver(first)
    assert place.content == expected_of(first, second)


def test_only_files_of_the_patterns_go_with_the_manifest(place, first):
    place.opened(files=("lists/v*.csv", "report.html")).deliver(first)
    kept = {f"{first.publication_id}/{name}" for name in ("lists/vip.csv", "report.html", "manifest.json")}
    assert set(place.content) == {*kept, "LATEST"}


def test_other_patterns_add_and_remove_what_they_now_say(place, first):
    place.opened(files=("lists/*",)).deliver(first)
    assert place.opened(files=("*.parquet",)).deliver(first)["files"] == 2
    names = {name.partition("/")[2] for name in place.content} - {""}
    assert names == {"memberships.parquet", "predictions.parquet", "manifest.json"}


def test_patterns_that_match_nothing_are_a_sentence(place, first):
    with pytest.raises(SettingsError, match=r'match none of .*Try "\*"'):
        place.opened(files=("list/*",)).deliver(first)


def test_the_oldest_copies_are_taken_away_after_the_newest_has_come(place, first, second, third):
    share = place.opened(keep=2)
    for publication in (first, second, third):
        counts = share.deliver(publication)
    assert counts["copies_taken_away"] == 1
    assert place.content == expected_of(second, third)


def test_what_does_not_look_like_a_copy_is_never_taken_away(place, first, second):
    place.put("notes/readme.txt", b"ours")
    share = place.opened(keep=1)
    share.deliver(first)
    share.deliver(second)
    assert place.content == expected_of(second) | {"notes/readme.txt": b"ours"}


def test_an_interrupted_copy_is_finished(place, first):
    name = first.publication_id
    segments = (first.path / "segments.csv").read_bytes()
    place.put(f"{name}/segments.csv", segments)
    place.put(f"{name}/report.html", bytes((first.path / "report.html").stat().st_size))
    place.put(f"{name}/predictions.parquet", b"half")
    assert place.opened().deliver(first)["files"] == len(files_in(first.path)) - 1
    assert place.content == expected_of(first)


def test_an_interrupted_copy_is_finished_though_a_newer_publication_has_come(place, first, second):
    place.put(f"{first.publication_id}/predictions.parquet", b"half")
    place.opened().deliver(second)
    assert place.content == expected_of(first, second)


def test_a_file_that_is_missing_from_a_copy_comes_again(place, first):
    share = place.opened()
    share.deliver(first)
    place.remove(f"{first.publication_id}/lists/vip.csv")
    assert share.deliver(first)["files"] == 1
    assert place.content == expected_of(first)


def test_who_was_forgotten_leaves_every_copy(place, folder, first, second):
    share = place.opened()
    share.deliver(first)
    share.deliver(second)
    customer = first.memberships().table["customer_id"][0].as_py()
    redact(folder, Person(frozenset({customer})), second.as_of)
    redact(folder, Person(frozenset({second.memberships().table["customer_id"][-1].as_py()})), second.as_of)
    share.deliver(read_publication(second.path))
    assert place.content == expected_of(read_publication(first.path), read_publication(second.path))


def test_copies_without_an_original_go_once_somebody_was_forgotten_as_nobody_can_clean_them(place, first, second):
    share = place.opened()
    share.deliver(first)
    share.deliver(second)
    place.put("notes/readme.txt", b"ours")
    shutil.rmtree(first.path)
    assert share.deliver(second) == {"files": 0, "copies_taken_away": 0}
    foreseen = share.preview(second, forgotten=True)
    assert share.deliver(second, forgotten=True) == foreseen == {"files": 0, "copies_taken_away": 1}
    assert place.content == expected_of(second) | {"notes/readme.txt": b"ours"}


def test_latest_never_names_a_copy_that_went_as_nobody_can_clean_it(place, first, second):
    share = place.opened(keep=2)
    share.deliver(first)
    share.deliver(second)
    shutil.rmtree(second.path)
    assert share.deliver(first, forgotten=True) == {"files": 0, "copies_taken_away": 1}
    assert place.content == expected_of(first)


@pytest.mark.parametrize("path", ["published", "published/copies", "other/../published", "link"])
def test_the_folder_of_the_publications_is_no_place_for_copies(tmp_path, first, path):
    (tmp_path / "link").symlink_to(tmp_path / "published")
    before = files_in(first.path)
    share = in_folder(tmp_path, path=path, files=("lists/*.csv",))
    for what in (share.deliver, share.preview):
        with pytest.raises(SettingsError, match='The path of destination "share" was expected outside the folder of'):
            what(first)
    assert files_in(first.path) == before


def test_a_file_that_is_not_as_it_was_published_is_not_copied(place, first):
    (first.path / "report.html").write_text("something else", encoding="utf-8")
    with pytest.raises(DestinationError, match=r"report\.html of publication .* changed or removed"):
        place.opened().deliver(first)


COPY_AND_DIE = (
    DIES_AT
    + """
import pickle
from pipeline.publish.destinations.files.files import Files
from pipeline.settings.destinations import FilesDestination

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.copyfile", "fcntl.flock"}
project, every = Path(sys.argv[1]), int(sys.argv[2])
publication = pickle.loads(Path(sys.argv[3]).read_bytes())

def copy_until(step):
    copies = project / f"killed-{step}"
    shutil.copytree(project / "copies", copies)
    child = os.fork()
    if child == 0:
        dies_at(step, copies, STEPS)
        settings = FilesDestination(to="files", name="share", path=copies.name, keep=1)
        Files(settings, project).deliver(publication)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

step = 1
while copy_until(step) == -signal.SIGKILL:
    step += every
"""
)


def test_killed_at_any_step_it_leaves_complete_copies_and_a_latest_that_names_one_and_is_finished_later(
    tmp_path, first, second
):
    in_folder(tmp_path).deliver(first)
    (tmp_path / "publication").write_bytes(pickle.dumps(second))
    arguments = [str(tmp_path), "3", str(tmp_path / "publication")]
    subprocess.run([sys.executable, "-c", COPY_AND_DIE, *arguments], check=True, timeout=120)
    killed = sorted(tmp_path.glob("killed-*"))
    named = [latest(path).publication_id for path in killed]
    assert set(named) == {first.publication_id, second.publication_id}
    assert all(is_complete(one.path) for path in killed for one in publications(path))
    for path in killed:
        in_folder(tmp_path, path=path.name, keep=1).deliver(second)
        assert without_locks(files_in(path)) == expected_of(second)
        assert not list(path.glob(".unfinished-*"))


def test_an_absent_parent_and_a_place_that_cannot_be_written_are_sentences(tmp_path, first):
    (tmp_path / "file").write_bytes(b"")
    for path, said in (
        ("not/mounted", "No such file or directory"),
        ("file", "Not a directory"),
        ("/proc/share", "No such"),
    ):
        with pytest.raises(DestinationError, match=said) as caught:
            in_folder(tmp_path, path=path).deliver(first)
        assert "\n" not in str(caught.value)


def test_a_full_disk_is_a_sentence_and_what_was_there_stands(tmp_path, first, second):
    share = in_folder(tmp_path)
    share.deliver(first)
    with _little_room(10_000), pytest.raises(DestinationError, match="but File too large"):
        share.deliver(second)
    assert without_locks(files_in(tmp_path / "copies")) == expected_of(first)
    share.deliver(second)
    assert without_locks(files_in(tmp_path / "copies")) == expected_of(first, second)


@contextmanager
def _little_room(size):
    """Let no file grow beyond so many bytes, as on a disk that has no more room."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_a_wrong_bucket_is_a_sentence(tmp_path, address, bucket, first):
    assert bucket.get_file_info("bucket").type == FileType.Directory
    with pytest.raises(DestinationError, match="but there is no such bucket") as caught:
        in_s3(address, tmp_path, path="s3://backet/shop").deliver(first)
    _is_a_sentence(caught.value)


@pytest.mark.parametrize("keys", [("AKIAWRONGACCESSKEY", KEYS[1]), (KEYS[0], "wr0ng")])
@pytest.mark.usefixtures("bucket")
def test_wrong_keys_are_a_sentence_that_does_not_tell_them(tmp_path, address, first, keys):
    _check_keys(address, after=0)
    try:
        with pytest.raises(DestinationError, match=r"but the (access key is unknown|keys may not do that)") as caught:
            in_s3(address, tmp_path, *keys).deliver(first)
    finally:
        _check_keys(address, after=10**9)
    _is_a_sentence(caught.value)


def _check_keys(address, after):
    """Let the server check keys from so many requests on."""
    httpx.post(f"{address}/moto-api/reset-auth", content=str(after)).raise_for_status()


def test_an_s3_out_of_reach_is_a_sentence(tmp_path, first):
    with pytest.raises(DestinationError, match="but it cannot be reached") as caught:
        in_s3("http://127.0.0.1:1", tmp_path).deliver(first)
    _is_a_sentence(caught.value)


@pytest.mark.parametrize(
    "path", ["s3://", "s3:///shop", "s3://bucket/shop?regoin=eu-west-1", "s3://u:s3cret@bucket/shop"]
)
def test_an_address_that_is_none_is_a_sentence(tmp_path, path):
    with pytest.raises(SettingsError, match='The path of destination "share" was expected as s3://bucket/folder'):
        in_s3("http://127.0.0.1:1", tmp_path, path=path)


def _is_a_sentence(error):
    told = str(error)
    assert "\n" not in told
    assert not any(secret in told for secret in (*KEYS, "AKIA", "wr0ng"))
