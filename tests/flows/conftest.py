"""One simulated shop, run once, for every test of this floor; and the command line as a shell sees it."""

import shutil
import sys
from dataclasses import dataclass

import pytest

from flows.cli.main import main
from flows.demo import run_demo
from flows.project import open_project
from tests.flows.corner_shop import write_corner_shop
from tests.once import once

CUSTOMERS = 2_000


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def segcast(monkeypatch, capsys):
    """Run the command line in this process and return exit code, output and errors."""

    def run(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["segcast", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return Said(left.value.code or 0, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The project folder of a demo that has run; tests that change it copy it first."""
    return once(tmp_path_factory, "demo", lambda folder: run_demo(folder, CUSTOMERS, seed=3, tell=lambda _: None))


@pytest.fixture
def own_demo(demo, tmp_path):
    """A copy of the demo's folder to change."""
    return shutil.copytree(demo, tmp_path / "own")


@pytest.fixture
def project(demo):
    return open_project(demo)


@pytest.fixture
def corner_shop(tmp_path):
    """A shop with three customers and a segcast.toml."""
    return write_corner_shop(tmp_path)
