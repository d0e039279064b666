"""Findings about amounts that are not of the size they were: new prices, another currency, cents for euros."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import exp, log
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.events.quality.finding import Finding, Severity
from pipeline.events.quality.lately import BEFORE, SPANS, Lately, since_when, spans_before
from pipeline.events.quality.usual import Floats

LEAST = log(1.15)  # sales and seasons move the middle amount by as much
BEYOND_USUAL = 2.0  # of how far nine of ten spans were from the middle
BEYOND_CHANCE = 5.0  # standard errors
MISLEADING = log(2)  # beyond, what is spent now cannot be added to what was
FEWEST = 20  # amounts


@dataclass(frozen=True)
class Resized:
    """An event type whose amounts are so many times what they were (of the geometric mean), and since when."""

    event_type: str
    times: float
    before: float
    now: float
    since: datetime


def about_amounts(past: Iterable[Lately], as_of: datetime, time_zone: str) -> Iterator[Finding]:
    """Yield a finding for all event types whose amounts grew, and one for all whose amounts shrank."""
    found = [one for one in (resized(each, as_of) for each in past) if one is not None]
    for together in ([one for one in found if one.times > 1], [one for one in found if one.times < 1]):
        if together:
            yield _finding(together, ZoneInfo(time_zone))


def resized(past: Lately, as_of: datetime) -> Resized | None:
    """Return how the amounts of the last days differ from those of the twelve weeks before; None if they do not."""
    return next((one for days in SPANS if (one := _resized(past, days, as_of))), None)


def _resized(past: Lately, days: int, as_of: datetime) -> Resized | None:
    known = slice(days, days + BEFORE)
    count, before = past.amounts[:days].sum(), past.amounts[known]
    if count < FEWEST or np.count_nonzero(before) < BEFORE // 3:
        return None
    means = past.logarithm[known][before > 0] / before[before > 0]
    usual = _middle(means, before[before > 0])
    moved = float(past.logarithm[:days].sum() / count - usual)
    if abs(moved) < max(LEAST, BEYOND_USUAL * _range(past, days, usual), BEYOND_CHANCE * _error(past, known, count)):
        return None
    since = since_when(np.sign(moved) * (past.logarithm - past.amounts * (usual + moved / 2)), as_of)
    all_of_it = (as_of - since).days
    now = float(past.logarithm[:all_of_it].sum() / past.amounts[:all_of_it].sum())
    if not _is_so_still(past, usual, now - usual):
        return None
    return Resized(past.event_type, exp(now - usual), exp(usual), exp(now), since)


def _is_so_still(past: Lately, usual: float, moved: float) -> bool:
    """Say whether the last amounts, as few as can tell, are not half the way back."""
    days = next(days for days in SPANS if past.amounts[:days].sum() >= FEWEST)
    lately = past.logarithm[:days].sum() / past.amounts[:days].sum() - usual
    return bool(np.sign(moved) * lately >= abs(moved) / 2)


def _middle(values: Floats, weights: Floats) -> float:
    """Return the weighted median: some days of another size among the usual ones do not move it."""
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def _range(past: Lately, days: int, usual: float) -> float:
    """Return how far nine of ten spans of so many days before were from the middle."""
    count, sums = spans_before(past.amounts, days), spans_before(past.logarithm, days)
    some = count >= FEWEST
    return float(np.quantile(np.abs(sums[some] / count[some] - usual), 0.9)) if some.any() else 0.0


def _error(past: Lately, known: slice, count: float) -> float:
    """Return the standard error of a mean logarithm of so many amounts."""
    n, total, squares = (series[known].sum() for series in (past.amounts, past.logarithm, past.squares))
    return float(np.sqrt(max(squares / n - (total / n) ** 2, 0.0) / count))


def _finding(together: list[Resized], zone: ZoneInfo) -> Finding:
    together = sorted(together, key=lambda one: abs(log(one.times)), reverse=True)
    most = together[0]
    return Finding(
        "amounts",
        Severity.SEVERE if abs(log(most.times)) > MISLEADING else Severity.WARNING,
        f"Since {'; since '.join(_told(one, zone) for one in together)}.",
        "If prices changed, this is no fault, and predicted money follows once models have learned from it. Otherwise "
        "check currency, tax and decimal places in the export.",
        {
            "event_types": [one.event_type for one in together],
            "times": {one.event_type: one.times for one in together},
            "started_at": most.since,
            "ended_at": None,
        },
    )


def _told(one: Resized, zone: ZoneInfo) -> str:
    return (
        f"{one.since.astimezone(zone):%Y-%m-%d} the amounts of {one.event_type} are {one.times:.2f} times what they "
        f"were: typically {one.now:,.2f} instead of {one.before:,.2f}"
    )
