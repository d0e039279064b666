"""From a file of segments to segments, with the place and the remedy of every mistake."""

from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import ConditionError, SettingsError
from pipeline.segments.segment import Segment, Variant
from pipeline.segments.yaml_lines import At, keys_told, lines_of
from pipeline.segments.yaml_list import Entry, entries, sentence, words


def read_segments(path: Path) -> tuple[Segment, ...]:
    """Return the segments of a YAML list, in its order.

    Raises SettingsError for what is not a list of segments, and ConditionError for a condition that cannot be parsed.
    """
    at = lines_of(path)
    return tuple(segment_of(entry, at, number) for number, entry in enumerate(entries(path, "segment"), 1))


def segment_of(entry: Entry, at: At, number: int) -> Segment:
    """Return the segment of one entry, the `number`-th of a file; its first mistake with the place, if it has any."""
    try:
        return Segment(**entry)
    except ConditionError as error:
        raise ConditionError(f"{at(number, keys_told(error))}, {error}") from None
    except ValidationError as error:
        first = _first(error.errors())
        place = f"{at(number, first['loc'])}, segment {entry.get('name', number)}"
        raise SettingsError(f"{place}{_mistake(first)}") from None


def _first(details: list[ErrorDetails]) -> ErrorDetails:
    """Return the first mistake; an unknown setting before a missing one, as it may be that misspelt."""
    return min(details, key=lambda detail: detail["type"] != "extra_forbidden")


def _mistake(detail: ErrorDetails) -> str:
    """Return where in a segment a mistake is, and what it is."""
    match detail["loc"]:
        case ("variants", int(number), str(setting), *_):
            return f", variant {number + 1}: {sentence(detail, setting, Variant.model_fields)}"
        case ("variants", int(number)):
            return f', variant {number + 1}: expected settings such as "when: …", got {words(detail["input"])}.'
        case (setting, *_):
            return f": {sentence(detail, str(setting), Segment.model_fields)}"
    return f": {sentence(detail, '', Segment.model_fields)}"
