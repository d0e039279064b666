"""The values in a row that could not be kept, whether it came as JSON, as a line of a CSV or broken."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping

_CELLS = re.compile(r"[,;|\t]")
_BETWEEN = re.compile(r"[\s,;|\"'{}\[\]:]+")


def values_in(text: str) -> Iterator[str]:
    """Yield everything in a row that could be a whole value, without the blanks around it.

    Of JSON its texts and numbers, however deep, and the cells of a text that is a line of a CSV; of what is no JSON
    whatever stands between separators.
    """
    try:
        row = json.loads(text)
    except ValueError:
        parts: Iterable[str] = (text, *_CELLS.split(text), *_BETWEEN.split(text))
    else:
        parts = _leaves(row)
    yield from (part.strip() for part in parts)


def _leaves(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
            yield from _CELLS.split(value)
            if value.lstrip()[:1] in {"{", "["}:
                yield from values_in(value)
        case bool() | None:
            return
        case int() | float():
            yield str(value)
        case Mapping():
            for inner in value.values():
                yield from _leaves(inner)
        case Iterable():
            for inner in value:
                yield from _leaves(inner)
