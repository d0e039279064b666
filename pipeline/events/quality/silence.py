"""Silences: days without a single event when that cannot be chance."""

from collections.abc import Iterator

import numpy as np
from scipy import stats

from pipeline.events.quality.spell import Spell
from pipeline.events.quality.usual import Floats, Usual

# The chance of one false alarm. A log of 30 types and 3 years asks some 30,000 times.
IMPLAUSIBLE = 1e-7
YEAR = 365
LONGER_THAN_EVER = 1.5
LONGER_FOR_THE_FITFUL = 3.0
FEWEST_PAUSES = 4


def silences(series: Floats, gaps: tuple[Spell, ...] = ()) -> Iterator[Spell]:
    """Yield the runs of empty days of a series that cannot be chance.

    What was missed must be implausible under the type's own level and dispersion (a negative binomial), and half as
    much again as all that it ever missed at once in the year before. A type with events on few days must have paused
    several times before, and never a third as long.
    """
    usual = Usual(series, gaps)
    earlier: list[Spell] = []
    for start, end in _empty_runs(series):
        if np.isnan(usual.expected[start]):
            earlier.append(Spell(start, end, 0.0, 0.0))
            continue
        spell = _spell(usual, start, end)
        compared = [one for one in earlier if one.end > start - YEAR]
        if _implausible(usual, spell) and _longer_than_ever(usual, spell, compared):
            yield spell
        else:
            earlier.append(spell)


def _empty_runs(series: Floats) -> list[tuple[int, int]]:
    """Return the runs without events; days that are not known neither end a run nor make one."""
    known = np.flatnonzero(~np.isnan(series))
    edges = np.flatnonzero(np.diff(np.r_[False, series[known] == 0, False].astype(np.int8)))
    return [(int(known[first]), int(known[beyond - 1]) + 1) for first, beyond in edges.reshape(-1, 2)]


def _spell(usual: Usual, start: int, end: int) -> Spell:
    # What would have come is told from the weeks before the run; the run itself must not teach that nothing comes.
    weekdays = usual.expected[start : start + 7]
    weekdays = np.where(np.isnan(weekdays), np.nanmean(weekdays), weekdays)
    expected = np.resize(weekdays if len(weekdays) else np.zeros(1), end - start)
    known = ~np.isnan(usual.series[start:end])
    return Spell(start, end, float(np.sum(expected[known])) * float(usual.levels[start]), 0.0)


def _implausible(usual: Usual, spell: Spell) -> bool:
    mean = spell.expected / spell.days
    if mean <= 0:
        return False
    dispersion = usual.dispersion(spell.start)
    if dispersion <= 1 + 1e-9:
        return bool(stats.poisson.cdf(0, spell.expected) < IMPLAUSIBLE)
    size = mean / (dispersion - 1)
    return bool(stats.nbinom.cdf(0, size * spell.days, 1 / dispersion) < IMPLAUSIBLE)


def _longer_than_ever(usual: Usual, spell: Spell, earlier: list[Spell]) -> bool:
    missed = max((one.expected for one in earlier), default=0.0)
    if usual.steady(spell.start):
        return spell.expected > LONGER_THAN_EVER * missed
    return len(earlier) >= FEWEST_PAUSES and spell.days > LONGER_FOR_THE_FITFUL * max(one.days for one in earlier)
