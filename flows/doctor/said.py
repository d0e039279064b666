"""How the doctor says what it found."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import SegcastError
from pipeline.events.damage import Damage
from pipeline.events.quality.finding import Finding, Severity


@dataclass(frozen=True)
class Group:
    """Findings about one side of a project."""

    name: str
    findings: tuple[Finding, ...]


def fine(about: str, sentence: str, **figures: object) -> Finding:
    """Return a finding of something as it should be."""
    return Finding(about, Severity.NOTE, sentence, figures=figures)


def amiss(about: str, sentence: str, action: str, *, severe: bool = False, **figures: object) -> Finding:
    """Return a finding of something that is not; a severe one keeps a night from being published."""
    return Finding(about, Severity.SEVERE if severe else Severity.WARNING, sentence, action, figures)


def damaged(about: str, damage: Damage) -> Finding:
    """Return the finding of a damaged file."""
    sentence = f"Expected {damage.expected} in {damage.path}, found the file {damage.got}."
    return amiss(about, sentence, damage.action, severe=True, file=str(damage.path))


def told(about: str, error: SegcastError) -> Finding:
    """Return the finding of an error, which says itself what to do."""
    sentence, tries, action = str(error).partition(" Try ")
    return amiss(about, sentence, f"Try {action}" if tries else "", severe=True)


def is_amiss(groups: Iterable[Group]) -> bool:
    """Say whether something is not as it should be."""
    return any(one.severity is not Severity.NOTE for group in groups for one in group.findings)
