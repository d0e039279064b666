"""The page about publications is what the data dictionary says."""

from flows.cli.publication_page import publication_page
from flows.cli.reference import DOCS
from pipeline.publish.meanings import MEANINGS


def test_the_page_in_the_docs_is_the_one_that_would_be_written():
    assert (DOCS / "publication.md").read_text(encoding="utf-8") == publication_page()


def test_every_column_of_every_file_is_on_it():
    sections = dict(part.split("\n", 1) for part in publication_page().split("\n## ")[1:])
    assert sections.keys() == {"Reading it", *(meaning.file for meaning in MEANINGS)}
    assert all(f"| `{meaning.column}` |" in sections[meaning.file] for meaning in MEANINGS)


def test_no_cell_breaks_its_table():
    rows = [line for line in publication_page().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {7}
