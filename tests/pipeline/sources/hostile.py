"""Values that no export should have, and what each of them says, told without any of the code that reads them."""

# ruff: noqa: RUF001 - signs that look like others are the point

import re
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

BAD = object()  # the row must be set aside
BLANKS = " \t\n\r\v\f"

NUMBERS = [
    *("1e3", "1E-2", "１２", "1,5", "0x10", "0b1", "NaN", "inf", "-inf", "infinity", "١", "12abc", "1_000", "+5", "-0"),
    *("5.", "  7  ", ".5", "1/2", "true", "null", "NULL", "None", "19.99999", "0.00005", "1e-10", "1.23456e0", "-1"),
    *("99999999999999.9999", "99999999999999.99995", "100000000000000", "1e14", "1e99", "", " ", "--1", "1.2.3", "$5"),
    *("1 000", "1'000", "1.00000", "1e", "e5", "\u00a05", "5\u200b", "12345678901234.99999e0", "9" * 400),
]
IDS = [
    *(
        "null",
        "NULL",
        "NaN",
        "None",
        "undefined",
        "\\N",
        "",
        " ",
        "\t",
        "0",
        "0012",
        "1e5",
        "TRUE",
        "a\nb",
        'a"b',
        "a,b",
    ),
    *("x" * 256, "x" * 257, "a\x00b", "\u200b", "#c", "'a'", "🙂" * 256, "[1]", '{"a":1}', "é", "e\u0301"),
    "00000000-0000-0000-0000-000000000000",
]
MOMENTS = {
    "2026-01-31": datetime(2026, 1, 31, tzinfo=UTC),
    "2026-01-31 10:00:00.000001": datetime(2026, 1, 31, 10, 0, 0, 1, tzinfo=UTC),
    "2026-01-31T10:00:00+05:30": datetime(2026, 1, 31, 4, 30, tzinfo=UTC),
    "2026-01-31T24:00": datetime(2026, 2, 1, tzinfo=UTC),
    **dict.fromkeys(["2026-02-30", "2026-13-01", "31.01.2026", "01/31/2026", "2026", "20260131", "1769817600"], BAD),
    **dict.fromkeys(["0001-01-01", "1989-12-31", "9999-12-31", "10000-01-01", "2026-08-03", "infinity", "epoch"], BAD),
    **dict.fromkeys(
        ["now", "today", "", " ", "null", "NaN", "2026-01-31 12:60", "2026-01-31 25:00", "２０２６-01-31"], BAD
    ),
}

numbers = st.one_of(
    st.sampled_from(NUMBERS),
    st.decimals(-(10**15), 10**15, allow_nan=False).map(str),
    st.floats().map(repr),
    st.text("0123456789.,eE+-_ x%１٣", max_size=9),
)
ids = st.one_of(st.sampled_from(IDS), st.text(max_size=20))
moments = st.sampled_from(sorted(MOMENTS))
# A number with a fraction is left out: as an id it could be spelled in many ways.
json_ids = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    numbers,
    ids,
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
json_values = st.one_of(json_ids, st.floats(allow_nan=False, allow_infinity=False))


def amount(text: str) -> object:
    """The amount that a text spells, null for none, BAD for anything that is no exact amount from zero on."""
    plain = text.strip(BLANKS)
    if not plain:
        return None
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", plain, re.ASCII):
        return BAD
    value = Decimal(plain)
    fits = 0 <= value < 10**14 and value * 10**4 == int(value * 10**4)
    return value if fits else BAD


def customer(text: str) -> object:
    """The customer whom a text names, BAD for nobody."""
    plain = text.strip(BLANKS)
    nobody = plain.lower() in {"", "null", "none", "nil", "nan", "undefined", "true", "false", "\\n"}
    strange = len(plain) > 256 or "\x00" in plain or plain[:1] in {"[", "{"}
    noughts = re.fullmatch("[0-]+-[0-]+", plain) is not None
    return BAD if nobody or strange or noughts else plain


def as_text(value: object) -> str:
    """A value of JSON as the text that it is in a file, a list or an object as one that is nobody's id or amount."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list() | dict():
            return "[]"
        case _:
            return str(value)
