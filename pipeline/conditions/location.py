"""Where in a condition something stands, for messages that point at it."""

import re
from dataclasses import dataclass, replace

from pipeline.errors import ConditionError

AROUND = 24


@dataclass(frozen=True)
class Location:
    """A character of a condition's text; `place` says where the text itself is kept."""

    place: str
    text: str
    offset: int

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return self.text.count("\n", 0, self.offset) + 1

    @property
    def column(self) -> int:
        """The column within the line, counted from 1."""
        return self.offset - self.text.rfind("\n", 0, self.offset)

    @property
    def around(self) -> str:
        """The line's text near the location, with an ellipsis wherever it goes on."""
        text_line = self.text.split("\n")[self.line - 1]
        start, end = max(self.column - 1 - AROUND, 0), self.column - 1 + AROUND
        return ("…" if start else "") + text_line[start:end].strip() + ("…" if end < len(text_line) else "")

    def to(self, offset: int) -> "Location":
        """Return another location in the same text."""
        return replace(self, offset=offset)

    def of(self, name: str) -> "Location":
        """Return where `name` stands first from here on; here, if it does not."""
        found = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)").search(self.text, self.offset)
        return self if found is None else self.to(found.start())

    def error(self, expected: str, got: str, hint: str = "") -> ConditionError:
        """Return the error for what stands here; `hint` is a sentence with a space before it."""
        where = f"line {self.line}, column {self.column}, near “{self.around}”"
        return ConditionError(f"{self.place or 'condition'}: expected {expected}, got {got} at {where}.{hint}")
