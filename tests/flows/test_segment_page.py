"""The page about the library is true."""

import pytest

from flows.cli.reference import DOCS
from flows.cli.segment_page import GROUPS, needs, segment_page
from pipeline.segments.library import library
from pipeline.segments.segment import Segment, Variant


@pytest.fixture(scope="module")
def page() -> str:
    return segment_page()


def test_the_page_is_up_to_date(page: str) -> None:
    assert (DOCS / "segments.md").read_text(encoding="utf-8") == page


def test_every_group_is_a_section_with_its_segments_in_the_order_of_the_library(page: str) -> None:
    sections = dict(section.split("\n", 1) for section in page.split("\n## ")[1:])
    assert list(sections) == [title for _, title in GROUPS]
    for tag, title in GROUPS:
        headings = [line.removeprefix("### ") for line in sections[title].splitlines() if line.startswith("### ")]
        assert headings == [segment.title for segment in library() if segment.tags[0] == tag]
        assert headings


@pytest.mark.parametrize("segment", library(), ids=lambda segment: segment.name)
def test_an_entry_says_all_that_the_segment_says(page: str, segment: Segment) -> None:
    entry = next(part for part in page.split("\n### ") if part.startswith(f"{segment.title}\n"))
    plain = " ".join(entry.split())
    for text in (segment.name, segment.description, segment.send, segment.do_not_send, *segment.exclude):
        assert text in plain
    for definition in segment.definitions:
        assert definition.when in plain
        assert (definition.stay_while or "") in plain
        assert definition.description in plain
    assert entry.count("\nNeeds ") == len(segment.definitions)


def test_the_needs_are_events_predictions_and_other_segments() -> None:
    segment = Segment(
        name="s",
        when="orders_365d > 1 and email_open_rate_90d > 0.5 and visit_source_share_google_90d > 0.5 "
        "and churn_probability > 0.5 and never(cart_added) and in_segment(vip)",
        variants=(Variant(when="orders_365d > 1"),),
    )
    assert [needs(definition) for definition in segment.definitions] == [
        (
            "order_placed",
            "email_opened",
            "email_delivered",
            "anything done in shop or app",
            "cart_added",
            "the prediction `churn_probability`",
            "the segment `vip`",
        ),
        ("order_placed",),
    ]
