"""A column of text as numbers: a code a row, and the names that the codes number."""

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipeline.windows.arrays import Codes, Ints, Mask

UNKNOWN = -1  # the code of a text that is null


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

    def where(self, question: Hashable, holds: Callable[[str], bool], chosen: Ints) -> Mask:
        """Mark the chosen rows whose text there is and for which `holds`, the answer to `question`, is true."""
        if question not in self.answers:
            self.answers[question] = np.array([*map(holds, self.names.to_pylist()), False], bool)
        return self.answers[question][self.codes[chosen]]

    def said(self, name: str) -> "Coded":
        """Return what each row's text, a JSON object, says under a name, as a column of its own; only text counts."""
        used = np.flatnonzero(np.bincount(self.codes + 1, minlength=len(self.names) + 1)[1:])
        told = [json.loads(text).get(name) for text in self.names.take(pa.array(used, pa.int64())).to_pylist()]
        texts = sorted({text for text in told if isinstance(text, str)})
        place = {text: code for code, text in enumerate(texts)}
        codes = np.full(len(self.names) + 1, UNKNOWN, np.int32)  # the last entry is a null's, whose code is -1
        codes[used] = [place[text] if isinstance(text, str) else UNKNOWN for text in told]
        return Coded(codes[self.codes], pa.array(texts, pa.string()))
