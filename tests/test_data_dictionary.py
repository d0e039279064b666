"""The data dictionary names every table and file there is, and leads to where each is explained."""

import re
from pathlib import Path

from flows.night.runs import RUNS
from flows.night.work import WORK
from flows.syncing.receipts import RECEIPTS
from pipeline.events.tables import TABLES
from pipeline.publish.meanings import MEANINGS
from pipeline.settings import SETTINGS_FILE

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "data_dictionary.md").read_text(encoding="utf-8")


def named_first():
    return {name for row in re.findall(r"^\| (`.+?) \|", PAGE, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)}


def test_every_table_at_rest_has_its_row():
    assert {contract.name for contract in TABLES} <= named_first()


def test_every_file_of_a_publication_has_its_row():
    assert {*(meaning.file for meaning in MEANINGS), "report.html"} <= named_first()


def test_what_a_project_writes_for_itself_has_its_row():
    assert {RUNS, WORK, RECEIPTS, SETTINGS_FILE} <= {name.split("/")[0] for name in named_first()}
