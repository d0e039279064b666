"""A shop whose every night is known beforehand: who is predicted what, who agreed, who comes and who goes.

It is published without learning anything, so that a hundred nights take minutes. Each night a tenth of the customers
change, some are away, and one withdraws consent.
"""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, ORDER_PLACED, Contract
from pipeline.publish.edition import DataFacts, Edition, ShopFacts
from pipeline.segments.audiences.deciding import decide_audiences
from pipeline.segments.audiences.reach import Reach
from pipeline.segments.audiences.read import load_audiences
from pipeline.segments.membership import assign
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment

CUSTOMERS_COUNT = 300
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
CHANGING, AWAY, REFUSING = 10, 50, 4  # one customer in so many
LISTED = "at_risk"  # the audience that the platforms keep as a list
SEGMENTS = (
    Segment(name="loyal", title="Loyal", when="orders_365d >= 5"),
    Segment(name="lapsed", title="Lapsed", when="days_since_last_order > 120"),
    Segment(
        name="at_risk",
        title="At risk",
        when="churn_probability >= 0.6",
        stay_while="churn_probability >= 0.5",
        holdout=0.1,
        best_first="value_at_stake",
    ),
    Segment(name="likely", title="Likely to buy", when="purchase_probability >= 0.5"),
)


def ids() -> list[str]:
    """Return every customer's id."""
    return [f"c-{number:05}" for number in range(CUSTOMERS_COUNT)]


def address(customer_id: str) -> str:
    """Return a customer's e-mail address."""
    return f"{customer_id}@example.org"


def as_of(night: int) -> datetime:
    """Return the moment of a night's publication."""
    return FIRST + timedelta(days=night)


def agreed(night: int) -> list[str]:
    """Return who agrees to e-mail when a night is told: all but one in four, and one fewer each night."""
    return [own for number, own in enumerate(ids()) if number % REFUSING and number not in _withdrawn(night)]


def open_store(folder: Path) -> Store:
    """Write what the shop knows of its customers before the first night."""
    store = Store(folder / "store")
    long_ago = FIRST - timedelta(days=400)
    everybody = [{"customer_id": own, "received_at": long_ago, "email": address(own)} for own in ids()]
    asked = {"purpose": "email", "occurred_at": long_ago, "received_at": long_ago}
    said = [{**asked, "customer_id": own, "granted": bool(number % REFUSING)} for number, own in enumerate(ids())]
    bought = {"occurred_at": long_ago, "received_at": long_ago, "event_type": ORDER_PLACED}
    _append(store, EVENTS, [{**bought, "customer_id": own, "event_id": own} for own in ids()])
    _append(store, CUSTOMERS, everybody)
    _append(store, CONSENTS, said)
    return store


def withdraw(store: Store, night: int) -> None:
    """Let the customer whose turn it is that night take back consent to e-mail."""
    said = {"purpose": "email", "granted": False, "occurred_at": as_of(night), "received_at": as_of(night)}
    leaving = _withdrawn(night) - _withdrawn(night - 1)
    _append(store, CONSENTS, [{**said, "customer_id": ids()[number]} for number in sorted(leaving)])


def edition(night: int) -> Edition:
    """Return what is published of a night."""
    profiles = _profiles(night)
    memberships = assign(SEGMENTS, profiles, None)
    customers = pc.unique(memberships.table["customer_id"].combine_chunks()).sort()
    those = pa.array(agreed(night), pa.string())
    reach = Reach(customers, agreed={"email": np.asarray(pc.is_in(customers, value_set=those))})
    audiences = load_audiences(Path("none.yaml"), SEGMENTS)
    return Edition(
        as_of=as_of(night),
        shop=ShopFacts("Corner shop"),
        segments=SEGMENTS,
        profiles=profiles,
        memberships=memberships,
        previous=None,
        contacts=pa.table({"customer_id": those, "email": pa.array(map(address, agreed(night)), pa.string())}),
        models=(),
        data=DataFacts(night, FIRST, as_of(night), CUSTOMERS_COUNT, CUSTOMERS_COUNT),
        audiences=decide_audiences(audiences, SEGMENTS, memberships, reach),
    )


def _withdrawn(night: int) -> set[int]:
    """Return the numbers of those who have withdrawn by then, one a night, each of whom had agreed before."""
    agreeing = (number for number in range(CUSTOMERS_COUNT) if number % REFUSING)
    return {number for turn, number in enumerate(agreeing) if turn < night}


def _profiles(night: int) -> Profiles:
    rows = [_profile(own, number, night) for number, own in enumerate(ids()) if (number + night) % AWAY]
    return Profiles(as_of(night), pa.Table.from_pylist(rows))


def _profile(own: str, number: int, night: int) -> dict[str, object]:
    """Return what is known of a customer, which is the same until the night when it is their turn to change."""
    changed = (night + number) // CHANGING
    dice = random.Random(number * 1_000 + changed)  # noqa: S311 - a sample
    churn = dice.random()
    return {
        "customer_id": own,
        "orders_365d": float(dice.randint(1, 8)),
        "days_since_last_order": float(dice.randint(1, 300)),
        "churn_probability": churn,
        "purchase_probability": 1 - churn if number % 7 else None,
        "expected_spend": dice.uniform(0, 500),
        "expected_next_order_at": as_of(0) + timedelta(days=dice.randint(1, 99), seconds=dice.randint(0, 86_399)),
        "value_at_stake": dice.uniform(0, 900),
        "churn_band": "high" if churn > 0.6 else "low",  # noqa: PLR2004 - the shop's own bound
        "cluster": dice.choice(["gift buyers", "steady households"]),
        "churn_reason_1": f"No order for {dice.randint(1, 300)} days",
        "churn_reason_2": None if number % 3 else "Only one order so far",
        "churn_reason_3": None,
    }


def _append(store: Store, contract: Contract, rows: list[dict[str, object]]) -> None:
    blank = dict.fromkeys(contract.columns)
    if rows:
        store.append(contract, pa.Table.from_pylist([blank | row for row in rows], schema=contract.schema))
