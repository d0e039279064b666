"""One simulated shop, run once, for every test of this floor; and the command line as a shell sees it."""

import shutil
import sys
from dataclasses import dataclass

import pytest

from flows.cli.main import main
from flows.demo import run_demo
from flows.project import open_project

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
    folder = tmp_path_factory.mktemp("demo")
    run_demo(folder, CUSTOMERS, seed=3, tell=lambda _: None)
    return folder


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
    (tmp_path / "segcast.toml").write_text(
        '[shop]\nname = "Corner shop"\n[[sources]]\nname = "orders"\nformat = "columns"\nfiles = "orders.csv"\n'
        'constants = { event_type = "order_placed" }\n[sources.columns]\ncustomer_id = "who"\noccurred_at = "at"\n'
        'amount = "total"\n',
        encoding="utf-8",
    )
    (tmp_path / "orders.csv").write_text(
        "who,at,total\nann,2025-11-02,20\nann,2026-01-05,30\nbob,2026-02-20,15\neve,2025-06-01,80\n", encoding="utf-8"
    )
    return tmp_path
