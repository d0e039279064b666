"""What the guides show is what is printed, command by command.

Each block of `console` in docs/guides is typed again on the demo that the tests share. What models say rests on a
machine's arithmetic, so there the words, columns and names of a line are compared, and not its figures, nor in which
order lines of a table stand; what is counted or only read is compared to the letter. With SEGCAST_WRITE_GUIDES=1 the
guides are written again instead, with what is printed now.
"""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.publish.published import latest
from tests.commands import blocks, parsed, segcast_lines
from tests.flows.conftest import CUSTOMERS

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
NAMES = ("data_scientist", "scheduler", "marketer")
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
WRITE = "SEGCAST_WRITE_GUIDES"
TO_THE_LETTER = ("segcast features show", "segcast tasks suggest", "echo")


def typed(block):
    """The commands of a block, each with the lines that it is said to print."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line.rstrip())
    return found


def shape(line):
    """A line without its figures, ids and spaces."""
    line = re.sub(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}|\b[0-9a-f]{8,}\b", "ID", line)
    line = re.sub(r"[-+]?\d[\d,.:]*", "0", re.sub(r"[─━]+", "─", line))
    return " ".join(line.split())


class Shell:
    """A shell in which `segcast` is this process's own; `$?` is the last command's exit code."""

    def __init__(self, segcast, folder):
        self.segcast, self.folder, self.code = segcast, folder, 0

    def type(self, line):
        """The lines that a command prints, on whichever stream."""
        if line == "echo $?":
            return [str(self.code)]
        if not line.startswith("segcast "):
            return self._piped(line, "")
        words, mark, rest = line.partition(" | ")
        said = self.segcast(*shlex.split(words)[1:])
        self.code = said.code
        return self._piped(rest, said.out) if mark else _lines(said.out + said.err)

    def _piped(self, line, text):
        done = subprocess.run(
            ["/bin/sh", "-c", line], cwd=self.folder, input=text, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return _lines(done.stdout)


def _lines(text):
    return [line.rstrip() for line in text.rstrip().splitlines()]


@pytest.fixture
def shell(demo, segcast, tmp_path, monkeypatch):
    """A shell beside a copy of the demo, which lies in `shop`."""
    shutil.copytree(demo, tmp_path / "shop")
    monkeypatch.chdir(tmp_path)
    return Shell(segcast, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_guide_shows_is_what_is_printed(name, shell):
    path = GUIDES / f"{name}.md"
    page = path.read_text(encoding="utf-8")
    for block in BLOCK.findall(page):
        told = [(line, expected, shell.type(line)) for line, expected in typed(block)]
        if WRITE in os.environ:
            written = "".join("\n".join((f"$ {line}", *printed, "")) for line, _, printed in told)
            page = page.replace(f"```console\n{block}```", f"```console\n{written}```")
            continue
        for line, expected, printed in told:
            if line.startswith(TO_THE_LETTER):
                assert printed == expected, line
            else:
                assert sorted(map(shape, printed)) == sorted(map(shape, expected)), line
    path.write_text(page, encoding="utf-8") if WRITE in os.environ else None


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_a_guide_exists_with_its_options(name):
    page = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    lines = [line for block in blocks(page, "sh") for line in segcast_lines(block)]
    assert lines or name == "marketer"
    assert all(parsed(line) for line in lines)


@pytest.mark.parametrize("name", NAMES)
def test_every_guide_makes_the_shop_that_the_tests_share(name):
    assert f"segcast demo --project shop --customers {CUSTOMERS} --seed 3" in (GUIDES / f"{name}.md").read_text()


def test_the_page_has_the_parts_of_which_the_marketers_guide_speaks(demo):
    guide = (GUIDES / "marketer.md").read_text(encoding="utf-8")
    page = (latest(demo / "published").path / "report.html").read_text(encoding="utf-8")
    headings = " ".join(re.sub("<[^>]+>", " ", " ".join(re.findall(r"<(?:h\d|summary).*?</", page, re.DOTALL))).split())
    bold = re.findall(r"^\d\. \*\*(.+?)\*\*", guide, re.MULTILINE)
    leaning = re.findall(r"(?<!\*)\*([A-Z][^*?]+)\*(?!\*)", guide)
    parts = [*bold[1:], *leaning[:4]]
    assert len(parts) > 8
    for part in parts:
        assert part.lower() in headings.lower(), part


def test_the_marketers_guide_explains_every_column_of_the_list(demo):
    guide = (GUIDES / "marketer.md").read_text(encoding="utf-8")
    path = latest(demo / "published").path / "lists" / "predicted_at_risk.csv"
    for column in path.read_text(encoding="utf-8").splitlines()[0].split(","):
        assert column in {"customer_id", "reason_2"} or f"`{column}`" in guide, column


def test_the_data_dictionary_names_whatever_lies_in_a_project_folder(demo):
    page = (GUIDES.parent / "data_dictionary.md").read_text(encoding="utf-8")
    named = {name.split("/")[0] for name in re.findall(r"`([\w./<>]+)`", page)}
    assert {path.name for path in demo.iterdir()} - {"data"} <= named
