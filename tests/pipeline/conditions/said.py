"""Conditions as texts, each beside what it means in plain Python, row by row and independently of the parser."""

import hashlib
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

Row = dict[str, Any]
Meaning = Callable[[Row, list[Row]], Any]
Truth = bool | None
NUMBERS = [-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 100.0]
TEXTS = ["", "x", "it's", "größe", "X Größe"]
DAYS = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3)]
AS_OF = datetime(2026, 11, 2, 12, 0, 0, 1, tzinfo=UTC)
ANSWERS = {"number": [None, *NUMBERS], "text": [None, *TEXTS], "truth": [True, False], "moment": [None, *DAYS]}
COMPARISONS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": lambda x, y: x / y if y else None}
MATCHES = {
    "contains": lambda text, part: part in text,
    "starts with": lambda text, part: text.startswith(part),
    "ends with": lambda text, part: text.endswith(part),
}


@dataclass(frozen=True)
class Said:
    """A condition's text, what it means for one row among all, and the questions in it by text with their kind."""

    text: str
    meaning: Meaning
    asks: frozenset[tuple[str, str]] = frozenset()


def said(text: str, meaning: Meaning, *parts: Said) -> Said:
    return Said(text, meaning, frozenset().union(*(part.asks for part in parts)))


def strict(function: Callable[..., Any], *parts: Said) -> Meaning:
    """Null if any part is null, else the function of them all."""

    def meaning(row: Row, rows: list[Row]) -> object:
        values = [part.meaning(row, rows) for part in parts]
        return None if None in values else function(*values)

    return meaning


def both(x: Truth, y: Truth) -> Truth:
    return False if x is False or y is False else None if None in (x, y) else True


def opposite(x: Truth) -> Truth:
    return None if x is None else not x


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def column(name: str) -> Said:
    return Said(name, lambda row, _: row[name])


def literal(value: object) -> Said:
    if isinstance(value, bool):
        return Said(f"{value}".lower(), lambda *_: value)
    text = value.isoformat() if isinstance(value, datetime) else value
    return Said(quoted(text) if isinstance(text, str) else f"{text}", lambda *_: value)


def answer(text: str, kind: str, row: Row) -> object:
    """Return one of the answers that a question of this kind can have, ever the same for text and customer."""
    return ANSWERS[kind][crc32(f"{row['customer_id']} {text}".encode()) % len(ANSWERS[kind])]


def question(text: str, kind: str) -> Said:
    return Said(text, lambda row, _: answer(text, kind, row), frozenset({(text, kind)}))


def comparison(left: Said, sign: str, right: Said) -> Said:
    return said(f"{left.text} {sign} {right.text}", strict(COMPARISONS[sign], left, right), left, right)


def arithmetic(left: Said, sign: str, right: Said) -> Said:
    return said(f"({left.text} {sign} {right.text})", strict(ARITHMETIC[sign], left, right), left, right)


def between(of: Said, low: Said, high: Said) -> Said:
    at_least, at_most = strict(operator.ge, of, low), strict(operator.le, of, high)
    text = f"{of.text} between {low.text} and {high.text}"
    return said(text, lambda row, rows: both(at_least(row, rows), at_most(row, rows)), of, low, high)


def one_of(of: Said, options: Sequence[Any]) -> Said:
    text = f"{of.text} in ({', '.join(literal(option).text for option in options)})"
    return said(text, strict(lambda value: value in options, of), of)


def matches(of: Said, match: str, options: Sequence[str], quantifier: str) -> Said:
    enough = all if quantifier == "all" else any
    text = f"{of.text} {match} {quantifier} ({', '.join(map(quoted, options))})"
    found = strict(lambda value: enough(MATCHES[match](value.lower(), option.lower()) for option in options), of)
    return said(text, found, of)


def has(of: Said, members: Sequence[str], quantifier: str) -> Said:
    enough = all if quantifier == "all" else any
    text = f"{of.text} not contains {quantifier} ({', '.join(map(quoted, members))})"
    return said(text, strict(lambda value: not enough(member in value for member in members), of), of)


def is_null(of: Said) -> Said:
    return said(f"({of.text}) is null", lambda row, rows: of.meaning(row, rows) is None, of)


def negation(of: Said) -> Said:
    return said(f"not ({of.text})", lambda row, rows: opposite(of.meaning(row, rows)), of)


def conjunction(left: Said, right: Said) -> Said:
    text = f"({left.text}) and ({right.text})"
    return said(text, lambda row, rows: both(left.meaning(row, rows), right.meaning(row, rows)), left, right)


def disjunction(left: Said, right: Said) -> Said:
    meaning = negation(conjunction(negation(left), negation(right))).meaning
    return said(f"({left.text}) or ({right.text})", meaning, left, right)


def negative(of: Said) -> Said:
    return said(f"-{of.text}", strict(operator.neg, of), of)


def bracketed(of: Said) -> Said:
    return said(f"({of.text})", of.meaning, of)


def compared(function: str, of: Said, among: Said | None) -> Said:
    """A percentile or a rank."""

    def value(row: Row, rows: list[Row]) -> float | None:
        return of.meaning(row, rows) if among is None or among.meaning(row, rows) is True else None

    def meaning(row: Row, rows: list[Row]) -> float | None:
        own, all_ = value(row, rows), [found for other in rows if (found := value(other, rows)) is not None]
        if own is None:
            return None
        if function == "rank":
            return 1.0 + sum(found > own for found in all_)
        return 100 * sum(found < own for found in all_) / (len(all_) - 1) if len(all_) > 1 else 0.0

    parts = (of,) if among is None else (of, among)
    told = of.text if among is None else f"{of.text}, among => {among.text}"
    return said(f"{function}({told})", meaning, *parts)


def days(function: str, of: Said) -> Said:
    sign = 1 if function == "days_since" else -1
    return said(f"{function}({of.text})", strict(lambda at: sign * ((AS_OF - at) / timedelta(days=1)), of), of)


def bucket(name: str) -> Said:
    def meaning(row: Row, _: list[Row]) -> float:
        digest = hashlib.md5(f"{name}/{row['customer_id']}".encode()).hexdigest()  # noqa: S324 - no secret
        return int(digest[:8], 16) / 16**8 * 100

    return Said(f"bucket({quoted(name)})", meaning)
