"""Words with customers' own numbers in them, for all of whom they are true at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from models.link import Floats

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Manner:
    """How a number is said: what of it is told, and the words for that, before which a currency may stand.

    Few numbers are told of many customers ("74 days"), so that each is put into words once.
    """

    told: Callable[[Floats], Floats]
    words: Callable[[float, str], str]


def _rounded(number: Floats) -> Floats:
    return np.rint(number) + 0.0  # so that nothing is "-0"


def counted(plural: str) -> Manner:
    """Return the manner of "1 order", "1,200 orders"."""
    return Manner(_rounded, lambda number, _: f"{number:,.0f} {plural.removesuffix('s') if number == 1 else plural}")


def _ago(days: float, currency: str) -> str:
    return f"{counted('days').words(days, currency)} ago" if days >= 1 else "less than a day ago"


def _percent(part: float, _: str) -> str:
    return f"{part:.0f} %"


MANNERS: Mapping[str, Manner] = MappingProxyType(
    {
        "ago": Manner(lambda days: np.where(days < 1, 0, np.rint(days)), _ago),
        "whole": Manner(_rounded, lambda number, _: f"{number:,.0f}"),
        "number": Manner(lambda number: np.round(number, 1) + 0.0, lambda number, _: f"{number:,.1f}"),
        "money": Manner(_rounded, lambda amount, currency: f"{currency}{amount:,.0f}"),
        "share": Manner(lambda part: np.rint(part * 100), _percent),
        "change": Manner(lambda ratio: np.rint(np.abs(ratio - 1) * 100), _percent),
        "truth": Manner(lambda flag: np.where(flag > 0, 1.0, 0.0), lambda flag, _: "yes" if flag else "no"),
    }
)
"""Every manner but the counting of things, whose name is what is counted: `{orders_365d:orders}`."""


def in_words(template: str, own: Mapping[str, Floats], currency: str) -> Texts:
    """Return the template for each customer, of shape (n,): `{name:manner}` is the customer's number in `own`.

    A template without a number has the shape (1,). No number may be null.
    """
    pieces = [
        (literal, name, MANNERS.get(manner or "", counted(manner or "")))
        for literal, name, manner, _ in Formatter().parse(template)
    ]
    numbers = [(name, manner) for _, name, manner in pieces if name is not None]
    if not numbers:
        return np.array([template], dtype=object)
    told = np.stack([manner.told(own[name]) for name, manner in numbers], axis=1)
    different, place = _different(told)
    said = [
        "".join(
            literal if name is None else literal + manner.words(next(values), currency)
            for literal, name, manner in pieces
        )
        for values in map(iter, different.tolist())
    ]
    return np.array(said, dtype=object)[place]


def _different(rows: Floats) -> tuple[Floats, npt.NDArray[np.int_]]:
    """Return the different rows, and for each row the place of its like among them."""
    code = np.zeros(len(rows), dtype=np.int64)
    for values in rows.T:
        known, place = np.unique(values, return_inverse=True)
        code = code * len(known) + place
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    return rows[first], place
