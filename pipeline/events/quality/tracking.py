"""Gaps of the tracker, from the number of events by type and day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.events.gaps import EVERY_TYPE, HALVED, SILENT, Gap
from pipeline.events.quality.silence import silences
from pipeline.events.quality.spell import Spell
from pipeline.events.quality.thinning import thinnings
from pipeline.events.quality.usual import Floats

MOST_LOOKS = 6


@dataclass(frozen=True)
class DailyCounts:
    """Events a day in the shop's time zone: of each type an array of shape (days,), from `first_day` on."""

    first_day: date
    time_zone: str
    by_type: Mapping[str, Floats]

    def midnight(self, day: int) -> datetime:
        """Return the instant at which a day begins, by its position."""
        local = datetime.combine(self.first_day + timedelta(days=day), time(), ZoneInfo(self.time_zone))
        return local.astimezone(UTC)


def find_gaps(counts: DailyCounts) -> tuple[Gap, ...]:
    """Return every gap, in order of its beginning; a silence of all types at once is one gap, of every type."""
    if not counts.by_type:
        return ()
    total = np.sum(list(counts.by_type.values()), axis=0)
    all_silent = _settled(total, silent_only=True)
    found = list(_gaps(counts, EVERY_TYPE, len(total), all_silent))
    for event_type, series in counts.by_type.items():
        known = _without(series, (spell for _, spell in all_silent))
        began = int(np.flatnonzero(known > 0)[0]) if np.any(known > 0) else len(known)
        spells = _settled(np.where(np.arange(len(known)) < began, np.nan, known))
        found.extend(_gaps(counts, event_type, len(total), spells))
    return tuple(sorted(found, key=lambda gap: (gap.started_at, gap.event_type)))


def _settled(series: Floats, *, silent_only: bool = False) -> tuple[tuple[str, Spell], ...]:
    """Look again, without learning from the gaps found, until that finds the same."""
    spells: tuple[tuple[str, Spell], ...] = ()
    for _ in range(MOST_LOOKS):
        again = _look(series, tuple(spell for _, spell in spells), silent_only=silent_only)
        if [(kind, one.start, one.end) for kind, one in again] == [(kind, one.start, one.end) for kind, one in spells]:
            break
        spells = again
    return spells


def _look(series: Floats, gaps: tuple[Spell, ...], *, silent_only: bool) -> tuple[tuple[str, Spell], ...]:
    silent = tuple((SILENT, spell) for spell in silences(series, gaps))
    if silent_only:
        return silent
    rest = _without(series, (spell for _, spell in silent))
    return (*silent, *((HALVED, spell) for spell in thinnings(rest, gaps)))


def _without(series: Floats, spells: Iterable[Spell]) -> Floats:
    known = series.copy()
    for spell in spells:
        known[spell.start : spell.end] = np.nan
    return known


def _gaps(counts: DailyCounts, event_type: str, days: int, spells: Iterable[tuple[str, Spell]]) -> Iterator[Gap]:
    for kind, spell in spells:
        yield Gap(
            event_type=event_type,
            kind=kind,
            started_at=counts.midnight(spell.start),
            ended_at=None if spell.end >= days else counts.midnight(spell.end),
            expected_per_day=spell.expected / spell.days,
            seen_per_day=spell.seen / spell.days,
        )
