"""The segments of a project: the library, the project's own, and one for each cluster."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from pipeline.conditions.known import Known
from pipeline.errors import ConditionError, SettingsError, did_you_mean
from pipeline.segments.order import in_order
from pipeline.segments.read import read_segments
from pipeline.segments.segment import Segment
from pipeline.segments.yaml_lines import keys_told, lines_of

LIBRARY = Path(__file__).with_name("library.yaml")


@cache
def library() -> tuple[Segment, ...]:
    """Return the segments that every shop starts with."""
    return read_segments(LIBRARY)


def load_segments(path: Path, known: Known) -> tuple[Segment, ...]:
    """Return the library with the segments of `path` added, or in the place of those of the same name.

    `known` says what a condition may name; the segments themselves are known as well. Raises SettingsError or
    ConditionError with the file's name and line, the segment's name, and the nearest known one for one not known.
    """
    own = read_segments(path)
    segments = {segment.name: segment for segment in (*library(), *own)}
    names = replace(known, segments=known.segments | segments.keys())
    for number, segment in enumerate(own, 1):
        try:
            check_segments([segment], names)
        except (ConditionError, SettingsError) as error:
            raise type(error)(f"{lines_of(path)(number, keys_told(error))}, {error}") from None
    try:
        in_order(segments.values())
    except SettingsError as error:
        raise SettingsError(f"{path.name}, {error}") from None
    return tuple(segments.values())


def check_segments(segments: Iterable[Segment], known: Known) -> None:
    """Raise the first mistake of what segments name, whether they decide by it, leave it out or are ordered by it."""
    for segment in segments:
        segment.check_all(known)
        _check_excluded(segment, known)
        for definition in segment.definitions:
            if definition.best_first not in known.columns:
                raise _unknown(segment, "best_first", "a column", definition.best_first, known.columns)


def _check_excluded(segment: Segment, known: Known) -> None:
    for name in segment.exclude:
        if name == segment.name:
            raise SettingsError(f'segment {name}, exclude: expected another segment, got "{name}" itself.')
        if name not in known.segments:
            raise _unknown(segment, "exclude", "a segment", name, known.segments)


def _unknown(segment: Segment, setting: str, expected: str, got: str, known: Iterable[str]) -> SettingsError:
    hint = did_you_mean(got, known)
    return SettingsError(f'segment {segment.name}, {setting}: expected {expected}, got "{got}".{hint}')


def cluster_segments(descriptions: Mapping[str, str]) -> tuple[Segment, ...]:
    """Return a segment for each cluster, by name and in their order; `Gift buyers` becomes `cluster_gift_buyers`."""
    return tuple(_cluster_segment(name, description) for name, description in descriptions.items())


def _cluster_segment(name: str, description: str) -> Segment:
    quoted = "'" + name.replace("'", "''") + "'"
    return Segment(
        name="cluster_" + re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"),
        title=name,
        when=f"cluster = {quoted}",
        description=description,
        send="What fits how they shop, in a tone of their own.",
        do_not_send="Anything that promises what they will do. A cluster describes, it does not predict.",
        tags=("cluster",),
    )
