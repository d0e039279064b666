"""What docs/extending.md shows is short, is in the style of the house, and works where it says that it goes."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from features.catalogue import describe
from pipeline.conditions.known import Kind, Known
from pipeline.segments.library import load_segments
from pipeline.segments.membership import assign
from pipeline.segments.profiles import PREDICTIONS, Profiles
from tests.rows import AS_OF

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
SECTIONS = dict(section.split("\n", 1) for section in PAGE.split("\n## ")[1:])
COPIED = ("pipeline", "features", "tests")
MOST_LINES = 20


def blocks(section, language):
    return re.findall(rf"```{language}\n(.*?)```", SECTIONS[section], re.DOTALL)


def lines_of_code(section):
    """What has to be written: lines that are neither blank, nor a comment, nor a docstring."""
    written = [line[1:] for block in blocks(section, "diff") for line in block.splitlines() if line.startswith("+")]
    written += [line for block in (*blocks(section, "python"), *blocks(section, "yaml")) for line in block.splitlines()]
    return [line for line in map(str.strip, written) if line and not line.startswith(("#", '"""'))]


def patched(tree, block):
    """Apply a diff whose context says where it goes, which must be one place."""
    name, *hunks = block.split("\n@@\n")
    path = tree / name.removeprefix("--- ")
    text = path.read_text(encoding="utf-8")
    for hunk in hunks:
        lines = hunk.removesuffix("\n").split("\n")
        before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        assert text.count(before) == 1, f"{path.name} has not this place exactly once:\n{before}"
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return path


def added(tree, block):
    """Write a file whose first line says where it goes."""
    first, text = block.split("\n", 1)
    path = tree / first.removeprefix("# ")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of Segcast with every example of the page, and a project folder that uses them."""
    place = tmp_path_factory.mktemp("extended")
    for name in COPIED:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


@pytest.fixture(scope="module")
def changed(tree):
    """The files that the examples change or add."""
    files = [patched(tree, block) for section in SECTIONS for block in blocks(section, "diff")]
    return [*files, *(added(tree, block) for section in SECTIONS for block in blocks(section, "python"))]


@pytest.fixture(scope="module")
def found(tree, changed, tmp_path_factory):
    """What the examples do, each in the copy that holds all of them."""
    assert changed
    project = tmp_path_factory.mktemp("shop")
    told = "\n".join(block for section in SECTIONS for block in blocks(section, "toml"))
    (project / "segcast.toml").write_text(f'[shop]\nname = "Corner shop"\n{told}', encoding="utf-8")
    command = [sys.executable, "-m", "tests.extended", str(project)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("section", ["A feature", "A segment", "A source", "A destination"])
def test_an_example_takes_fewer_than_twenty_lines(section):
    assert 0 < len(lines_of_code(section)) < MOST_LINES


@pytest.mark.parametrize("words", [("check",), ("format", "--check")])
def test_the_examples_are_in_the_style_of_the_house(tree, changed, words):
    command = [Path(sys.executable).with_name("ruff"), *words, "--no-cache", *changed]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_feature_says_which_videos_led_to_an_order(found):
    assert found["feature"] == pytest.approx(0.5)


def test_the_source_makes_orders_and_refunds_of_receipts_and_sets_aside_who_showed_no_card(found):
    assert found["source"] == [
        {"customer_id": "ann", "event_type": "order_placed", "order_id": "north-1", "amount": "12.5000"},
        {"customer_id": "ann", "event_type": "order_refunded", "order_id": "north-2", "amount": "2.5000"},
        {"customer_id": "bob", "event_type": "order_placed", "order_id": "south-1", "amount": "8.0000"},
    ]


def test_the_destination_holds_the_newest_sizes_once(found):
    assert found["destination"] == [{"segments": 2}, {"segments": 2}, [["vip", 41], ["ghosts", 7]]]


def test_the_segment_finds_who_comes_round_again(tmp_path):
    (block,) = blocks("A segment", "yaml")
    (tmp_path / "segments.yaml").write_text(block, encoding="utf-8")
    known = Known({column.name: Kind.NUMBER for column in describe()} | PREDICTIONS)
    name = yaml.safe_load(block)[0]["name"]
    (segment,) = (one for one in load_segments(tmp_path / "segments.yaml", known) if one.name == name)
    columns = {
        "orders_365d": [3.0, 3.0, 1.0],
        "overdue_ratio": [2.0, 2.0, 2.0],
        "visits_7d": [1.0, 0.0, 1.0],
        "visits_14d": [1.0, 1.0, 1.0],
        "revenue_365d": [90.0, 90.0, 30.0],
    }
    tonight = assign([segment], Profiles(AS_OF, pa.table({"customer_id": ["ann", "ben", "cleo"], **columns})), None)
    assert tonight.of(name)["customer_id"].to_pylist() == ["ann"]
