"""The bytes of a publication follow from the edition alone, not from the machine that writes them."""

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.publish.edition import Edition
from pipeline.publish.publication import publish

PUBLISH = """
import hashlib, locale, pickle, sys, time
from pathlib import Path
import pyarrow as pa
time.tzset()
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
pa.set_cpu_count(int(sys.argv[3]))
pa.set_io_thread_count(int(sys.argv[3]))
from pipeline.publish.publication import publish
published = publish(Path(sys.argv[1]), pickle.loads(Path(sys.argv[2]).read_bytes()))
"""


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    named = [f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    return "\n".join(named)


@pytest.mark.parametrize(
    ("settings", "threads"),
    [
        ({"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1"}, 1),
        ({"TZ": "America/St_Johns", "PYTHONHASHSEED": "2", "OMP_NUM_THREADS": "1"}, 8),
        ({"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": "3"}, 2),
        ({"LC_ALL": "de_DE.UTF-8", "LANGUAGE": "de", "PYTHONHASHSEED": "4"}, 4),
    ],
    ids=["Tokyo, one thread", "Newfoundland, many threads", "no locale", "German"],
)
def test_neither_clock_nor_locale_nor_threads_nor_hashes_are_in_them(
    tmp_path: Path, today: Edition, settings: dict[str, str], threads: int
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "edition").write_bytes(pickle.dumps(today))
    publish(tmp_path / "here", today)
    words = [sys.executable, "-c", PUBLISH, str(tmp_path / "there"), str(tmp_path / "edition"), str(threads)]
    subprocess.run(words, check=True, timeout=120, env={**os.environ, **settings})
    assert digest(tmp_path / "there") == digest(tmp_path / "here")
