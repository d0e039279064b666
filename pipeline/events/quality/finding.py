"""What a look at the log says: findings in plain sentences, never naming a customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import pyarrow as pa

from pipeline.events.gaps import Gap


class Severity(StrEnum):
    """How much a finding matters: worth knowing, worth a look, or spoils what is computed from the log."""

    NOTE = "note"
    WARNING = "warning"
    SEVERE = "severe"


@dataclass(frozen=True)
class Finding:
    """Something found: what it is about, how much it matters, a sentence, what to do, and the figures behind it."""

    about: str
    severity: Severity
    sentence: str
    action: str = ""
    figures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class QualityReport:
    """What was amiss with the log as known at `as_of`, the severest findings first.

    `volumes` has the columns `event_type`, `day` (in the shop's time zone) and `events`, in that order; days without
    any are absent.
    """

    as_of: datetime
    volumes: pa.Table
    gaps: tuple[Gap, ...]
    findings: tuple[Finding, ...]


def severest_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return findings in order of severity, those of one severity as they came."""
    return tuple(sorted(findings, key=lambda one: list(Severity).index(one.severity), reverse=True))


def percent(share: float) -> str:
    """Return a share as a person would write it; what is hardly anything is not told as nothing."""
    return "less than 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"  # noqa: PLR2004


def listed(names: list[str], most: int = 8) -> str:
    """Return names as a list in a sentence; beyond `most` their number only."""
    shown = names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
