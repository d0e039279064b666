"""What a condition asks of one customer's raw events, answered naively: no arrays, none of the kernel's code."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.conditions import nodes
from pipeline.conditions.nodes import Node
from pipeline.conditions.questions import EventCall, Period, Sequence, Step
from tests.pipeline.conditions.said import ARITHMETIC, COMPARISONS, MATCHES

Row = dict[str, Any]
CALENDAR = {"hour": lambda at: at.hour, "weekday": lambda at: at.weekday(), "month": lambda at: at.month}
EXACT = ("amount", "discount", "quantity", "duration_seconds")


@dataclass(frozen=True)
class Past:
    """All events of one customer, known at `as_of` or not."""

    rows: list[Row]
    as_of: datetime
    zone: str = "UTC"

    def answer(self, question: EventCall | Sequence) -> object:
        if isinstance(question, Sequence):
            return any(True for _ in self._sequences(question))
        events = [row for row in self._of(question) if self._inside(row, question.period)]
        match question.function:
            case "count":
                return float(len(events))
            case "happened":
                return bool(events)
            case "never":
                return not events
            case "sum":
                return float(sum((told for row in events if (told := row[question.field]) is not None), Decimal(0)))
        return self._edge(question, events)

    def _edge(self, question: EventCall, events: list[Row]) -> object:
        if not events:
            return None
        pick = min if question.function == "first" else max
        instant = pick(row["occurred_at"] for row in events)
        if question.field is None:
            return instant
        said = [self._field(row, question.field) for row in events if row["occurred_at"] == instant]
        return max((told for told in said if told is not None), default=None)

    def _of(self, of: EventCall | Step) -> list[Row]:
        known = (row for row in self.rows if row["occurred_at"] < self.as_of and row["received_at"] < self.as_of)
        of_type = (row for row in known if row["event_type"] == of.event_type)
        return [row for row in of_type if of.where is None or self._value(of.where, row) is True]

    def _inside(self, row: Row, period: Period) -> bool:
        at = row["occurred_at"]
        return (
            (period.within is None or at >= self.as_of - period.within)
            and (period.before is None or at < self.as_of - period.before)
            and (period.since is None or at >= self._instant(period.since))
            and (period.until is None or at < self._instant(period.until))
            and (period.anniversary is None or self._comes_round(at, period.anniversary))
        )

    def _instant(self, told: datetime) -> datetime:
        return (told if told.tzinfo else told.replace(tzinfo=ZoneInfo(self.zone))).astimezone(UTC)

    def _comes_round(self, at: datetime, within: timedelta) -> bool:
        then, now = (moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None) for moment in (at, self.as_of))
        later = (_in_year(then, year) for year in range(then.year + 1, now.year + 3))
        return any(now <= again < now + within for again in later)

    def _sequences(self, question: Sequence) -> Iterator[list[datetime]]:
        """Every choice of events that makes the sequence, found by trying all of them."""
        steps = [[row["occurred_at"] for row in self._of(step)] for step in question.steps]
        begins = [row["occurred_at"] for row in self._of(question.steps[0]) if self._inside(row, question.period)]
        places = [place for place, step in enumerate(question.steps) if step.happened]
        for chosen in product(begins, *(steps[place] for place in places[1:])):
            if any(later <= earlier for earlier, later in pairwise(chosen)):
                continue
            if question.limit is not None and chosen[-1] - chosen[0] > question.limit:
                continue
            instants = dict(zip(places, chosen, strict=True))
            if all(self._stayed_away(question, place, steps, instants) for place in range(len(steps))):
                yield list(chosen)

    def _stayed_away(
        self, question: Sequence, place: int, steps: list[list[datetime]], instants: dict[int, datetime]
    ) -> bool:
        if question.steps[place].happened:
            return True
        begin = instants[place - 1]
        if place + 1 in instants:
            return not any(begin <= at < instants[place + 1] for at in steps[place])
        if question.limit is None:
            return not any(begin <= at for at in steps[place])
        over = instants[0] + question.limit
        return over < self.as_of and not any(begin <= at <= over for at in steps[place])

    def _field(self, row: Row, name: str) -> object:
        if name in CALENDAR:
            return float(CALENDAR[name](row["occurred_at"].astimezone(ZoneInfo(self.zone))))
        if name == "price":
            amount, pieces = row["amount"], row["quantity"]
            whole = None if amount is None else amount / (Decimal(1) if pieces is None else pieces)
            return None if whole is None else float(whole.quantize(Decimal("0.0001"), ROUND_HALF_EVEN))
        told = row[name]
        return float(told) if name in EXACT and told is not None else told

    def _property(self, row: Row, name: str, beside: tuple[Node, ...]) -> object:
        """What the properties say, if it is of the kind that the literals beside it are of."""
        told = json.loads(row["properties"] or "{}").get(name)
        kinds = {type(part.value) for part in beside if isinstance(part, nodes.Value)}
        if not kinds:
            return told
        if float in kinds:
            return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else None
        return told if isinstance(told, str) else None

    def _value(self, node: Node, row: Row, beside: tuple[Node, ...] = ()) -> Any:
        match node:
            case nodes.Value():
                return node.value
            case nodes.Column(name=name) if name.startswith("properties."):
                return self._property(row, name.removeprefix("properties."), beside)
            case nodes.Column(name=name):
                return self._field(row, name)
            case nodes.IsNull(of=of):
                return self._value(of, row) is None
        reckoned = isinstance(node, nodes.Negative | nodes.Arithmetic)  # what is reckoned with is a number
        beside = (nodes.Value(0.0),) if reckoned else node.parts
        return MEANING[type(node)](node, [self._value(part, row, beside) for part in node.parts])


def both(_: Node, parts: list[Any]) -> bool | None:
    return False if False in parts else None if None in parts else True


def either(_: Node, parts: list[Any]) -> bool | None:
    return True if True in parts else None if None in parts else False


def strict(function: Callable[..., Any]) -> Callable[[Node, list[Any]], Any]:
    """Null if any part is null, else the function of them all."""
    return lambda node, parts: None if None in parts else function(node, *parts)


def matches(node: nodes.Matches, text: str, *wanted: str) -> bool:
    return (all if node.every else any)(MATCHES[node.operator](text.lower(), one.lower()) for one in wanted)


MEANING: dict[type[Node], Callable[[Any, list[Any]], Any]] = {
    nodes.All: both,
    nodes.Any: either,
    nodes.Not: strict(lambda _, of: not of),
    nodes.Negative: strict(lambda _, of: -of),
    nodes.Comparison: strict(lambda node, left, right: COMPARISONS[node.operator](left, right)),
    nodes.Arithmetic: strict(lambda node, left, right: ARITHMETIC[node.operator](left, right)),
    nodes.Between: strict(lambda _, of, low, high: low <= of <= high),
    nodes.OneOf: strict(lambda _, of, *options: of in options),
    nodes.Matches: strict(matches),
}


def _in_year(moment: datetime, year: int) -> datetime:
    last = (date(year + moment.month // 12, moment.month % 12 + 1, 1) - timedelta(days=1)).day
    return moment.replace(year=year, day=min(moment.day, last))
