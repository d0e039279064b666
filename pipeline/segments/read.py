"""From a file of segments to segments, with the place and the remedy of every mistake."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import ConditionError, SettingsError, did_you_mean
from pipeline.segments.segment import Segment


def read_segments(path: Path) -> tuple[Segment, ...]:
    """Return the segments of a YAML list, in its order.

    Raises SettingsError for what is not a list of segments, and ConditionError for a condition that cannot be parsed.
    """
    entries = _entries(path)
    segments = tuple(_segment(entry, path.name, number) for number, entry in enumerate(entries, 1))
    name, times = next(iter(Counter(segment.name for segment in segments).most_common(1)), ("", 0))
    if times > 1:
        raise SettingsError(f'{path.name}: expected each segment once, got "{name}" {times} times.')
    return segments


def _entries(path: Path) -> list[Any]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        got = getattr(error, "strerror", "bytes that are not UTF-8").lower()
        raise SettingsError(f"{path.name}: expected a readable file of segments, got {got}.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path.name}, line {line}: expected YAML, got what is not ({error.problem}).") from None
    except yaml.YAMLError:
        raise SettingsError(f"{path.name}: expected YAML, got characters that it does not allow.") from None
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise SettingsError(f'{path.name}: expected a list of segments ("- name: …"), got {_words(entries)}.')
    return entries


def _segment(entry: object, file: str, number: int) -> Segment:
    if not isinstance(entry, dict):
        raise SettingsError(f'{file}, segment {number}: expected settings such as "name: …", got {_words(entry)}.')
    try:
        return Segment(**{str(key): value for key, value in entry.items()})
    except ConditionError as error:
        raise ConditionError(f"{file}, {error}") from None
    except ValidationError as error:
        place = f"{file}, segment {entry.get('name', number)}"
        raise SettingsError(f"{place}: {_mistake(error.errors())}") from None


def _mistake(details: list[ErrorDetails]) -> str:
    """Return the first mistake in words; an unknown setting before a missing one, as it may be that one misspelt."""
    detail = min(details, key=lambda detail: detail["type"] != "extra_forbidden")
    setting = str(detail["loc"][0])
    match detail["type"]:
        case "extra_forbidden":
            known = Segment.model_fields
            return f'expected one of {", ".join(known)}, got "{setting}".{did_you_mean(setting, known)}'
        case "missing":
            return f'expected "{setting}", got none.'
    wanted = re.sub("^(Input|String) should ", "", detail["msg"]).replace("tuple", "list")
    return f"expected {setting} to {wanted}, got {_words(detail['input'])}."


def _words(value: object) -> str:
    return {dict: "settings", list: "a list", type(None): "nothing"}.get(type(value), f"{value!r}")
