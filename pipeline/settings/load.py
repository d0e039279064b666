"""Reading `segcast.toml`, and saying in one sentence what is wrong with it, and on which line."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import SettingsError, did_you_mean
from pipeline.settings.destinations import KINDS
from pipeline.settings.keys import Location, hint_for
from pipeline.settings.lines import line_of_mistake, nearest_line
from pipeline.settings.shop import Settings
from pipeline.settings.sources import FORMATS

SETTINGS_FILE = "segcast.toml"
SOURCES, DESTINATIONS = "sources", "destinations"


def load_settings(project: Path) -> Settings:
    """Read `segcast.toml` in the project folder; SettingsError names the line and the nearest valid key."""
    path = project / SETTINGS_FILE
    text = _text(path)
    try:
        return Settings.model_validate(_content(path, text))
    except ValidationError as error:
        # A misspelt key is reported before the required one that it was meant to be.
        first = min(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        place = (*first["loc"], *_decides(first))
        raise SettingsError(f"{_at(path, text, place)}: {_sentence(first)}") from error


def settings_line(project: Path, *place: int | str) -> str:
    """Return `segcast.toml` and the line of a place in it, as messages name it: `shop/segcast.toml:14`."""
    path = project / SETTINGS_FILE
    return _at(path, _text(path), place)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(
            f"Expected {SETTINGS_FILE} in {path.parent}, found none. Try `segcast init --project {path.parent}`."
        ) from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise SettingsError(
            f"{path}:{line}: expected text in UTF-8, got other bytes. Try saving the file as UTF-8."
        ) from error
    except OSError as error:
        raise SettingsError(f"{path}: expected a readable file, got: {error.strerror}.") from error


def _content(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, said = line_of_mistake(text, str(error))
        raise SettingsError(f"{path}:{line}: this is not valid TOML: {said}.") from error


def _at(path: Path, text: str, location: Location) -> str:
    line = nearest_line(text, _in_the_file(location))
    return str(path) if line is None else f"{path}:{line}"


def _sentence(first: ErrorDetails) -> str:
    return _about_a_key(first, _place(first["loc"])) or _about_a_value(first, _place(first["loc"]))


def _about_a_key(first: ErrorDetails, place: str) -> str | None:
    match first["type"]:
        case "extra_forbidden":
            return f'there is no setting "{place}".{hint_for(first["loc"])}'
        case "missing":
            return f'the setting "{place}" is required and missing.'
        case "union_tag_not_found":
            return f'the setting "{place}.{_told_apart_by(first["loc"])}" is required and missing.'
    return None


def _about_a_value(first: ErrorDetails, place: str) -> str:
    match first["type"]:
        case "value_error":
            return f'"{place}": {first["ctx"]["error"]}'
        case "union_tag_invalid":
            what, known = _kinds(first["loc"])
            given = str(first["ctx"]["tag"])
            return f'"{place}": expected {what} of {", ".join(known)}, got "{given}".{did_you_mean(given, known)}'
        case "model_type" | "dict_type":
            return f'"{place}": expected a table, [{place}], got {first["input"]!r}.'
    wanted = re.sub("^(Input|String|Value) should ", "", first["msg"]).replace("tuple", "list")
    return f'"{place}": expected it to {wanted}, got {first["input"]!r}.'


def _decides(first: ErrorDetails) -> tuple[str, ...]:
    """Return the key that says which kind of entry this is, where it says none that there is."""
    return (_told_apart_by(first["loc"]),) if first["type"] == "union_tag_invalid" else ()


def _kinds(location: Location) -> tuple[str, Sequence[str]]:
    return ("a destination", tuple(KINDS)) if location[0] == DESTINATIONS else ("a format", FORMATS)


def _told_apart_by(location: Location) -> str:
    return "to" if location[0] == DESTINATIONS else "format"


def _in_the_file(location: Location) -> list[int | str]:
    """Return the keys of a location that stand in the file."""
    parts = [part for part in location if part != "[key]"]  # pydantic's word for a key that is itself at fault
    kinds = {SOURCES: FORMATS, DESTINATIONS: KINDS}.get(str(parts[0]), ())
    if parts[2:] and parts[2] in kinds:
        del parts[2]  # the kind's name, which is no key of the file
    return parts


def _place(location: Location) -> str:
    """Write a location as it stands in the file: `sources[1].columns.amount`, first of its kind counted as 1."""
    parts = _in_the_file(location)
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")
