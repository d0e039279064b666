"""What a condition may name, and what kinds of values there are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a value can be; numbers are float64, moments are UTC."""

    NUMBER = "number"
    TEXT = "text"
    TEXTS = "texts"
    TRUTH = "truth"
    MOMENT = "moment"


WORDS = {
    Kind.NUMBER: "a number",
    Kind.TEXT: "a text",
    Kind.TEXTS: "a list of texts",
    Kind.TRUTH: "something true or false",
    Kind.MOMENT: "a date such as '2026-11-30'",
}


@dataclass(frozen=True)
class Known:
    """The columns of a customer by kind, and the event types, segments and purposes that a condition may ask about.

    Without `event_types`, or without `purposes`, any name is good.
    """

    columns: Mapping[str, Kind]
    event_types: frozenset[str] | None = None
    segments: frozenset[str] = frozenset()
    purposes: frozenset[str] | None = None

    def over(self, columns: Mapping[str, Kind]) -> "Known":
        """Return the same names beside other columns."""
        return replace(self, columns=columns)
