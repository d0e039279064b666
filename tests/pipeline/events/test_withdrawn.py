"""Refusals that events say are found once for each state of the log, and never kept beyond it."""

import pyarrow as pa

from pipeline.events.contactable import agreed
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, EVENTS
from tests.rows import AS_OF, arrow, days_before, event


def yes(customer, days):
    told = {"customer_id": customer, "purpose": "email", "granted": True}
    return {**told, "occurred_at": days_before(days), "received_at": days_before(days)}


def agreeing(store, as_of=AS_OF):
    return sorted(store.engine.to_pyarrow(agreed(store, "email", as_of))["customer_id"].to_pylist())


def test_an_event_that_is_told_later_counts_from_then_on(tmp_path):
    store = Store(tmp_path / "store")
    store.append(CONSENTS, pa.Table.from_pylist([yes("ann", 9), yes("bob", 9)], CONSENTS.schema))
    store.append(EVENTS, arrow([event("bob", days_before(5), "email_unsubscribed", event_id="1")]))
    assert agreeing(store) == ["ann"]
    store.append(EVENTS, arrow([event("ann", days_before(4), "email_complained", event_id="2")]))
    assert agreeing(store) == []
    assert agreeing(store, days_before(4)) == ["ann"]
    store.append(CONSENTS, pa.Table.from_pylist([yes("bob", 1)], CONSENTS.schema))
    assert agreeing(store) == ["bob"]
