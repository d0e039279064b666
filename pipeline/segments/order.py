"""In which order segments are decided that look into one another."""

from collections.abc import Iterable, Mapping

from pipeline.conditions.questions import InSegment
from pipeline.errors import SettingsError
from pipeline.segments.segment import Segment


def in_order(segments: Iterable[Segment]) -> tuple[tuple[Segment, ...], ...]:
    """Return the segments in layers: each looks only into segments of layers before its own.

    Variants count as well, so that the order is the same whichever a shop settles on. Within a layer, the order given
    is kept. A segment that is not among them is nothing to wait for. Raises SettingsError for segments that wait for
    one another, and names them.
    """
    waiting = {segment.name: segment for segment in segments}
    looks_into = {name: _looks_into(segment, waiting) for name, segment in waiting.items()}
    layers = []
    while waiting:
        ready = [name for name in waiting if waiting.keys().isdisjoint(looks_into[name])]
        if not ready:
            raise SettingsError(_about(_circle({name: looks_into[name] for name in waiting})))
        layers.append(tuple(waiting.pop(name) for name in ready))
    return tuple(layers)


def _looks_into(segment: Segment, names: Iterable[str]) -> tuple[str, ...]:
    questions = (question for definition in segment.definitions for question in definition.asks)
    asked = {question.name for question in questions if isinstance(question, InSegment)}
    return tuple(name for name in names if name in asked)


def _circle(looks_into: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return a way from a segment back to itself, where each of them looks into another of them."""
    way = [next(iter(looks_into))]
    while way[-1] not in way[:-1]:
        way.append(next(name for name in looks_into[way[-1]] if name in looks_into))
    return way[way.index(way[-1]) :]


def _about(circle: list[str]) -> str:
    return (
        "segments: expected each in_segment(…) to look into one that does not look back, "
        f"got the circle {' → '.join(circle)}. Take in_segment(…) out of one of them."
    )
