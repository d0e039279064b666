"""Looking at the log of a project: what is amiss, and which gaps to remember."""

from datetime import datetime

from flows.project import Project
from pipeline.events.gaps import remember
from pipeline.events.quality.assess import assess
from pipeline.events.quality.finding import QualityReport


def look(project: Project, as_of: datetime) -> QualityReport:
    """Assess the log as known at `as_of` and remember its gaps, as found then."""
    report = assess(project.store, as_of)
    remember(project.store, report.gaps, as_of)
    return report
