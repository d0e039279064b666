"""What tonight's publication tells of the time before it: from earlier publications, the log, and what came."""

from flows.hindsight.beside_rules import against_rules
from flows.hindsight.came_out import came_out
from flows.hindsight.matured import Hindsight
from flows.project import Project
from flows.segmenting.deciding import Decision
from pipeline.events.quality.assess import assess
from pipeline.events.quality.finding import QualityReport
from pipeline.publish.noteworthy import noteworthy
from pipeline.publish.published import publications
from pipeline.publish.record import Record
from pipeline.publish.trend import moves, one_a_moment, trend
from pipeline.segments.membership import Memberships
from pipeline.segments.profiles import Profiles

MOST = 13  # publications before this one: a quarter of a year of weeks


def record(
    project: Project,
    profiles: Profiles,
    decision: Decision,
    before: Memberships | None,
    quality: QualityReport | None = None,
) -> Record:
    """Return the record of the publication that a decision is made for; `before` are the memberships it follows.

    Only what was known at its moment is read. Where `quality` is not handed over, the log is looked at.
    """
    now = decision.memberships
    looked = quality or assess(project.store, now.as_of)
    earlier = one_a_moment(publications(project.published, before=now.as_of))
    customers = profiles.table["customer_id"].combine_chunks()
    hindsight = Hindsight(project, now.as_of, customers, looked.gaps)
    return Record(
        trend=trend(earlier[-MOST:], now),
        moves=moves(before, now, decision.segments),
        against_rules=against_rules(hindsight, now, earlier),
        came_out=came_out(hindsight, earlier),
        findings=noteworthy(looked),
    )
