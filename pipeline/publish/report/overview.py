"""The top of the page: one sentence, and what follows from it."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition
from pipeline.publish.lists import column
from pipeline.publish.report.focus import Focus, also_among, by_name
from pipeline.publish.report.wording import Wording, count_of, number, sentence

BEST_CUSTOMERS = "vip"
BANDS = ("high", "medium", "low")


@dataclass(frozen=True)
class Band:
    """One band of churn probability over all customers who have one; `width` is its share in per cent."""

    name: str
    count: str
    width: float


def headline(edition: Edition, focus: Focus | None) -> tuple[str, str, str]:
    """Return the opening sentence as what comes before its figure, the figure, and what comes after."""
    if focus is not None and focus.predicted:
        who = f"{_customers_are(focus.size)} unlikely to order again in the next {focus.horizon_days} days"
        return f"{who}. At stake: ", focus.total, "."
    customers, segments = count_of(len(edition.profiles), "customer"), count_of(len(edition.decided), "segment")
    missing = "a prediction of who may leave" if edition.models else "predictions"
    return "", customers, f" sorted into {segments}, by rules and without {missing} this time."


def lead(edition: Edition, focus: Focus | None, words: Wording) -> tuple[str, ...]:
    """Return what follows: the edition's notes, then who is new, who matters most and who is held out."""
    notes = tuple(sentence(note) for note in edition.notes)
    if focus is None:
        return notes
    return (*notes, *_new(edition, focus, words), *_best(edition, focus), *_held_out(focus))


def bands(edition: Edition) -> tuple[Band, ...]:
    """Return how many customers are in each band, highest first; nothing without a churn model."""
    known = column(edition.profiles.table, "churn_band", pa.string()).drop_null()
    if not len(known):
        return ()
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(known).to_pylist()}
    sizes = [(name, counts.get(name, 0)) for name in BANDS]
    return tuple(Band(name, number(size), round(size / len(known) * 100, 2)) for name, size in sizes)


def _new(edition: Edition, focus: Focus, words: Wording) -> tuple[str, ...]:
    if edition.earlier is None or focus.change is None or not focus.change.entered:
        return ()
    since = words.date(edition.earlier.as_of)
    return (f"{_customers_are(focus.change.entered)} new in “{focus.segment.title}” since {since}.",)


def _best(edition: Edition, focus: Focus) -> tuple[str, ...]:
    best = by_name(edition, BEST_CUSTOMERS)
    shared = also_among(edition, focus.segment, BEST_CUSTOMERS)
    if best is None or not shared:
        return ()
    which = f"{number(shared)} of the {number(focus.size)} in “{focus.segment.title}”"
    return (f"{which} {'is' if shared == 1 else 'are'} also in “{best.title}”: start there.",)


def _held_out(focus: Focus) -> tuple[str, ...]:
    if not focus.held_out:
        return ()
    return (f"{_customers_are(focus.held_out)} held out, so that the effect can be measured: send them nothing.",)


def _customers_are(count: int) -> str:
    return f"{count_of(count, 'customer')} {'is' if count == 1 else 'are'}"
