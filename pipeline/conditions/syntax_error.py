"""What to say when a condition's text stops making sense."""

import re

from pipeline.conditions.location import Location
from pipeline.errors import ConditionError, did_you_mean

WORDS = {
    "NUMBER": "a number",
    "TEXT": "a text",
    "_BETWEEN": '"between"',
    "_IN": '"in"',
    "_AND": '"and"',
    "NOT": '"not"',
    "MATCHED": '"contains"',
    "QUANTIFIED": '"any (…)"',
    "_NULL": '"null"',
    "LPAR": '"("',
    "COMMA": '","',
    "RPAR": '")"',
    "$END": "the end",
}
KEYWORDS = {
    "_AND": ("and",),
    "_OR": ("or",),
    "NOT": ("not",),
    "_BETWEEN": ("between",),
    "_IN": ("in",),
    "_IS": ("is",),
    "_NULL": ("null",),
    "MATCHED": ("contains", "starts with", "ends with"),
    "QUANTIFIED": ("any", "all"),
    "WHERE": ("where",),
}
TEXT = re.compile(r"'([^']|'')*'")
HINTS = {
    "=": ' Equality is one "=", between two values.',
    "<>": ' Unequal is "!=".',
    "=>": ' At least is ">=".',
    "&": ' Write "and".',
    "|": ' Write "or".',
    "!": ' Write "not", or "!=" for unequal.',
    "null": ' Write "is null" or "is not null".',
    '"': " A text stands in single quotes: 'boots'.",
    "'": " A text stands between two single quotes: 'boots'.",
}


def syntax_error(at: Location, accepted: set[str]) -> ConditionError:
    """Return the error for a text that goes on otherwise than with one of the `accepted` terminals of the grammar."""
    found = re.match(r"\w+|\S", at.text[at.offset :])
    word = found.group().lower() if found else ""
    keywords = [word for name, words in KEYWORDS.items() if name in accepted for word in words]
    before = at.text[max(at.offset - 1, 0) : at.offset]
    hint = HINTS.get(before + word) or HINTS.get(word) or did_you_mean(word, keywords)
    hint = "" if TEXT.match(at.text, at.offset) else hint
    return at.error(_expected(accepted), f'"{found.group()}"' if found else "the end", hint)


def _expected(accepted: set[str]) -> str:
    if "NAME" in accepted:
        return "a column, a number or a text"
    if "_OR" in accepted:
        return "an operator (and, or, =, <, >, +, between, in, is, contains …)"
    return " or ".join(word for name, word in WORDS.items() if name in accepted)
