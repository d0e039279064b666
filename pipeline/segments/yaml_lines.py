"""On which line of a YAML list of named settings something stands."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

Keys = Sequence[int | str]
At = Callable[[int, Keys], str]
"""Names the file and, where it can, the line of what `keys` lead to in the entry of a number, from 1."""
_CHECKED = re.compile(r"(?:segment|audience) \w+(?:, variant (?P<variant>\d+))?, (?P<setting>\w+): ")


def lines_of(path: Path) -> At:
    """Return what names lines of this file; it reads the file anew for each, so ask only for a message."""
    return lambda number, keys: f"{path.name}{_line(path, number, keys)}"


def no_lines_of(path: Path) -> At:
    """Return what names the file alone, for words that outlive its lines."""
    return lambda _number, _keys: path.name


def keys_told(error: Exception) -> Keys:
    """Return the keys of the setting that a checked segment's or audience's error is about, none if it names none."""
    found = _CHECKED.match(str(error))
    if found is None:
        return ()
    return (*(("variants", int(found["variant"]) - 1) if found["variant"] else ()), found["setting"])


def _line(path: Path, number: int, keys: Keys) -> str:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return ""  # the mistake itself is told all the same
    return "" if root is None else f":{_nearest(root, (number - 1, *keys)).start_mark.line + 1}"


def _nearest(root: yaml.Node, keys: Keys) -> yaml.Node:
    """Return the node where the last setting begins, its key and not its value, that the keys lead to."""
    shown = node = root
    for key in keys:
        match node, key:
            case yaml.SequenceNode(value=entries), int() if key < len(entries):
                shown = node = entries[key]
            case yaml.MappingNode(value=pairs), _:
                found = [pair for pair in pairs if pair[0].value == str(key)]
                if not found:
                    break
                shown, node = found[-1]
            case _:
                break
    return shown
