"""Who agreed to what, as known at a moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import ibis

from pipeline.events.event_types import EMAIL_COMPLAINED, EMAIL_UNSUBSCRIBED
from pipeline.events.tables import CONSENTS

PROFILING = "profiling"
WITHDRAWING = (EMAIL_UNSUBSCRIBED, EMAIL_COMPLAINED)  # e-mail, whether or not a shop writes it down as an answer too
Profiling = Literal["opt_in", "opt_out"]


def consented(consents: ibis.Table, purpose: str, as_of: datetime) -> ibis.Table:
    """Return the `customer_id` of everyone whose latest word on `purpose`, as known at `as_of`, was yes."""
    return _latest(consents, purpose, as_of).filter(lambda latest: latest.granted).select("customer_id")


def refused(consents: ibis.Table, purpose: str, as_of: datetime) -> ibis.Table:
    """Return the `customer_id` of everyone whose latest word on `purpose`, as known at `as_of`, was no."""
    return _latest(consents, purpose, as_of).filter(lambda latest: ~latest.granted).select("customer_id")


def withdrawals(events: ibis.Table) -> ibis.Table:
    """Return the events that say no, as refusals among consents: who unsubscribes or complains means it."""
    said = events.filter(events.event_type.isin(WITHDRAWING))
    return said.select(
        "customer_id",
        "occurred_at",
        "received_at",
        purpose=ibis.literal("email"),
        granted=ibis.literal(value=False),
    ).select(*CONSENTS.columns)


@dataclass(frozen=True)
class Permission:
    """Who may be profiled: the customers in `ids`, of one column `customer_id`, if `granted`, else all but those."""

    ids: ibis.Table
    granted: bool

    def among(self, rows: ibis.Table) -> ibis.Table:
        """Keep the rows of customers who may be."""
        return rows.semi_join(self.ids, "customer_id") if self.granted else rows.anti_join(self.ids, "customer_id")


def permission(consents: ibis.Table, as_of: datetime, policy: Profiling | None) -> Permission:
    """Return who may be profiled at `as_of`.

    Opt-in takes silence for a no, opt-out for a yes. Without a policy, a shop that had recorded any answer about
    profiling by then asks, and silence is a no; one that never asked relies on another legal ground.
    """
    if (policy or _usual(consents, as_of)) == "opt_in":
        return Permission(consented(consents, PROFILING, as_of), granted=True)
    return Permission(refused(consents, PROFILING, as_of), granted=False)


def _usual(consents: ibis.Table, as_of: datetime) -> Profiling:
    answers = ibis.get_backend(consents).to_pyarrow(_known(consents, PROFILING, as_of).limit(1))
    return "opt_in" if len(answers) else "opt_out"


def _known(consents: ibis.Table, purpose: str, as_of: datetime) -> ibis.Table:
    moment = ibis.literal(as_of)
    return consents.filter(consents.purpose == purpose, consents.occurred_at < moment, consents.received_at < moment)


def _latest(consents: ibis.Table, purpose: str, as_of: datetime) -> ibis.Table:
    known = _known(consents, purpose, as_of)
    # Of two words given at the same instant, the refusal counts: silence is never taken for a yes.
    order = (known.occurred_at.desc(), known.granted.asc())
    ranked = known.mutate(word=ibis.row_number().over(group_by=known.customer_id, order_by=order))
    return ranked.filter(ranked.word == 0)
