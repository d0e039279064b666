"""A column of text as numbers: a code a row, and the names that the codes number."""

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.windows.arrays import Codes, Floats, Ints, Mask

UNKNOWN = -1  # the code of a text that is null
LARGEST = 1e14  # what a number of the log is less than


@dataclass(frozen=True)
class Coded:
    """A column of text: a code a row, and the names that the codes number, in order.

    `answers` remembers what was asked about the names, for all columns that have the same ones.
    """

    codes: Codes
    names: pa.StringArray
    answers: dict[Hashable, Mask] = field(default_factory=dict, repr=False, compare=False)

    def at(self, places: Ints) -> "Coded":
        """Return the column of some rows."""
        return Coded(self.codes[places], self.names, self.answers)

    def apart(self, places: Ints) -> "Coded":
        """Return the column of some rows with no names but their own."""
        codes = self.codes[places]
        used = np.flatnonzero(np.bincount(codes + 1, minlength=len(self.names) + 1)[1:])
        rank = np.full(len(self.names) + 1, UNKNOWN, self.codes.dtype)  # the last entry is a null's, whose code is -1
        rank[used] = np.arange(len(used))
        return Coded(rank[codes], self.names.take(pa.array(used, pa.int64())))

    def where(self, question: Hashable, holds: Callable[[str], bool], chosen: Ints) -> Mask:
        """Mark the chosen rows whose text there is and for which `holds`, the answer to `question`, is true."""
        if question not in self.answers:
            self.answers[question] = np.array([*map(holds, self.names.to_pylist()), False], bool)
        return self.answers[question][self.codes[chosen]]

    def said(self, name: str) -> "Coded":
        """Return what each row's text, a JSON object, says under a name, as a column of its own; only text counts."""
        used, told = self._told(name)
        texts = sorted({text for text in told if isinstance(text, str)})
        place = {text: code for code, text in enumerate(texts)}
        codes = np.full(len(self.names) + 1, UNKNOWN, np.int32)  # the last entry is a null's, whose code is -1
        codes[used] = [place[text] if isinstance(text, str) else UNKNOWN for text in told]
        return Coded(codes[self.codes], pa.array(texts, pa.string()))

    def measured(self, name: str) -> Floats:
        """Return the number that each row's text, a JSON object, says under a name; NaN for anything else."""
        used, told = self._told(name)
        values = np.full(len(self.names) + 1, np.nan)
        values[used] = [as_number(value) for value in told]
        return np.asarray(values[self.codes])

    def says(self, name: str) -> Mask:
        """Mark the rows whose text, a JSON object, says anything under a name."""
        used, told = self._told(name)
        found = np.zeros(len(self.names) + 1, bool)
        found[used] = [value is not None for value in told]
        return np.asarray(found[self.codes])

    def _told(self, name: str) -> tuple[Ints, list[object]]:
        """Return the codes that rows have, and what the text of each says under a name."""
        used = np.flatnonzero(np.bincount(self.codes + 1, minlength=len(self.names) + 1)[1:])
        return used, [json.loads(text).get(name) for text in self.names.take(pa.array(used, pa.int64())).to_pylist()]


def as_number(value: object) -> float:
    """Return a number as it is, NaN for what is none or is beyond what the log can hold."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST
    return float(value) if is_number else np.nan  # type: ignore[arg-type]
