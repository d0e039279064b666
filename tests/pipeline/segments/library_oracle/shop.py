"""A shop as the oracle sees it: the past of every customer, what was predicted by hand, and who is in what tonight."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.features.oracle.past import NAN, Past, Row

Number = Callable[[Past], float]
Truth = Callable[[Past], object]
ORDER = "order_placed"
SITE = (
    "page_viewed",
    "product_viewed",
    "searched",
    "cart_added",
    "cart_removed",
    "checkout_started",
    "signed_up",
    "logged_in",
    "feature_used",
    "content_downloaded",
    "video_watched",
)


@dataclass(frozen=True)
class Remembered(Past):
    """A past that sorts its events once for everybody who asks."""

    sorted_before: dict[tuple[str, ...], list[Row]] = field(default_factory=dict, compare=False)

    def of(self, *event_types: str) -> list[Row]:
        if event_types not in self.sorted_before:
            self.sorted_before[event_types] = super().of(*event_types)
        return self.sorted_before[event_types]


@dataclass
class Shop:
    """Tonight. A number that there is not is NaN, which no comparison holds for; `members` fills as segments do."""

    pasts: dict[str, Past]
    predicted: dict[str, dict[str, float]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    compared: dict[tuple[Number, Truth], dict[str, float]] = field(default_factory=dict)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that models filled."""
        return frozenset().union(*self.predicted.values())

    def percentile(self, who: str, numbers: dict[str, float]) -> float:
        """The share of the others who have less, of all others who have a number."""
        told = {name: number for name, number in numbers.items() if not math.isnan(number)}
        if who not in told:
            return NAN
        lower = sum(number < told[who] for number in told.values())
        return 100 * lower / (len(told) - 1) if len(told) > 1 else 0.0

    def among(self, who: str, number: Number, counts: Truth) -> float:
        """The percentile among customers for whom something is true."""
        if (number, counts) not in self.compared:
            self.compared[number, counts] = {name: number(past) for name, past in self.pasts.items() if counts(past)}
        return self.percentile(who, self.compared[number, counts])

    def told(self, who: str, column: str) -> float:
        """What is predicted of a customer."""
        return self.predicted[who][column]

    def top(self, who: str, column: str) -> float:
        """The percentile of what is predicted, among those of whom it is."""
        return self.percentile(who, {name: columns[column] for name, columns in self.predicted.items()})


Member = Callable[[str, Shop], bool]


@dataclass(frozen=True)
class Rule:
    """Who enters and who stays; `needs` are event types, or several of which one will do, and predicted columns."""

    enters: Member
    needs: tuple[str | tuple[str, ...], ...] = (ORDER,)
    stays: Member | None = None

    def can_be_decided(self, logged: set[str]) -> bool:
        """Whether a shop that logs these events, and predicts these columns, has what it needs."""
        return all(logged.intersection((need,) if isinstance(need, str) else need) for need in self.needs)


def of(test: Truth) -> Member:
    """A rule that looks at a customer's own past only."""
    return lambda who, shop: test(shop.pasts[who])


def orders(past: Past, days: float | None = None) -> int:
    return count(past, ORDER, days)


def count(past: Past, event_type: str, days: float | None = None) -> int:
    return len(past.within(past.of(event_type), days))


def order_days(past: Past, days: float | None = None) -> int:
    return len(past.days(past.within(past.of(ORDER), days)))


def since_order(past: Past) -> float:
    return past.since_last(past.of(ORDER))


def since_first_order(past: Past) -> float:
    return past.since_first(past.of(ORDER))


def since(past: Past, event_type: str) -> float:
    return past.since_last(past.of(event_type))


def no_order_after(past: Past, event_type: str) -> bool:
    """No order, or the last one before the last event of a type."""
    ordered = past.of(ORDER)
    return not ordered or ordered[-1]["occurred_at"] < past.of(event_type)[-1]["occurred_at"]


def money(past: Past, days: float | None = None) -> float:
    return float(sum(row["amount"] for row in past.within(past.of(ORDER), days) if row["amount"] is not None))


def visits(past: Past, days: float | None = None, until: float = 0) -> list[list[dict[str, object]]]:
    """Visits begun in the days, each as its events."""
    begun = {id(visit[0]): visit for visit in past.visits(past.of(*SITE))}
    first = past.within([visit[0] for visit in begun.values()], days, until)
    return [begun[id(row)] for row in first]


def active_days(past: Past, days: float | None = None) -> int:
    return len(past.days(past.within(past.of(*SITE), days)))


def lateness(past: Past) -> float:
    """Days since the last order over the customer's mean gap; NaN before the second day with an order."""
    gaps = past.gaps(past.of(ORDER))
    return since_order(past) / (sum(gaps) / len(gaps)) if gaps else NAN
