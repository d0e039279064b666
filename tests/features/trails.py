"""Generated histories in which one thing leads to another: events an instant, half an hour, a day or a week apart."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.features.logs import MICROSECOND, events, moments
from tests.rows import AS_OF

STEPS = (
    timedelta(0),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(minutes=45),
    timedelta(hours=20),
    timedelta(days=1),
    timedelta(days=1, hours=1),
    timedelta(days=7),
    timedelta(days=7, hours=12),
    timedelta(days=20),
)
ends = st.one_of(st.just(AS_OF), moments)  # so that half of the time all of a trail is known


@st.composite
def trails(draw, event_types):
    """What ann did, and now and then bob, from the moment back in time; everything arrived at once."""
    rows, occurred_at = [], AS_OF
    for row in draw(st.lists(events(event_types=event_types), min_size=15, max_size=30)):
        occurred_at -= draw(st.sampled_from(STEPS)) + draw(st.sampled_from([0, 0, 1])) * MICROSECOND
        customer = draw(st.sampled_from(["ann", "ann", "ann", "bob"]))
        rows.append({**row, "customer_id": customer, "occurred_at": occurred_at, "received_at": occurred_at})
    return rows


def logs_and_trails(event_types):
    """Either whatever happened at any time, or what lies close together."""
    return st.one_of(st.lists(events(event_types=event_types), min_size=1, max_size=25), trails(event_types))
