"""Whom campaigns may contact tonight."""

from collections.abc import Sequence
from datetime import datetime

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.project import Project
from flows.segmenting.deciding import Decision
from pipeline.conditions.questions import EventCall
from pipeline.events.contactable import address_field, addresses, agreed
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.audiences.deciding import Audiences, decide_audiences
from pipeline.segments.audiences.reach import Reach, figure, questions
from pipeline.segments.stays import Truths


def audiences_tonight(project: Project, decision: Decision) -> Audiences:
    """Decide every audience by the memberships and by what was known at their moment."""
    memberships = decision.memberships
    chosen = project.audiences(decision.segments, memberships.left_out)
    customers = pc.unique(memberships.table["customer_id"].cast(pa.string())).sort()
    reach = reach_of(project, customers, chosen, decision)
    return decide_audiences(chosen, decision.segments, memberships, reach)


def reach_of(project: Project, customers: pa.Array, audiences: Sequence[Audience], decision: Decision) -> Reach:
    """Return what speaks against contacting the customers, as far as the audiences ask and the shop can tell."""
    as_of, answers = decision.memberships.as_of, decision.answers
    told = answers.of_events(customers)
    purposes = sorted({audience.consent for audience in audiences})
    addressed = {purpose: _addressed(project, purpose, as_of) for purpose in purposes}
    return Reach(
        customers,
        {
            one: figure(one, told[one], as_of)
            for one in questions(audiences)
            if isinstance(one, EventCall) and one in told
        },
        {
            purpose: _among(customers, _ids(project, agreed(project.store, purpose, as_of)))
            for purpose in answers.purposes.intersection(purposes)
        },
        {purpose: _among(customers, those) for purpose, those in addressed.items() if those is not None},
    )


def _addressed(project: Project, purpose: str, as_of: datetime) -> pa.Array | None:
    """Return the ids of those of whom an address is known; None where the shop keeps none here."""
    field = address_field(purpose)
    if field is None:
        return None
    ids = _ids(project, addresses(project.store, field, as_of))
    return ids if len(ids) else None


def _ids(project: Project, people: ibis.Table) -> pa.Array:
    return project.store.engine.to_pyarrow(people.select("customer_id"))["customer_id"].combine_chunks()


def _among(customers: pa.Array, those: pa.Array) -> Truths:
    return np.asarray(pc.is_in(customers, value_set=those))
