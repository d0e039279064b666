"""Who the customers of each cluster are: a name, a sentence and what sets them apart, kept on across retrains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.clusters.names import category, favourites, name_apart
from models.clusters.words import Typical, read_by_words, typical
from models.reasons.wording import in_words

MUCH_CHANGED = 0.5  # standard deviations: when any column has moved by so much, a cluster is named anew
SENTENCE = (
    "The middle customer has {orders_lifetime:orders}, spent {revenue_lifetime:money} in all and last ordered "
    "{days_since_last_order:ago}"
)


@dataclass(frozen=True)
class Portrait:
    """What a cluster is called and how it is described, and by how much it stood apart in each column when named.

    `size` is its number of customers and `share` that of everybody with an order, when it was found.
    """

    id: str
    name: str
    description: str
    size: int
    share: float
    apart: Mapping[str, float]


def draw_portraits(
    matrix: FeatureMatrix,
    members: npt.NDArray[np.int_],
    ids: Sequence[str],
    before: Sequence[Portrait | None],
    *,
    currency: str = "",
) -> tuple[Portrait, ...]:
    """Return a portrait of each cluster, with distinct names, in the order of their numbers.

    `members` numbers each row's cluster, of shape (n,). A cluster that goes on from one in `before` keeps its name
    unless what sets it apart changed a lot.
    """
    read = read_by_words(matrix)
    rows = [read.where(members == number) for number in range(len(ids))]
    everybody, own = typical(read, rows)
    kept = [old if old and _alike(old, new) else None for old, new in zip(before, own, strict=True)]
    names = name_apart(own, everybody, [old.name if old else None for old in kept], ids)
    return tuple(
        Portrait(
            id=ids[number],
            name=names[number],
            description=_sentence(own[number], everybody, currency),
            size=len(rows[number]),
            share=len(rows[number]) / max(len(matrix), 1),
            apart=old.apart if old else own[number].apart,
        )
        for number, old in enumerate(kept)
    )


def _alike(old: Portrait, new: Typical) -> bool:
    return all(abs(new.apart[name] - then) < MUCH_CHANGED for name, then in old.apart.items() if name in new.apart)


def _sentence(own: Typical, everybody: Typical, currency: str) -> str:
    """Return what the middle customer is like, and of which category they buy most, beside everybody's share."""
    if not own.middle:
        return "Nobody was in it when it was found."
    text, told = SENTENCE, dict(own.middle)
    for top in favourites(own)[:1]:
        text += f"; {{{top}:share}} of the items are {category(top)} ({{usual:share}} among all customers)"
        told["usual"] = everybody.middle[top]
    numbers = {name: np.array([value]) for name, value in told.items()}
    return str(in_words(f"{text}.", numbers, currency)[0])
