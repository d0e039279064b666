"""Values of ours as plain JSON, the same text for the same content."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def plain(value: object) -> Json:
    """Return frozen values, mappings, sequences, instants and NumPy numbers as JSON holds them; NaN becomes null."""
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return value.astimezone(UTC).isoformat()
        case Mapping():
            return {str(key): plain(entry) for key, entry in value.items()}
        case Sequence():
            return [plain(entry) for entry in value]
    return _plain_object(value)


def as_json(value: object) -> str:
    """Return indented JSON with sorted keys."""
    return json.dumps(plain(value), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def digest(value: object) -> str:
    """Return eight hexadecimal digits that stand for the content of `value`."""
    return hashlib.sha256(as_json(value).encode()).hexdigest()[:8]


def _plain_object(value: object) -> Json:
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(value, "item"):
        return plain(value.item())
    raise TypeError(f"Expected a value that JSON can hold, got {value!r}.")
