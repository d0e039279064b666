"""The segments of a project: the library, the project's own, and one for each cluster."""

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from pipeline.conditions.check import Kind
from pipeline.errors import ConditionError, SettingsError, did_you_mean
from pipeline.segments.profiles import PREDICTIONS
from pipeline.segments.read import read_segments
from pipeline.segments.segment import Segment


@cache
def library() -> tuple[Segment, ...]:
    """Return the segments that every shop starts with."""
    return read_segments(Path(__file__).with_name("library.yaml"))


def load_segments(path: Path, columns: Mapping[str, Kind]) -> tuple[Segment, ...]:
    """Return the library with the segments of `path` added, or in the place of those of the same name.

    `columns` are the features that there are; predictions are known. Raises SettingsError or ConditionError with the
    file's name, the segment's, and the nearest known name for one that is not known.
    """
    own = read_segments(path)
    segments = {segment.name: segment for segment in (*library(), *own)}
    for segment in own:
        try:
            _check(segment, {**columns, **PREDICTIONS}, segments)
        except (ConditionError, SettingsError) as error:
            raise type(error)(f"{path.name}, {error}") from None
    return tuple(segments.values())


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
    )


def _check(segment: Segment, columns: Mapping[str, Kind], names: Collection[str]) -> None:
    segment.check(columns)
    for name in segment.exclude:
        if name not in names:
            hint = did_you_mean(name, names)
            raise SettingsError(f'segment {segment.name}, exclude: expected a segment, got "{name}".{hint}')
    if segment.best_first not in columns:
        hint = did_you_mean(segment.best_first, columns)
        raise SettingsError(f'segment {segment.name}, best_first: expected a column, got "{segment.best_first}".{hint}')
