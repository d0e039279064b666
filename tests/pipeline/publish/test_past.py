"""What publications tell of the past, from four of them on two moments."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.errors import PublicationError
from pipeline.publish.edition import Edition
from pipeline.publish.past import definitions_published, in_force, members_then, transitions_between
from pipeline.publish.publication import publish
from pipeline.publish.published import publications

HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path: Path, yesterday: Edition, today: Edition) -> Path:
    """A shop that has published on two days."""
    first = publish(tmp_path, yesterday)
    publish(tmp_path, replace(today, previous=first))
    return tmp_path


def test_a_publication_is_in_force_from_its_moment_until_the_next_ones(
    folder: Path, yesterday: Edition, today: Edition
) -> None:
    instant = timedelta(microseconds=1)
    assert in_force(folder, yesterday.as_of).as_of == yesterday.as_of
    assert in_force(folder, today.as_of - instant).as_of == yesterday.as_of
    assert in_force(folder, today.as_of).as_of == today.as_of
    assert in_force(folder, today.as_of + timedelta(days=999)).as_of == today.as_of


def test_before_the_first_publication_nobody_was_in_a_segment(folder: Path, yesterday: Edition, tmp_path: Path) -> None:
    message = "Nobody was in a segment on 2010-09-08 23:00: the first publication is of 2010-09-09 00:00"
    with pytest.raises(PublicationError, match=message):
        in_force(folder, yesterday.as_of - HOUR)
    with pytest.raises(PublicationError, match="nothing was published yet"):
        in_force(tmp_path / "none", yesterday.as_of)


def test_the_members_of_then_are_those_that_were_published(folder: Path, yesterday: Edition) -> None:
    members = members_then(in_force(folder, yesterday.as_of + HOUR), "predicted_at_risk")
    assert members.equals(yesterday.memberships.of("predicted_at_risk"))
    assert members.num_rows


def test_a_segment_that_was_not_decided_then_is_said_to_with_the_reason(
    folder: Path, tmp_path: Path, unpredicted: Edition
) -> None:
    with pytest.raises(PublicationError, match=r'got "vipp"\. Did you mean "vip"'):
        members_then(in_force(folder, unpredicted.as_of), "vipp")
    without = publish(tmp_path / "other", unpredicted)
    with pytest.raises(
        PublicationError, match="was left out of the publication of 2010-09-10 00:00: there is no churn"
    ):
        members_then(without, "predicted_at_risk")


def test_movements_are_counted_for_names_and_patterns(folder: Path, yesterday: Edition, today: Edition) -> None:
    before, now = publications(folder)
    found = transitions_between(before, now, ["vip", "*at_risk", "vip"])
    assert {row["from_segment"] for row in found.table.to_pylist()} == {"vip", "at_risk", "predicted_at_risk", None}
    was, is_ = (set(one.memberships.of("vip")["customer_id"].to_pylist()) for one in (yesterday, today))
    alone = transitions_between(before, now, ["vip"]).table.to_pylist()
    counted = {(row["from_segment"], row["to_segment"]): row["customers"] for row in alone}
    expected = {("vip", "vip"): len(was & is_), ("vip", None): len(was - is_), (None, "vip"): len(is_ - was)}
    assert counted == {pair: count for pair, count in expected.items() if count}
    assert found.uncompared == ()


def test_what_only_one_publication_decided_is_named_and_not_counted(
    folder: Path, tmp_path: Path, unpredicted: Edition
) -> None:
    before, _ = publications(folder)
    without = publish(tmp_path / "other", unpredicted)
    found = transitions_between(before, without, ["*at_risk"])
    assert found.uncompared == ("predicted_at_risk",)
    assert {row["to_segment"] for row in found.table.to_pylist()} == {"at_risk", None}
    with pytest.raises(PublicationError, match='got "stage_\\*"'):
        transitions_between(before, without, ["stage_*"])


def test_the_definitions_published_say_since_when_each_decides(
    folder: Path, today: Edition, yesterday: Edition
) -> None:
    (vip,) = definitions_published(publications(folder)).of["vip"]
    assert vip.since == yesterday.as_of
    other = today.segments[0].model_copy(update={"when": "percentile(revenue_365d) >= 80"})
    later = replace(today, as_of=today.as_of + HOUR, segments=(other, *today.segments[1:]))
    publish(folder, later)
    assert [one.since for one in definitions_published(publications(folder)).of["vip"]] == [
        yesterday.as_of,
        later.as_of,
    ]
