"""How long before a rule a prediction named customers, by the stays in both lists that publications recorded.

Both are looked for in the same silence, which begins with an order and ends with the next: who was named, ordered, and
much later met the rule was not found early.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from pipeline.windows.arrays import Ints

MOMENT = pa.timestamp("us", "UTC")
STAYS = pa.schema({"customer_id": pa.string(), "since": MOMENT})
"""A row a customer and stay in a list; the same one may stand there as often as it was published."""

DAY_US = timedelta(days=1) // timedelta(microseconds=1)
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Leads:
    """Of those who met the rule, by who named them first: `days` between, in order, where the prediction did.

    `same_day` were named by both at once, `later` by the rule first, `never` by the rule alone.
    """

    days: tuple[int, ...] = ()
    same_day: int = 0
    later: int = 0
    never: int = 0


def leads(predicted: pa.Table, rule: pa.Table, orders: pa.Table, watched_since: datetime) -> Leads:
    """Return who named whom first, of those whom the rule named after `watched_since`, by stays of `STAYS`.

    `orders` has `customer_id` and `occurred_at`. The first stay of each list in a silence counts. Who was in the rule
    when the watch began is left out, as who named them before was not seen.
    """
    silence, at = _silences((predicted, rule), orders)
    of_rule = np.arange(len(at)) >= len(predicted)
    named, met = (_first(silence[here], at[here], silence.max(initial=0)) for here in (~of_rule, of_rule))
    seen = (met != NEVER) & (met > pa.scalar(watched_since, MOMENT).value)
    named, met = named[seen], met[seen]
    both = named != NEVER
    days = np.rint((met[both] - named[both]) / DAY_US).astype(np.int64)
    return Leads(
        days=tuple(np.sort(days[days > 0]).tolist()),
        same_day=int((days == 0).sum()),
        later=int((days < 0).sum()),
        never=int((~both).sum()),
    )


def _silences(stays: tuple[pa.Table, ...], orders: pa.Table) -> tuple[Ints, Ints]:
    """Return for each stay, one table after the other, the number of its silence, and when it began."""
    ids = pa.concat_tables([*(one.select(["customer_id"]) for one in stays), orders.select(["customer_id"])])
    at = np.concatenate([*(_us(one["since"]) for one in stays), _us(orders["occurred_at"])])
    customer = ids["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    is_order = np.arange(len(at)) >= len(at) - len(orders)
    # An order at the very moment of a publication was not known to it, so it begins the next silence.
    order = np.lexsort((is_order, at, customer))
    silence = np.empty(len(at), np.int64)
    begins = np.diff(customer[order], prepend=-1) != 0
    silence[order] = np.cumsum(begins | is_order[order])
    return silence[~is_order], at[~is_order]


def _first(silence: Ints, at: Ints, last: int) -> Ints:
    """Return the earliest moment in each silence up to the `last`, by its number; `NEVER` without any."""
    first = np.full(last + 1, NEVER)
    np.minimum.at(first, silence, at)
    return first


def _us(moments: pa.ChunkedArray) -> Ints:
    return np.asarray(moments.cast(MOMENT).cast(pa.int64()).to_numpy())
