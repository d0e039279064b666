"""How long before a rule of silence a list named those who fell silent, and how many of the named came back in time.

A rule of 60 days names whoever has been silent for so long. A model may name them earlier, and may name those who would
never have come so far.
"""

import math
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.conditions.nodes import Between, Column, Comparison, Node, Value, walk
from pipeline.conditions.questions import EventCall, Period
from pipeline.events.event_types import ORDER_PLACED
from pipeline.segments.versus.shares import Counted, Intervals, Share, shares
from pipeline.segments.versus.silences import Reached, Silences, reached, silences_of
from pipeline.windows.arrays import Floats

SILENT = "days_since_last_order"
DAY = timedelta(days=1)
QUARTILES = (25, 50, 75)


@dataclass(frozen=True)
class Quartiles:
    """The middle of some days, and between which half of them lie."""

    lower: float
    median: float
    upper: float


@dataclass(frozen=True)
class LeadTime:
    """What naming was worth, by silences that the rule had not reached when the watch began.

    `named_before` and `named_after` the rule would have; of those before, `reached` the rule, `came_back` first or are
    `still_open`. `never_reached` is the share that came back, of those no longer open. `lead_days` are of those
    who were named before and reached it, null without any; `lead_days_of_all` of all named who reached it, below zero
    where the rule was earlier. `reached_in_watch` counts all silences that came to the rule from the first moment to
    the last, and `found_before` is the share of them that was named before. `shorter_rule_never_reached` is the share
    that came back of the `shorter_rule_named` before it whom a rule of `shorter_rule_days` names at the same moments:
    the longest that is as early by its median, null where none is.
    """

    silence_days: float
    named_before: int
    named_after: int
    reached: int
    came_back: int
    still_open: int
    never_reached: Share
    lead_days: Quartiles | None
    lead_days_of_all: Quartiles | None
    reached_in_watch: int
    found_before: Share
    shorter_rule_days: float | None
    shorter_rule_named: int
    shorter_rule_never_reached: Share

    def to_json(self) -> dict[str, Any]:
        """Return everything by name."""
        return asdict(self)


def lead_time(namings: pa.Table, silence_days: float, intervals: Intervals) -> LeadTime:
    """Return the lead of a list, of `NAMINGS`, on a rule that waits for a silence of some days.

    The earliest naming in a silence counts. Silences that had reached the rule by the first moment are left out, for
    who named them before was not watched. Between the moments nobody is named, so that a list which is made more often
    has a longer lead, by up to the days between two moments.
    """
    silences = silences_of(namings)
    rule, named = reached(silences, silence_days), silences.first_named(silences.named)
    before, in_watch = rule.before(named), rule.watched & rule.reached & (rule.reached_at <= silences.at.max(initial=0))
    after = rule.watched & np.isfinite(named) & ~before
    early = _quartiles(rule.lead_days(named, before))
    shorter = None if early is None else _as_early(silences, rule, silence_days, early.median)
    by_shorter = silences.named_by(np.inf if shorter is None else shorter)
    counted = {
        "never_reached": rule.never_reached(named),
        "found_before": Counted(in_watch, before),
        "shorter": rule.never_reached(by_shorter),
    }
    told = shares(silences.customer_id, counted, intervals)
    return LeadTime(
        silence_days=silence_days,
        named_before=int(before.sum()),
        named_after=int(after.sum()),
        reached=int((before & rule.reached).sum()),
        came_back=int((before & rule.came_back).sum()),
        still_open=int((before & ~rule.reached & ~rule.came_back).sum()),
        never_reached=told["never_reached"],
        lead_days=early,
        lead_days_of_all=_quartiles(rule.lead_days(named, before | after)),
        reached_in_watch=int(in_watch.sum()),
        found_before=told["found_before"],
        shorter_rule_days=shorter,
        shorter_rule_named=int(rule.before(by_shorter).sum()),
        shorter_rule_never_reached=told["shorter"],
    )


def silence_of(condition: Node) -> float | None:
    """Return how many days without an order a rule asks for at least, null for a rule of something else."""
    bounds = [bound for node in walk(condition) if (bound := _least(node)) is not None]
    return min(bounds, default=None)


def _least(node: Node) -> float | None:
    match node:
        case Between(Column(name), Value(least)) | Comparison(Column(name), ">" | ">=", Value(least)):
            return float(least) if name == SILENT else None
        case EventCall("never", event_type, None, None, Period(timedelta() as within)):
            return within / DAY if event_type == ORDER_PLACED else None
    return None


def _as_early(silences: Silences, rule: Reached, silence_days: float, lead_days: float) -> float | None:
    """Return the days of the longest rule whose median lead is as long, null where not even one of no days has it."""
    for days in range(math.ceil(silence_days) - 1, -1, -1):
        named = silences.named_by(days)
        found = _quartiles(rule.lead_days(named, rule.before(named)))
        if found is not None and found.median >= lead_days:
            return float(days)
    return None


def _quartiles(days: Floats) -> Quartiles | None:
    return Quartiles(*map(float, np.percentile(days, QUARTILES))) if len(days) else None
