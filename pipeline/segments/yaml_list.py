"""A YAML file that is a list of named settings, and its mistakes in words."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import ErrorDetails

from pipeline.errors import SettingsError, did_you_mean
from pipeline.segments.yaml_lines import lines_of

Entry = dict[str, Any]


def entries(path: Path, one: str) -> list[Entry]:
    """Return the entries of the file, each with a name of its own as far as it has one; `one` says what each is.

    Raises SettingsError for what is no such list.
    """
    listed = _list(path, one)
    for number, entry in enumerate(listed, 1):
        if not isinstance(entry, dict):
            got, place = words(entry), lines_of(path)(number, ())
            raise SettingsError(f'{place}, {one} {number}: expected settings such as "name: …", got {got}.')
    named = [str(entry.get("name", "")) for entry in listed]
    name, times = next(iter(Counter(filter(None, named)).most_common(1)), ("", 0))
    if times > 1:
        place = lines_of(path)(named.index(name, named.index(name) + 1) + 1, ())
        raise SettingsError(f'{place}: expected each {one} once, got "{name}" {times} times.')
    return [{str(key): value for key, value in entry.items()} for entry in listed]


def sentence(detail: ErrorDetails, setting: str, known: Iterable[str]) -> str:
    """Return one mistake that pydantic found in `setting` as expected and got; `known` are the settings there are."""
    match detail["type"]:
        case "extra_forbidden":
            return f'expected one of {", ".join(known)}, got "{setting}".{did_you_mean(setting, known)}'
        case "missing":
            return f'expected "{setting}", got none.'
        case "value_error":
            return f"{setting}: {detail['ctx']['error']}" if setting else str(detail["ctx"]["error"])
    wanted = re.sub("^(Input|String) should ", "", detail["msg"]).replace("tuple", "list")
    return f"expected {setting} to {wanted}, got {words(detail['input'])}."


def words(value: object) -> str:
    """Return a value, or what it is, for a sentence."""
    return {dict: "settings", list: "a list", type(None): "nothing"}.get(type(value), f"{value!r}")


def _list(path: Path, one: str) -> list[Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        got = getattr(error, "strerror", "bytes that are not UTF-8").lower()
        raise SettingsError(f"{path.name}: expected a readable file of {one}s, got {got}.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path.name}:{line}: expected YAML, got what is not ({error.problem}).") from None
    except yaml.YAMLError:
        raise SettingsError(f"{path.name}: expected YAML, got characters that it does not allow.") from None
    if found is None:
        return []
    if not isinstance(found, list):
        raise SettingsError(f'{path.name}: expected a list of {one}s ("- name: …"), got {words(found)}.')
    return found
