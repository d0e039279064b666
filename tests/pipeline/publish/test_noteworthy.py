from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from pipeline.events.quality.finding import Finding, QualityReport, Severity
from pipeline.publish.noteworthy import RECENT, noteworthy

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def told(*findings: Finding) -> tuple[Finding, ...]:
    return noteworthy(QualityReport(AS_OF, pa.table({}), (), findings))


def gap(severity: Severity, ended_at: datetime | None) -> Finding:
    return Finding("tracking gap", severity, "It was silent.", figures={"ended_at": ended_at})


def test_the_severest_come_first_and_what_is_merely_worth_knowing_not_at_all() -> None:
    note, warning, severe = (Finding("content", severity, f"A {severity}.") for severity in Severity)
    assert told(note, warning, severe) == (severe, warning)


@pytest.mark.parametrize(
    ("ended_at", "kept"), [(AS_OF - RECENT, True), (AS_OF - RECENT - INSTANT, False), (None, True)]
)
def test_a_gap_is_told_for_sixty_days_after_its_end(ended_at: datetime | None, *, kept: bool) -> None:
    assert told(gap(Severity.WARNING, ended_at)) == ((gap(Severity.WARNING, ended_at),) if kept else ())


def test_what_was_severe_is_told_however_long_ago() -> None:
    assert told(gap(Severity.SEVERE, AS_OF - 9 * RECENT))
