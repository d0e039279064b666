"""Whom it pays to contact: expected profit, and the list that has most of it."""

from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np

from models.link import Floats


class Aim(StrEnum):
    """What a contact is for: to keep who may leave, or to win an order from who may buy."""

    KEEP = "keep"
    WIN = "win"


@dataclass(frozen=True)
class Economics:
    """What a contact costs and what it may bring.

    `margin` is the share of net spend that is left after the goods, `contact_cost` and `offer_cost` are money a
    contact and an offer taken, `save_rate` is the share of those about to leave whom a contact keeps; for an `Aim.WIN`,
    the share by which it raises the chance of an order. `assumed` names what the shop did not state: whatever is
    reckoned with it must say so.
    """

    margin: float
    contact_cost: float
    offer_cost: float
    save_rate: float
    assumed: tuple[str, ...] = ()


DEFAULTS = Economics(margin=0.3, contact_cost=0.05, offer_cost=0.0, save_rate=0.05)
"""For a shop that states nothing: an e-mail without an offer, nearly a third of the price left, and one in twenty kept.
None of it is measured; the save rate least of all, which only held-out customers can tell."""


def economics(
    margin: float | None = None,
    contact_cost: float | None = None,
    offer_cost: float | None = None,
    save_rate: float | None = None,
) -> Economics:
    """Return what a shop states, completed by the defaults, which are named as assumed."""
    stated = {"margin": margin, "contact_cost": contact_cost, "offer_cost": offer_cost, "save_rate": save_rate}
    return Economics(
        **{name: getattr(DEFAULTS, name) if value is None else value for name, value in stated.items()},
        assumed=tuple(field.name for field in fields(Economics) if field.name in stated and stated[field.name] is None),
    )


@dataclass(frozen=True)
class BestList:
    """Everybody whose probability is at least `threshold`, which is None where nobody is worth a contact.

    `true_positives` is how many of the `size` are expected to leave (or, to win, to buy) without a contact,
    `false_positives` how many are not.
    """

    threshold: float | None
    size: int
    expected_profit: float
    true_positives: float
    false_positives: float


def expected_profit(probability: Floats, value: Floats, economics: Economics, aim: Aim = Aim.KEEP) -> Floats:
    """Return the profit to expect of contacting each customer, of shape (n,).

    To keep: probability * save_rate * value * margin - contact_cost - taking * offer_cost, where taking is
    (1 - probability) + probability * save_rate: an offer is taken by whoever stays anyway, and by whoever is kept.
    (After Neslin et al. 2006, Defection Detection, customer by customer.)

    To win: the same gain, probability * save_rate * value * margin, where taking is probability * (1 + save_rate), at
    most 1. This assumes that a contact raises everybody's chance by the same share of itself. A probability is not an
    uplift: those most likely to buy may buy anyway. What a contact changes is only to be had from held-out customers.

    `value` is the net spend that is lost with the customer, or that the order brings; null counts as nothing.
    """
    saved = probability * economics.save_rate
    taking = 1 - probability + saved if aim is Aim.KEEP else np.minimum(probability + saved, 1)
    gain = saved * np.nan_to_num(value, nan=0.0) * economics.margin
    return np.asarray(gain - economics.contact_cost - taking * economics.offer_cost)


def best_list(probability: Floats, value: Floats, economics: Economics, aim: Aim = Aim.KEEP) -> BestList:
    """Return the threshold on the probability whose list has the most expected profit, the shortest of equals.

    `probability` and `value` have shape (n,) and leave nobody out of whom the task speaks; a null probability is left
    out. Customers of the same probability are in or out together.
    """
    known = ~np.isnan(probability)
    order = np.argsort(-probability[known], kind="stable")
    likely, worth = probability[known][order], value[known][order]
    total = np.concatenate([[0.0], np.cumsum(expected_profit(likely, worth, economics, aim))])
    ends = np.concatenate([[0], np.flatnonzero(np.diff(likely, append=-np.inf)) + 1])
    size = int(ends[total[ends].argmax()])
    positives = float(likely[:size].sum())
    threshold = float(likely[size - 1]) if size else None
    return BestList(threshold, size, float(total[size]), positives, size - positives)
