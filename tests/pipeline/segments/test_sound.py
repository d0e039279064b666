from pathlib import Path

import pytest

from pipeline.conditions.known import Kind, Known
from pipeline.errors import SettingsError
from pipeline.segments.library import library
from pipeline.segments.settle import LeftOut
from pipeline.segments.sound import sound_segments

KNOWN = Known({"x": Kind.NUMBER, "revenue_365d": Kind.NUMBER})


def sound(tmp_path: Path, text: str) -> tuple[list[str], tuple[LeftOut, ...]]:
    """The names of the sound segments of a file, and the others."""
    path = tmp_path / "segments.yaml"
    path.write_text(text, encoding="utf-8")
    segments, left_out = sound_segments(path, KNOWN)
    shared = {segment.name for segment in library()}
    return [segment.name for segment in segments if segment.name not in shared], left_out


def test_segments_that_make_no_sense_are_named_with_their_mistakes_and_the_others_stay(tmp_path: Path) -> None:
    names, left_out = sound(
        tmp_path,
        "- name: good\n  when: x > 1\n- name: misspelt\n  when: y > 1\n- name: cut_off\n  when: x >\n"
        "- name: unknown\n  when: x > 1\n  wen: x\n- when: x > 1\n",
    )
    assert names == ["good"]
    reasons = {one.segment: one.reason for one in left_out}
    assert list(reasons) == ["misspelt", "cut_off", "unknown", "5"]
    assert reasons["misspelt"].startswith('segments.yaml, segment misspelt, when: expected a known column, got "y"')
    assert reasons["cut_off"].startswith("segments.yaml, segment cut_off, when: expected")
    assert 'got "wen"' in reasons["unknown"]
    assert reasons["5"] == 'segments.yaml, segment 5: expected "name", got none.'


def test_of_segments_that_wait_for_one_another_the_one_that_closes_the_circle_goes(tmp_path: Path) -> None:
    names, (left_out,) = sound(
        tmp_path,
        "- name: a\n  when: in_segment(b)\n- name: b\n  when: in_segment(a)\n- name: c\n  when: in_segment(b)\n",
    )
    assert names == ["a", "c"]
    assert left_out.segment == "b"
    assert "circle" in left_out.reason


def test_a_segment_of_the_library_that_was_to_be_replaced_does_not_come_back(tmp_path: Path) -> None:
    name = library()[0].name
    path = tmp_path / "segments.yaml"
    path.write_text(f"- name: {name}\n  when: nonsense > 1\n", encoding="utf-8")
    segments, (left_out,) = sound_segments(path, KNOWN)
    assert left_out.segment == name
    assert [segment.name for segment in segments] == [segment.name for segment in library()[1:]]


def test_a_file_that_is_no_list_stops_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="expected a list of segments"):
        sound(tmp_path, "name: a\n")
