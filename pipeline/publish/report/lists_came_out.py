"""What came of those whom past lists named, beside everybody else, and of those held out, beside those contacted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pipeline.publish.record import CameOut, HeldOutCameOut, ListCameOut, Observed
from pipeline.publish.report.wording import DASH, MINUS, count_of, gap_in_a_hundred, number

Worded = Callable[[float], str]


@dataclass(frozen=True)
class ListRow:
    """One list: what was said of its members, what came with its interval, and what came of all others."""

    title: str
    customers: str
    said: str
    came: str
    between: str
    others: str


@dataclass(frozen=True)
class HeldOutRow:
    """One audience: what came of those whom it let be contacted and of those held out, and the difference."""

    title: str
    contacted: str
    contacted_count: str
    held_out: str
    held_out_count: str
    difference: str
    between: str


@dataclass(frozen=True)
class ListOutcomes:
    """The lists that a prediction decided, then all others; the same of what they held out at random.

    `unit` is what follows the word difference: of shares, that it is counted in 100.
    """

    lists: tuple[ListRow, ...]
    other_lists: tuple[ListRow, ...]
    held_out: tuple[HeldOutRow, ...]
    other_held_out: tuple[HeldOutRow, ...]
    unit: str


def list_outcomes(one: CameOut, titles: Mapping[str, str], worded: Worded) -> ListOutcomes:
    """Return what came of each list of a publication, under the titles that its segments have now."""
    decided = {own.segment for own in one.lists if own.decided}
    lists = {own.segment: _list_row(own, _title(own.segment, titles), worded) for own in _largest_first(one.lists)}
    random = (own for own in one.held_out if own.at_random)
    gaps = gap_in_a_hundred if one.kind == "probability" else lambda gap: _signed(gap, worded)
    held_out = {own.audience: _held_out_row(own, _title(own.audience, titles), worded, gaps) for own in random}
    return ListOutcomes(
        tuple(row for name, row in lists.items() if name in decided),
        tuple(row for name, row in lists.items() if name not in decided),
        tuple(row for name, row in held_out.items() if name in decided),
        tuple(row for name, row in held_out.items() if name not in decided),
        " in 100" if one.kind == "probability" else "",
    )


def _largest_first(lists: Iterable[ListCameOut]) -> list[ListCameOut]:
    return sorted(lists, key=lambda own: (-own.named.customers, own.segment))


def _title(name: str, titles: Mapping[str, str]) -> str:
    return titles.get(name, name.replace("_", " ").capitalize())


def _list_row(own: ListCameOut, title: str, worded: Worded) -> ListRow:
    return ListRow(
        title=title,
        customers=count_of(own.named.customers, "customer"),
        said=worded(own.predicted),
        came=worded(own.named.value),
        between=_between(own.named, worded),
        others=worded(own.rest.value) if own.rest else DASH,
    )


def _held_out_row(own: HeldOutCameOut, title: str, worded: Worded, gaps: Worded) -> HeldOutRow:
    value, low, high = (gaps(point) for point in own.difference)
    return HeldOutRow(
        title=title,
        contacted=worded(own.contacted.value),
        contacted_count=f"of {number(own.contacted.customers)}",
        held_out=worded(own.held_out.value),
        held_out_count=f"of {number(own.held_out.customers)}",
        difference=value,
        between=f"{low} to {high}",
    )


def _between(came: Observed, worded: Worded) -> str:
    return "" if came.low is None or came.high is None else f"{worded(max(0.0, came.low))} to {worded(came.high)}"


def _signed(value: float, worded: Worded) -> str:
    """Return a difference with its sign."""
    shown = worded(abs(value))
    return f"{'+' if value > 0 else MINUS if value < 0 else ''}{shown}"
