"""The groups of segments, and their order."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from pipeline.publish.edition import Edition
from pipeline.publish.report.catalogue import GROUPS, groups
from pipeline.publish.report.wording import Wording
from pipeline.segments.library import library

WORDS = Wording("GBP", ZoneInfo("UTC"))


def tagged(edition: Edition, *tags: str) -> Edition:
    """Return the edition with a tag on each of its first segments, the others without."""
    told = [*([tag] for tag in tags), *([] for _ in edition.segments[len(tags) :])]
    segments = (one.model_copy(update={"tags": tuple(tag)}) for one, tag in zip(edition.segments, told, strict=True))
    return replace(edition, segments=tuple(segments))


def test_a_shops_own_groups_come_before_the_librarys(today: Edition) -> None:
    found = groups(tagged(today, "value", "campaign-2010", "predicted"), {}, (), WORDS)
    assert [group.title for group in found] == [
        "Campaign 2010",
        "Your own segments",
        "What the models expect",
        "What they are worth",
    ]
    assert [group.opened for group in found] == [True, True, True, False]


def test_a_summary_names_the_largest_and_how_many_more_there_are(today: Edition) -> None:
    (found,) = groups(today, {}, (), WORDS)
    sizes = sorted((line.members for line in found.lines), reverse=True)
    assert [int(told.split()[-1]) for told in found.largest.split(" · ")[:3]] == sizes[:3]
    assert found.largest.endswith(f"{len(sizes) - 3} more")


def test_every_tag_of_the_library_has_a_title() -> None:
    assert {segment.tags[0] for segment in library()} <= GROUPS.keys()
