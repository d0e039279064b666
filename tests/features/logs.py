"""Generated histories: three customers who do everything a shop can log, with edges of windows and days among them."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from features.catalogue import EVERYTHING
from features.vocabulary import Vocabulary
from pipeline.events.event_types import EVENT_TYPES
from tests.rows import days_before, event

MICROSECOND = timedelta(microseconds=1)
EDGES = (1, 7, 14, 30, 60, 90, 180, 275, 335, 365)
SHOP = Vocabulary(
    event_types=EVERYTHING.event_types,
    terms={
        "category": ("tea", "Pots & pans"),
        "source": ("google", "ads"),
        "device": ("mobile", "desktop"),
        "channel": ("web", "email", "app"),
    },
    price_bands=(10.0, 40.0),
    key_pages=("pricing",),
    traits={"plan": ("gold", "free"), "score": ()},
)
MONEY = st.one_of(st.none(), st.decimals(0, 500, places=2))


def ages(latest: float):
    return st.one_of(
        st.floats(latest, 800),
        st.integers(int(latest), 800),
        st.sampled_from([edge for edge in EDGES if edge >= latest]),
        st.floats(latest, latest + 2),  # close together, as in a visit
    )


@st.composite
def events(draw, latest=0.0, event_types=tuple(EVENT_TYPES)):
    nudge = draw(st.sampled_from([-1, 0, 1]))
    occurred_at = days_before(draw(ages(latest))) + nudge * MICROSECOND
    delay = draw(st.one_of(st.just(0.0), st.floats(0, 200)))
    discount = draw(st.one_of(st.none(), st.just(Decimal(0)), st.decimals(0, 50, places=2)))
    duration = draw(st.one_of(st.none(), st.decimals(0, 900, places=2)))
    return event(
        draw(st.sampled_from(["ann", "bob", "eve"])),
        occurred_at,
        draw(st.sampled_from(event_types)),
        received_at=occurred_at + timedelta(days=delay),
        amount=draw(MONEY),
        quantity=draw(st.integers(1, 9)),
        discount=discount,
        duration_seconds=duration,
        order_id=draw(st.sampled_from(["o1", "o2", None])),
        product_id=draw(st.sampled_from(["cup", "mug", None])),
        category=draw(st.sampled_from(["tea", "Pots & pans", "toys", None])),
        channel=draw(st.sampled_from(["web", "email", "app", "store", None])),
        device=draw(st.sampled_from(["mobile", "desktop", "tablet", None])),
        source=draw(st.sampled_from(["google", "ads", "social", None])),
        campaign_id=draw(st.sampled_from(["spring", "summer", None])),
        page=draw(st.sampled_from(["/", "/Pricing?x=1", "/about", None])),
        query=draw(st.sampled_from(["green tea", "pot", None])),
        properties=draw(
            st.sampled_from([None, '{"score": 7}', '{"score": 9.5, "feature": "export"}', '{"feature": "a"}'])
        ),
    )


logs = st.lists(events(), min_size=1, max_size=25)
moments = st.one_of(st.integers(0, 120), st.floats(0, 120)).map(days_before)
zones = st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland"])


@st.composite
def people(draw):
    return {
        "customer_id": draw(st.sampled_from(["ann", "bob"])),
        "received_at": days_before(draw(st.floats(-10, 400))),
        "birth_month": draw(st.one_of(st.none(), st.integers(1, 12))),
        "traits": draw(st.sampled_from([None, '{"plan": "gold"}', '{"plan": "other", "score": 3}', '{"score": true}'])),
    }


def when(row):
    """Whom a row is about and when it arrived: of two at one instant none is the newest."""
    return row["customer_id"], row["received_at"]
