"""At which past moments to learn, and at which to judge what was learned."""

import math
from datetime import datetime, timedelta

from models.season import season_before, season_known

EVERY = timedelta(days=30)
STACK = 6  # cut-offs to learn from
LATER = 3  # cut-offs that a rolling backtest judges on


def mature_cut_offs(
    as_of: datetime,
    horizon: timedelta,
    start_of_log: datetime,
    *,
    every: timedelta = EVERY,
    most: int = STACK,
) -> tuple[datetime, ...]:
    """Return the latest cut-offs, earliest first, whose outcome has ended at `as_of` and that have some history.

    They step back from `as_of - horizon`; each has at least `every` of log before it. Empty when the log is too short.
    """
    steps = (as_of - horizon - every * step for step in range(most))
    return tuple(sorted(cut_off for cut_off in steps if cut_off >= start_of_log + every))


def rolling_cut_offs(
    as_of: datetime,
    horizon: timedelta,
    start_of_log: datetime,
    *,
    every: timedelta = EVERY,
    stack: int = STACK,
    later: int = LATER,
    lookback: timedelta | None = None,
) -> tuple[datetime, ...]:
    """Return the cut-offs that training and its rolling backtest need, earliest first.

    `later` to judge on and, before each, `stack` to learn from; and for each moment of prediction the same season a
    year before, where the log reaches back to it. `horizon` is how long after a cut-off its outcome is complete.
    `lookback` leaves out what lies further than that before `as_of`: older customers say nothing of today's.
    """
    apart = math.ceil(horizon / every)
    recent = mature_cut_offs(as_of, horizon, start_of_log, every=every, most=later - 1 + apart + stack)
    predicted = (*recent[-later:], as_of)
    seasons = (season_before(moment) for moment in predicted if season_known(moment, start_of_log))
    found = sorted({*recent, *seasons})
    return tuple(cut_off for cut_off in found if lookback is None or cut_off >= as_of - lookback)
