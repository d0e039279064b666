"""Every notebook runs from top to bottom on the simulated shop, and defines nothing."""

import ast
import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def cells(path):
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in found if cell["cell_type"] == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_defines_nothing(path, demo, monkeypatch):
    monkeypatch.setenv("SEGCAST_PROJECT", str(demo))
    scope: dict[str, object] = {}
    for cell in cells(path):
        tree = ast.parse(cell)
        assert not [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        exec(compile(tree, path.name, "exec"), scope)  # noqa: S102 - running our own notebook is the test
