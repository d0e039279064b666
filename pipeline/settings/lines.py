"""On which line of a TOML file something stands; the standard library's parser does not tell.

A text cut off inside a value is no TOML. So whatever parses ends where a line of the file's own ends, and the shortest
such beginning of the file that holds a key ends with its value.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Any

Place = Sequence[int | str]
NAMED_BY_THE_PARSER = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def line_of(text: str, place: Place) -> int | None:
    """Return the line, from 1, on which the statement begins that makes a place be there; None if none does.

    A `place` is the keys that lead there, a position in a list counted from 0.
    """
    begins = 1
    for end, content in _beginnings(text):
        if _holds(content, place):
            return begins
        begins = end + 1
    return None


def nearest_line(text: str, place: Place) -> int | None:
    """Return the line of a place, or of the nearest one around it that is there; None where that is the whole file."""
    around = (place[:length] for length in range(len(place), 0, -1))
    return next((line for one in around if (line := line_of(text, one)) is not None), None)


def line_of_mistake(text: str, said: str) -> tuple[int, str]:
    """Return where the parser's message says that a text is no TOML, and the message without it.

    Of what has no end the parser only says that the document ended: it is where that begins.
    """
    found = NAMED_BY_THE_PARSER.search(said)
    if found is None or found[1] is None:
        *_, last = (1, *(end + 1 for end, _ in _beginnings(text)))
        line = last
    else:
        line = int(found[1])
    return line, NAMED_BY_THE_PARSER.sub("", said)


def _beginnings(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each beginning of the text, as a number of lines, that is TOML, and what it says."""
    lines = text.split("\n")
    for end in range(1, len(lines) + 1):
        try:
            yield end, tomllib.loads("\n".join(lines[:end]))
        except tomllib.TOMLDecodeError:
            continue


def _holds(content: object, place: Place) -> bool:
    for part in place:
        match content, part:
            case dict(), str() if part in content:
                content = content[part]
            case list(), int() if part < len(content):
                content = content[part]
            case _:
                return False
    return True
