"""The query engine."""

import tempfile
from pathlib import Path

from pipeline.events.engine import connect

LARGE = "create table large as select range as number, md5(range::varchar) as text from range(3_000_000)"


def test_what_does_not_fit_into_memory_spills_to_the_temporary_folder_and_leaves_nothing(tmp_path, monkeypatch):
    spilled, here = tmp_path / "temporary", tmp_path / "here"
    spilled.mkdir()
    here.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spilled))
    monkeypatch.chdir(here)
    engine = connect("UTC")
    engine.con.execute("set memory_limit = '120MB'")
    engine.con.execute(LARGE)
    assert any(path.is_file() for path in spilled.rglob("*"))
    engine.disconnect()
    assert not list(spilled.iterdir())
    assert not list(Path().iterdir())
