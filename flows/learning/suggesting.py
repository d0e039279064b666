"""How long the shop's own customers take to order again, read off its log."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import numpy as np

from flows.project import Project
from models.horizon import Gaps, Suggestion, suggest_horizon
from pipeline.errors import NotEnoughDataError
from pipeline.events.event_types import ORDER_PLACED
from pipeline.events.history import History

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Suggestions:
    """A horizon suggested by all orders, and what those of one-time and of repeat buyers say each by itself.

    A part is null where it has too few orders.
    """

    overall: Suggestion
    after_first: Suggestion | None
    after_later: Suggestion | None


def suggest(project: Project, as_of: datetime) -> Suggestions:
    """Suggest a horizon from the gaps between orders known at a moment; NotEnoughDataError when they are few."""
    _, last = project.store.span()
    # Where the log stopped before the moment, open gaps were watched only as long as it went on.
    gaps, first = gaps_of(project.history(as_of), min(as_of, last))
    return Suggestions(suggest_horizon(gaps), _of_some(gaps, first), _of_some(gaps, ~first))


def gaps_of(history: History, watched_until: datetime) -> tuple[Gaps, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return the gaps after each day with an order, and which are after a customer's first, of shape (n,).

    Orders of one day are one: a parcel sent in two parts is no customer who came back.
    """
    orders = history.events.filter(history.events.event_type == ORDER_PLACED)
    days = orders.select("customer_id", day=orders.occurred_at.truncate("D")).distinct()
    by_customer = ibis.window(group_by="customer_id", order_by="day")
    told = days.mutate(place=ibis.row_number().over(by_customer), following=days.day.lead().over(by_customer))
    table = ibis.get_backend(history.events).to_pyarrow(told.select("place", "day", "following"))
    day, following = (table[name].to_numpy().astype("datetime64[us]") for name in ("day", "following"))
    closed = ~np.isnat(following)
    until = np.where(closed, following, np.datetime64(watched_until.replace(tzinfo=None), "us"))
    lasted = (until - day) / np.timedelta64(DAY)
    return Gaps(lasted, closed), table["place"].to_numpy() == 0


def _of_some(gaps: Gaps, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Suggestion | None:
    try:
        return suggest_horizon(Gaps(gaps.days[chosen], gaps.closed[chosen]))
    except NotEnoughDataError:
        return None
