"""Which findings about the log a reader of tonight's publication needs."""

from datetime import datetime, timedelta

from pipeline.events.quality.finding import Finding, QualityReport, Severity, severest_first

RECENT = timedelta(days=60)


def noteworthy(report: QualityReport) -> tuple[Finding, ...]:
    """Return what is severe, and what is worth a look and not long over, the severest first.

    What is merely worth knowing, such as exports that overlap, and a gap that ended more than `RECENT` ago are left to
    `segcast quality`.
    """
    return severest_first(tuple(one for one in report.findings if _matters(one, report.as_of)))


def _matters(finding: Finding, as_of: datetime) -> bool:
    ended = finding.figures.get("ended_at")
    if finding.severity is Severity.SEVERE:
        return True
    return finding.severity is Severity.WARNING and not (isinstance(ended, datetime) and ended < as_of - RECENT)
