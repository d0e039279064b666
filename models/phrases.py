"""What can truthfully be said about a customer, topic by topic, for and against staying."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix

Mask = npt.NDArray[np.bool_]
Own = Mapping[str, float]


@dataclass(frozen=True)
class Peers:
    """Customers at one moment beside what is usual among them: the median of each feature."""

    matrix: FeatureMatrix

    def __getitem__(self, name: str) -> npt.NDArray[np.float64]:
        return self.matrix.column(name)

    def low(self, name: str) -> Mask:
        """Who is at or under the median."""
        return self[name] <= self._usual(name)

    def high(self, name: str) -> Mask:
        """Who is at or over the median."""
        return self[name] >= self._usual(name)

    def _usual(self, name: str) -> float:
        known = self[name][~np.isnan(self[name])]
        return float(np.median(known)) if len(known) else np.nan


class Phrase(NamedTuple):
    """Words about a topic, whether they speak for leaving, of whom they are true, and which features they read."""

    topic: str
    leaving: bool
    reads: tuple[str, ...]
    holds: Callable[[Peers], Mask]
    words: Callable[[Own, str], str]


def _days(number: float) -> str:
    """Return "1 day", "74 days"."""
    return _counted(number, "day")


def _counted(number: float, noun: str) -> str:
    whole = round(number)
    return f"{whole:,} {noun}{'' if whole == 1 else 's'}"


def _money(amount: float, currency: str) -> str:
    return f"{currency}{amount:,.0f}"


def _change(ratio: float) -> str:
    return f"{abs(ratio - 1):.0%}".replace("%", " %")


LAST, FIRST, GAP = "days_since_last_order", "days_since_first_order", "order_gap_mean_days"
LAST_GAP, WIDENING, OVERDUE = "order_gap_last_days", "order_gap_widening", "overdue_ratio"
ORDERS, LIFETIME, SPENT, TREND = "orders_365d", "orders_lifetime", "revenue_365d", "revenue_trend_90d"
PRODUCTS, REFUNDS, GIFTS, BEFORE = "products_365d", "refund_share_365d", "gift_season_order_share", "revenue_90d"
LEAVING, STAYING = True, False
GREW, SHRANK, FELL, ROSE = 1.2, 0.8, 0.9, 1.1  # ratios at which a change is worth a word
NOTABLE, MOSTLY = 0.05, 0.5
NEW_DAYS = 60

PHRASES = (
    Phrase(
        "recency", LEAVING, (LAST, GAP, OVERDUE),
        lambda peers: peers[OVERDUE] > 1,
        lambda own, _: f"No order for {_days(own[LAST])}, usually every {round(own[GAP])}",
    ),
    Phrase(
        "recency", LEAVING, (LAST,), lambda peers: peers.high(LAST), lambda own, _: f"No order for {_days(own[LAST])}"
    ),
    Phrase(
        "recency", STAYING, (LAST, GAP, OVERDUE),
        lambda peers: (peers[OVERDUE] <= 1) & (peers[LAST] >= 1),
        lambda own, _: f"Last order {_days(own[LAST])} ago, usually every {round(own[GAP])}",
    ),
    Phrase(
        "recency", STAYING, (LAST,), lambda peers: peers.low(LAST), lambda own, _: f"Last order {_days(own[LAST])} ago"
    ),
    Phrase(
        "tenure", LEAVING, (FIRST,),
        lambda peers: peers[FIRST] <= NEW_DAYS,
        lambda own, _: f"New: first order {_days(own[FIRST])} ago",
    ),
    Phrase(
        "tenure", STAYING, (FIRST,), lambda peers: peers.high(FIRST), lambda own, _: f"Customer for {_days(own[FIRST])}"
    ),
    Phrase(
        "frequency", LEAVING, (LIFETIME,), lambda peers: peers[LIFETIME] == 1, lambda _, __: "Only one order so far"
    ),
    Phrase(
        "frequency", LEAVING, (ORDERS,),
        lambda peers: peers.low(ORDERS),
        lambda own, _: f"Only {_counted(own[ORDERS], 'order')} in the last year",
    ),
    Phrase(
        "frequency", STAYING, (ORDERS,),
        lambda peers: peers.high(ORDERS) & (peers[ORDERS] > 1),
        lambda own, _: f"{_counted(own[ORDERS], 'order')} in the last year",
    ),
    Phrase(
        "cadence", LEAVING, (LAST_GAP, GAP, WIDENING),
        lambda peers: peers[WIDENING] > GREW,
        lambda own, _: f"Gap between orders growing: last {_days(own[LAST_GAP])}, usually {round(own[GAP])}",
    ),
    Phrase(
        "cadence", LEAVING, (GAP,),
        lambda peers: peers.high(GAP),
        lambda own, _: f"Orders far apart: {_days(own[GAP])} on average",
    ),
    Phrase(
        "cadence", STAYING, (LAST_GAP, GAP, WIDENING),
        lambda peers: peers[WIDENING] < SHRANK,
        lambda own, _: f"Gap between orders shrinking: last {_days(own[LAST_GAP])}, usually {round(own[GAP])}",
    ),
    Phrase(
        "cadence", STAYING, (GAP,),
        lambda peers: peers.low(GAP),
        lambda own, _: f"Orders often: every {_days(own[GAP])} on average",
    ),
    Phrase(
        "value", LEAVING, (SPENT,),
        lambda peers: peers.low(SPENT),
        lambda own, currency: f"Spent {_money(own[SPENT], currency)} in the last year, less than most",
    ),
    Phrase(
        "value", STAYING, (SPENT,),
        lambda peers: peers.high(SPENT) & (peers[SPENT] > 0),
        lambda own, currency: f"Spent {_money(own[SPENT], currency)} in the last year, more than most",
    ),
    Phrase(
        "trend", LEAVING, (TREND, BEFORE),
        lambda peers: peers[TREND] == 0,
        lambda _, __: "Nothing spent in the last 90 days, unlike the 90 before",
    ),
    Phrase(
        "trend", LEAVING, (TREND,),
        lambda peers: (peers[TREND] < FELL) & (peers[TREND] > 0),
        lambda own, _: f"Spend down {_change(own[TREND])} on the 90 days before",
    ),
    Phrase(
        "trend", STAYING, (TREND,),
        lambda peers: peers[TREND] > ROSE,
        lambda own, _: f"Spend up {_change(own[TREND])} on the 90 days before",
    ),
    Phrase(
        "breadth", LEAVING, (PRODUCTS,),
        lambda peers: peers.low(PRODUCTS),
        lambda own, _: f"Only {_counted(own[PRODUCTS], 'different product')} in the last year",
    ),
    Phrase(
        "breadth", STAYING, (PRODUCTS,),
        lambda peers: peers.high(PRODUCTS) & (peers[PRODUCTS] > 1),
        lambda own, _: f"{_counted(own[PRODUCTS], 'different product')} in the last year",
    ),
    Phrase(
        "returns", LEAVING, (REFUNDS,),
        lambda peers: (peers[REFUNDS] >= NOTABLE) & (peers[REFUNDS] <= 1),
        lambda own, _: f"Gave back {_change(1 + own[REFUNDS])} of last year's spend",
    ),
    Phrase(
        "returns", STAYING, (REFUNDS,),
        lambda peers: peers[REFUNDS] == 0,
        lambda _, __: "Nothing given back in the last year",
    ),
    Phrase(
        "season", LEAVING, (GIFTS,),
        lambda peers: peers[GIFTS] >= MOSTLY,
        lambda own, _: f"{_change(1 + own[GIFTS])} of orders fell in October to December",
    ),
    Phrase(
        "season", STAYING, (GIFTS,),
        lambda peers: (peers[GIFTS] < MOSTLY) & (peers[GIFTS] > 0),
        lambda own, _: f"Orders all year round: {_change(1 + own[GIFTS])} in October to December",
    ),
)  # fmt: skip
"""The first phrase of a topic and direction that holds is the one used."""
