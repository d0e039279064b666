"""Reading numbers exactly or not at all: nothing is rounded, and nothing is a number that only looks like one."""

import ibis
from ibis.expr import datatypes as dt

# Digits beyond the fourth after the point must be noughts, for the log keeps four.
_DECIMAL = r"^[+-]?(\d+(\.\d{0,4}0*)?|\.\d{1,4}0*)$"
_WHOLE = r"^[+-]?\d+$"
_POWER = r"^[+-]?(\d+(\.\d*)?|\.\d+)[eE][+-]?\d{1,2}$"
# How far a binary fraction may be off the decimal that it stands for, such as 0.1 + 0.2 from 0.3.
_NOISE = 1e-12
_FINER = dt.Decimal(38, 10)


def exact(value: ibis.Value, kind: dt.DataType) -> ibis.Value:
    """Read a decimal with four digits after the point, or a whole number; null where it would have to be rounded."""
    given = value.type()
    number = value.try_cast(kind)
    if given.is_boolean():
        return ibis.null(kind)
    if given.is_string():
        return ibis.ifelse(_is_exact_text(value, number, kind), number, ibis.null(kind))
    if given.is_floating():
        off = (value - number.cast("float64")).abs()
        return ibis.ifelse(off <= value.abs() * _NOISE, number, ibis.null(kind))
    return ibis.ifelse(number == value, number, ibis.null(kind)) if given.is_decimal() else number


def _is_exact_text(value: ibis.Value, number: ibis.Value, kind: dt.DataType) -> ibis.Value:
    if kind.is_integer():
        return value.re_search(_WHOLE)
    # A power of ten is compared with what it is as a binary fraction and as a finer decimal: one of them would differ.
    same = (value.try_cast("float64") == number.cast("float64")) & (value.try_cast(_FINER) == number)
    return ibis.ifelse(value.re_search(_DECIMAL), ibis.literal(value=True), value.re_search(_POWER) & same)
