"""Findings about how many there are: customers in all, and members of each segment, against publications before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import log, sqrt

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.events.quality.finding import Finding, Severity, listed, percent
from pipeline.publish.published import Publication
from pipeline.publish.record import Trend
from pipeline.publish.report.unusual import Step, unusual

FEWER, FAR_FEWER = 0.1, 0.25
MORE, FAR_MORE = 0.25, 1.0  # in a month: a campaign may bring many at once
BEYOND_USUAL = 2.0
BEYOND_CHANCE = 3.0  # of the square root of how many there are
MONTH = timedelta(days=30)
LARGE = 50  # members, from which on half of them gone is no chance
GONE = 0.9
AT_ONCE = 0.25  # of all segments
FEWEST_AT_ONCE = 5
NAMED = 4
PREDICTIONS, KNOWN = "predictions.parquet", "customer_id"


def about_population(earlier: Sequence[Publication], now: Mapping[str, int], as_of: datetime) -> Iterator[Finding]:
    """Yield that far fewer or more customers are known, or predicted about, than at the publication before.

    `earlier` are oldest first, `now` says of how many customers each column of the predictions tells something. Of
    several that are unlike before, the furthest is told.
    """
    found = (one for column, customers in now.items() if (one := _changed(earlier, column, customers, as_of)))
    furthest = max(found, key=lambda one: _distance(one.customers, one.before), default=None)
    if furthest is not None:
        yield _population(furthest, as_of)


@dataclass(frozen=True)
class _Changed:
    """How many customers a column tells of, how many it told of at the publication before, and of what day that was."""

    column: str
    customers: int
    before: int
    then: datetime


def _changed(earlier: Sequence[Publication], column: str, customers: int, as_of: datetime) -> _Changed | None:
    """Return how a number changed, where that is beyond what is usual for it, beyond chance, and much."""
    counts = [(one.as_of, count) for one in earlier if (count := told_of(one, column))]
    if not counts:
        return None
    then, before = counts[-1]
    usual = max((abs(log(after / count)) for (_, count), (_, after) in pairwise(counts)), default=0.0)
    found = _Changed(column, customers, before, then)
    beyond = _distance(customers, before) > max(BEYOND_USUAL * usual, BEYOND_CHANCE / sqrt(before))
    return found if beyond and abs(customers / before - 1) > _bounds(found, as_of)[0] else None


def _distance(customers: int, before: int) -> float:
    """Return how far a number is from the one before, as a logarithm; none at all count as half a customer."""
    return abs(log(max(customers, 0.5) / before))


def _bounds(changed: _Changed, as_of: datetime) -> tuple[float, float]:
    """Return from which share on a change is worth a look, and from which on it spoils what is published."""
    if changed.customers < changed.before:
        return FEWER, FAR_FEWER
    months = max(1.0, (as_of - changed.then) / MONTH)
    return MORE * months, FAR_MORE * months


def _population(changed: _Changed, as_of: datetime) -> Finding:
    share = changed.customers / changed.before - 1
    about = "are known" if changed.column == KNOWN else f"have a {changed.column.replace('_', ' ')}"
    return Finding(
        "population",
        Severity.SEVERE if abs(share) > _bounds(changed, as_of)[1] else Severity.WARNING,
        f"{changed.customers:,} customers {about}, {percent(abs(share))} {'fewer' if share < 0 else 'more'} than the "
        f"{changed.before:,} of {changed.then:%Y-%m-%d}.",
        "Look whether an export holds all customers, whether ids are made as before, and what [privacy] says of "
        "profiling and retention.",
        {"column": changed.column, "customers": changed.customers, "before": changed.before, "published": changed.then},
    )


def told_of(publication: Publication, column: str) -> int | None:
    """Return of how many customers a publication's predictions tell a column; None where that cannot be read."""
    try:
        file = pq.read_metadata(publication.path / PREDICTIONS)
    except (OSError, pa.ArrowException):
        return None
    places = {file.schema.column(place).name: place for place in range(file.num_columns)}
    if column not in places:
        return None
    groups = [file.row_group(number).column(places[column]).statistics for number in range(file.num_row_groups)]
    if not all(told is not None and told.has_null_count for told in groups):
        return None
    return int(file.num_rows - sum(told.null_count for told in groups))


def about_sizes(trend: Trend, titles: Mapping[str, str]) -> Iterator[Finding]:
    """Yield which segments grew or shrank beyond what is usual for them, in one finding; as the report marks them."""
    steps = unusual(trend) or ()
    if not steps:
        return
    worst = max((_severity(step) for step in steps), key=list(Severity).index)
    many = len(steps) >= max(FEWEST_AT_ONCE, AT_ONCE * len(trend.sizes))
    told = listed([_told(step, titles) for step in steps[:NAMED]])
    more = len(steps) - NAMED
    yield Finding(
        "segment sizes",
        Severity.WARNING if many and worst is Severity.NOTE else worst,
        f"Beyond what is usual from one publication to the next: {told}{f', and {more} more' if more > 0 else ''}.",
        "If no campaign or season explains it, look at what the segments read before using their lists.",
        {step.segment: {"size": step.size, "change": step.change, "usual": [step.least, step.most]} for step in steps},
    )


def _severity(step: Step) -> Severity:
    before = step.size - step.change
    if max(before, step.size) < LARGE:
        return Severity.NOTE
    if min(before, step.size) < (1 - GONE) * max(before, step.size):
        return Severity.SEVERE
    return Severity.WARNING if min(before, step.size) < max(before, step.size) / 2 else Severity.NOTE


def _told(step: Step, titles: Mapping[str, str]) -> str:
    return f"{titles.get(step.segment, step.segment)} from {step.size - step.change:,} to {step.size:,}"
