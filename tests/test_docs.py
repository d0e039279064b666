"""What the pages say is true."""

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from features.catalogue import describe
from features.example import outlines
from flows.cli.main import cli
from flows.cli.reference import command_page, feature_page, root, table_page
from pipeline.conditions.known import Kind, Known
from pipeline.segments.library import load_segments
from pipeline.segments.profiles import PREDICTIONS
from pipeline.settings import load_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "examples" / "online_retail" / "README.md").read_text(encoding="utf-8")
PAGES = sorted(path.relative_to(ROOT) for path in (ROOT / "docs").glob("**/*.md"))


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def anchors(path):
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands():
    lines = [line.strip() for page in (README, EXAMPLE) for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("segcast ")]


def test_the_generated_pages_are_up_to_date():
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == command_page()
    assert (ROOT / "docs" / "features.md").read_text(encoding="utf-8") == feature_page()
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == table_page()


def test_every_feature_stands_on_its_page_in_the_section_of_its_family_with_its_example():
    sections = dict(section.split("\n", 1) for section in feature_page().split("\n## ")[1:])
    assert list(sections) == list(dict.fromkeys(outline.family for outline, _ in outlines()))
    for outline, _ in outlines():
        (row,) = (line for line in sections[outline.family].splitlines() if line.startswith(f"| `{outline.name}` |"))
        _, unit, definition, null, needs, example = (cell.strip() for cell in row.strip("|").split(" | "))
        assert (unit, null) == (outline.unit, outline.null)
        assert definition == " ".join(outline.definition.split())
        assert needs
        assert example


@pytest.mark.parametrize("block", blocks(README, "toml"))
def test_the_settings_in_the_readme_can_be_read(tmp_path, block):
    (tmp_path / "segcast.toml").write_text(f'[shop]\nname = "Corner shop"\n{block}', encoding="utf-8")
    assert load_settings(tmp_path).model_fields_set >= {"shop"} | set(re.findall(r"^\[(\w+)\]", block, re.MULTILINE))


@pytest.mark.parametrize("line", commands())
def test_every_command_on_the_pages_exists_with_its_options(line):
    words = shlex.split(line, comments=True)[1:]
    command, parent = cli.commands[words[0]], root()
    while isinstance(command, click.Group) and len(words) > 1 and words[1] in command.commands:
        parent, words = command.make_context(words[0], [], parent=parent, resilient_parsing=True), words[1:]
        command = command.commands[words[0]]
    context = command.make_context(words[0], words[1:], parent=parent)
    assert context.params["folder"]


def test_there_are_commands_on_the_pages():
    assert len(commands()) >= 7


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)", "\n".join(blocks(README, "sh")), re.MULTILINE))
def test_every_make_target_in_the_readme_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_segment_in_the_readme_can_be_used(tmp_path):
    (block,) = blocks(README, "yaml")
    path = tmp_path / "segments.yaml"
    path.write_text(block, encoding="utf-8")
    found = load_segments(path, Known({column.name: Kind.NUMBER for column in describe()} | PREDICTIONS))
    assert yaml.safe_load(block)[0]["name"] in {segment.name for segment in found}


@pytest.mark.parametrize("page", [Path("README.md"), *PAGES], ids=str)
def test_every_link_leads_to_a_file_and_a_heading_that_there_are(page):
    for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", (ROOT / page).read_text(encoding="utf-8")):
        path = ROOT / page.parent / target if target else ROOT / page
        assert path.exists(), target
        assert not heading or heading in anchors(path), f"{target}#{heading}"


@pytest.mark.parametrize(
    "template", ["examples/online_retail/segcast.toml", "flows/templates/shop.toml", "flows/templates/demo.toml"]
)
def test_every_settings_file_that_we_ship_can_be_read(tmp_path, template):
    (tmp_path / "segcast.toml").write_text((ROOT / template).read_text(encoding="utf-8"), encoding="utf-8")
    assert load_settings(tmp_path).sources
