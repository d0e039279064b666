"""The import arrows hold, and a feature that looks into the future breaks them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("pipeline", "features", "models", "flows")


@pytest.fixture
def tree(tmp_path):
    """A copy of the four packages and the contracts, to break."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree):
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(tree)})
    return done.returncode, done.stdout


def test_every_arrow_points_down():
    code, said = lint(ROOT)
    assert code == 0, said


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("features/families/value.py", "from pipeline.events.outcome import Outcome", "Features cannot see the future"),
        ("features/families/season.py", "from pipeline.events.store import Store", "Features cannot see the future"),
        ("models/training.py", "from pipeline.events.outcome import Outcome", "Only the labels may look at an outcome"),
        ("models/training.py", "import mlflow", "Only the registry knows MLflow"),
        ("models/training.py", "import prefect", "Only flows know Prefect"),
        ("pipeline/windows/view.py", "import features.catalogue", "Arrows point down"),
        ("pipeline/events/store.py", "import pipeline.publish.edition", "Publish over segments"),
    ],
)
def test_an_arrow_that_points_up_breaks_its_contract(tree, module, line, contract):
    path = tree / module
    path.write_text(f"{line}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    code, said = lint(tree)
    assert code != 0
    broken = [row for row in said.splitlines() if " BROKEN" in row]
    assert any(row.startswith(contract) for row in broken), said
