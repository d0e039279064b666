"""Every notebook runs from top to bottom on the simulated shop, defines nothing, holds neither outputs nor paths."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = ("explore_features", "train_and_judge_churn", "look_into_clusters", "predicted_against_rule")
LONGEST_SECONDS = 900  # for a cell, on a machine that has much else to do
DEFINES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


def read(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_notebook_is_looked_at_here():
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == set(NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_valid_and_holds_no_outputs(name):
    notebook = read(name)
    nbformat.validate(notebook)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code_of(notebook))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_defines_nothing(name):
    nodes = [node for cell in code_of(read(name)) for node in ast.walk(ast.parse(cell.source))]
    assert any(isinstance(node, ast.ImportFrom) for node in nodes)
    assert not [node for node in nodes if isinstance(node, DEFINES)]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_explains_more_often_than_every_third_cell_and_names_no_place_on_a_disk(name):
    notebook = read(name)
    told = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert notebook.cells[0].source.startswith("# ")
    assert len(told) * 3 > len(notebook.cells)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert not re.search(r"(?:^|[\"'\s(])(?:/(?:home|Users|work|tmp|mnt)/|~/|[A-Z]:\\)", text)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_shows_something_in_every_cell_that_ends_with_a_value(name, kernel):
    notebook = read(name)
    told = code_of(notebook)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    client = NotebookClient(notebook, km=kernel, timeout=LONGEST_SECONDS, startup_timeout=LONGEST_SECONDS)
    try:
        client.execute()
    finally:
        client.kc.stop_channels()
    for cell in told:
        kinds = {output.output_type for output in cell.outputs if output.get("name") != "stderr"}
        ends_with_a_value = isinstance(ast.parse(cell.source).body[-1], ast.Expr)
        assert kinds == ({"execute_result"} if ends_with_a_value else set()), cell.source
