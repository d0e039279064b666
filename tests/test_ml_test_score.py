"""docs/ml_test_score.md names checks that exist and adds up; and the checks that only it asks for."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from features.catalogue import CATALOGUE
from features.feature import requests_of
from tests.features.logs import SHOP

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "ml_test_score.md").read_text(encoding="utf-8")
SECTIONS = ("Data", "Model", "Infrastructure", "Monitoring")
QUESTIONS = re.findall(
    r"^### (\d+)\. [^\n]+ \((0|0\.5|1)\)\n(.*?)(?=^### |^\*\*\w+: |\Z)", PAGE, re.MULTILINE | re.DOTALL
)
CHECKS = sorted(set(re.findall(r"^- `([^`]+)`$", PAGE, re.MULTILINE)))
PERSONAL = {"country", "email", "phone"}  # what a table holds of who somebody is, the month of birth excepted


def points(section):
    (text,) = re.findall(rf"^## {section}\n(.*?)^\*\*{section}: ", PAGE, re.MULTILINE | re.DOTALL)
    return [float(one) for one in re.findall(r"^### \d+\. .+ \((0|0\.5|1)\)$", text, re.MULTILINE)]


def names_in(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_there_are_the_rubrics_twenty_eight_questions_in_order():
    assert [int(number) for number, _, _ in QUESTIONS] == list(range(1, 29))
    assert {section: len(points(section)) for section in SECTIONS} == dict.fromkeys(SECTIONS, 7)


@pytest.mark.parametrize(("number", "worth", "text"), QUESTIONS, ids=lambda value: value[:3])
def test_what_is_worth_a_point_has_a_check_and_what_is_not_says_what_is_missing(number, worth, text):
    assert number
    assert bool(re.search(r"^- `tests/", text, re.MULTILINE)) == (worth != "0")
    assert ("Missing: " in text) == (worth != "1")


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_that_is_named_exists(check):
    path, _, name = check.partition("::")
    found = names_in(path)
    assert found
    assert not name or name in found, f"{path} has no {name}"


def test_sections_and_score_add_up():
    sums = {section: sum(points(section)) for section in SECTIONS}
    assert {name: float(told) for name, told in re.findall(r"^\*\*(\w+): ([\d.]+)\*\*$", PAGE, re.MULTILINE)} == sums
    assert {name: float(told) for name, told in re.findall(r"^\| (\w+) \| ([\d.]+) \|$", PAGE, re.MULTILINE)} == sums
    (score,) = re.findall(r"\| \*\*Score: the weakest section\*\* \| \*\*([\d.]+)\*\* \|", PAGE)
    assert float(score) == min(sums.values())


def test_no_feature_reads_where_a_customer_lives_or_who_they_are():
    requests = [repr(one) for each in CATALOGUE for _, asked in each.columns(SHOP) for one in requests_of(asked)]
    fields = {field for one in requests for field in re.findall(r"field='(\w+)'", one)}
    assert "channel" in fields
    assert PERSONAL.isdisjoint(fields)


def test_every_dependency_is_pinned_with_its_hash():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    pinned = dict(re.findall(r"^([a-z0-9-]+)(?:\[[\w,-]+\])?==(\S+.*--hash=sha256:[0-9a-f]{64})", lock, re.MULTILINE))
    lines = [line for line in lock.splitlines() if line and not line.startswith(("#", " "))]
    assert len(pinned) == len({line.split("==")[0].split("[")[0] for line in lines})
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    assert {re.match(r"[\w-]+", one)[0].lower().replace("_", "-") for one in wanted} <= pinned.keys()
