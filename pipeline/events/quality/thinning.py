"""Thinnings: days on which much less than usual came, beginning from one day to the next.

A season that ends, a type that fades and the days after a sale come down too. So a day is held against the least of
what its past lets expect, and a break must show at once: a decline that was under way is none.
"""

from collections.abc import Iterator

import numpy as np

from pipeline.events.quality.spell import Spell
from pipeline.events.quality.usual import FEWEST_DAYS, LONGEST_GAP, Floats, Usual, over_next_days

SHARE = 0.6  # of what is usual
HALFWAY = 0.72  # of what is usual, below which a count is likelier under half of it
DEVIATIONS = 5.0  # below what is usual, in standard deviations
FIRST_DAYS = (3, 5, 7, 14)
MEMORY = 84  # days from which the deviations are learned
RECOVERED = 7.0  # e^7 times likelier under the old level than under half of it
YEAR = 364
TENTH = 1.2816  # standard deviations below which a tenth of a normal distribution lies
LEAST_DEVIATION = 0.05
ENOUGH = 30.0  # events, for the logarithm of a ratio to be told from chance


def thinnings(series: Floats, gaps: tuple[Spell, ...] = ()) -> Iterator[Spell]:
    """Yield the runs of at least three days with less than 60 % of what was usual, one after the other."""
    usual = Usual(series, gaps)
    day = 0
    while day < len(series):
        found = _break(usual, day)
        if found is None:
            return
        start, level = found
        spell = _run(usual, start, level)
        if spell.days >= min(FIRST_DAYS) and spell.seen <= SHARE * spell.expected:
            yield spell
        day = max(spell.end, start + 1)


def _break(usual: Usual, after: int) -> tuple[int, float] | None:
    """Return the first day, from `after` on, at which the series breaks off, and the level that it had."""
    strength = np.max([_deviations(usual, days) for days in FIRST_DAYS], axis=0)
    broken = np.flatnonzero(strength >= DEVIATIONS)
    broken = broken[broken >= after]
    if not len(broken):
        return None
    level = _level(usual)
    near = broken[broken <= broken[0] + max(FIRST_DAYS)]
    # Windows that begin a few days too early are broken too, but their first day is as usual.
    thin = near[usual.series[near] < HALFWAY * (usual.expected * level)[near]]
    day = int(thin[0] if len(thin) else near[np.argmax(strength[near])])
    return day, float(level[day])


def _deviations(usual: Usual, days: int) -> Floats:
    """Return how far below what is usual each day and the next ones lie, in standard deviations; 0 when not by 40 %.

    The deviation is learned from the same sums in the twelve weeks before, and at least that of chance alone.
    """
    seen, expected = over_next_days(usual.series, usual.expected, days)
    expected = expected * _level(usual)
    logarithm = np.log(np.maximum(seen, 0.5) / np.where(expected > 0, expected, np.nan))
    candidates = (logarithm <= np.log(SHARE)) & (expected >= ENOUGH) & usual.preceded
    candidates[len(candidates) - days + 1 :] = False
    below = np.zeros(len(seen))
    for day in np.flatnonzero(candidates):
        past = logarithm[max(day - days - MEMORY, 0) : max(day - days, 0)]
        past = past[~np.isnan(past)]
        if len(past) >= FEWEST_DAYS and logarithm[day] < past.min() and usual.steady(int(day)):
            week_before = usual.levels[day] * np.nansum(usual.expected[day - 7 : day])
            chance = np.sqrt(1 / expected[day] + 1 / max(week_before, 1.0))
            learned = (np.median(past) - np.quantile(past, 0.1)) / TENTH
            below[day] = -logarithm[day] / max(learned, chance, LEAST_DEVIATION)
    return below


def _level(usual: Usual) -> Floats:
    """Return what share of the usual can be expected: the level of late, and the fall of that week a year before."""
    seen, expected = over_next_days(usual.series, usual.expected, 7)
    expected = expected * usual.levels
    fell = np.where(expected > 0, np.minimum(1.0, seen / np.where(expected > 0, expected, 1.0)), 1.0)
    return np.asarray(usual.levels * np.r_[np.ones(YEAR), fell][: len(fell)])


def _run(usual: Usual, start: int, level: float) -> Spell:
    """Follow a break to the day from which the series speaks for its old level again."""
    end = min(start + LONGEST_GAP, len(usual.series))
    known = ~np.isnan(usual.series[start:end])
    expected = np.where(known, level * np.resize(np.nan_to_num(usual.expected[start : start + 7]), end - start), 0.0)
    seen = np.nan_to_num(usual.series[start:end])
    halved = np.cumsum(seen * np.log(0.5) + 0.5 * expected) / usual.dispersion(start)
    recovered = np.flatnonzero(np.maximum.accumulate(halved) - halved > RECOVERED)
    days = int(np.argmax(halved[: recovered[0] if len(recovered) else None])) + 1
    return Spell(start, start + days, float(np.sum(expected[:days])), float(np.sum(seen[:days])))
