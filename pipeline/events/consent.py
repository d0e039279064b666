"""Who agreed to what, as known at a moment."""

from datetime import datetime

import ibis


def consented(consents: ibis.Table, purpose: str, as_of: datetime) -> ibis.Table:
    """Return the `customer_id` of everyone whose latest word on `purpose`, as known at `as_of`, was yes."""
    return _latest(consents, purpose, as_of).filter(lambda latest: latest.granted).select("customer_id")


def refused(consents: ibis.Table, purpose: str, as_of: datetime) -> ibis.Table:
    """Return the `customer_id` of everyone whose latest word on `purpose`, as known at `as_of`, was no."""
    return _latest(consents, purpose, as_of).filter(lambda latest: ~latest.granted).select("customer_id")


def _latest(consents: ibis.Table, purpose: str, as_of: datetime) -> ibis.Table:
    moment = ibis.literal(as_of)
    known = consents.filter(consents.purpose == purpose, consents.occurred_at < moment, consents.received_at < moment)
    # Of two words given at the same instant, the refusal counts: silence is never taken for a yes.
    order = (known.occurred_at.desc(), known.granted.asc())
    ranked = known.mutate(word=ibis.row_number().over(group_by=known.customer_id, order_by=order))
    return ranked.filter(ranked.word == 0)
