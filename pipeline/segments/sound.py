"""A project's segments without those that make no sense, for a run that goes on without them."""

from dataclasses import replace
from pathlib import Path

from pipeline.conditions.known import Known
from pipeline.errors import ConditionError, SettingsError
from pipeline.segments.library import check_segments, library
from pipeline.segments.order import in_order
from pipeline.segments.read import segment_of
from pipeline.segments.segment import Segment
from pipeline.segments.settle import LeftOut
from pipeline.segments.yaml_lines import no_lines_of
from pipeline.segments.yaml_list import entries


def sound_segments(path: Path, known: Known) -> tuple[tuple[Segment, ...], tuple[LeftOut, ...]]:
    """Return the segments that `load_segments` returns, and those of `path` that make no sense, each with its sentence.

    A segment of the library that one of them was to replace is in neither. A file that is no list of segments is a
    SettingsError even so. A sentence names no line: it is published, and a line of comment more is no other reason.
    """
    listed = {str(entry.get("name", number)): entry for number, entry in enumerate(entries(path, "segment"), 1)}
    sound = {segment.name: segment for segment in library() if segment.name not in listed}
    names = replace(known, segments=known.segments | sound.keys() | listed.keys())
    left_out = []
    for number, (name, entry) in enumerate(listed.items(), 1):
        try:
            segment = segment_of(entry, no_lines_of(path), number)
            check_segments([segment], names)
            in_order([*sound.values(), segment])  # of a circle, the one that closes it goes
        except (ConditionError, SettingsError) as error:
            left_out.append(LeftOut(name, _placed(error, path.name)))
        else:
            sound[name] = segment
    return tuple(sound.values()), tuple(left_out)


def _placed(error: Exception, file: str) -> str:
    return str(error) if str(error).startswith(file) else f"{file}, {error}"
