"""Whom campaigns may contact tonight."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.deciding import Decision
from flows.project import Project
from pipeline.conditions.questions import EventCall
from pipeline.events.consent import refused
from pipeline.events.tables import CUSTOMERS
from pipeline.segments.audiences.audience import CONTACTS, EMAIL, Audience
from pipeline.segments.audiences.deciding import Audiences, decide_audiences
from pipeline.segments.audiences.reach import Reach, figure, questions
from pipeline.segments.stays import Truths

ADDRESS_FIELDS: Mapping[str, str] = MappingProxyType({"email": "email", "sms": "phone"})
"""The field of a customer with the address that consent to a purpose speaks of."""


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
            purpose: _agreed(project, customers, purpose, answers.consented[purpose], as_of)
            for purpose in answers.purposes.intersection(purposes)
        },
        {purpose: _among(customers, those) for purpose, those in addressed.items() if those is not None},
    )


def _agreed(project: Project, customers: pa.Array, purpose: str, those: pa.Array, as_of: datetime) -> Truths:
    """Mark who agreed; to a purpose of the shop's own, which goes by e-mail, only who does not refuse all e-mail."""
    agreed = _among(customers, those)
    if purpose in CONTACTS:
        return agreed
    store = project.store
    refusing = store.engine.to_pyarrow(refused(store.consents(as_of), EMAIL, as_of))["customer_id"].combine_chunks()
    return np.asarray(agreed & ~_among(customers, refusing))


def _addressed(project: Project, purpose: str, as_of: datetime) -> pa.Array | None:
    """Return the ids of those of whom an address is known; None where the shop keeps none here."""
    store, field = project.store, ADDRESS_FIELDS.get(purpose, None if purpose in CONTACTS else EMAIL)
    if field is None:
        return None
    known = store.read(CUSTOMERS).filter(lambda one: one.received_at < as_of, lambda one: one[field].notnull())
    ids = store.engine.to_pyarrow(known.select("customer_id").distinct())["customer_id"]
    return ids.combine_chunks() if len(ids) else None


def _among(customers: pa.Array, those: pa.Array) -> Truths:
    return np.asarray(pc.is_in(customers, value_set=those))
