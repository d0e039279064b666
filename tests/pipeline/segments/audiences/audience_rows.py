"""Hand-written memberships and what is known of the members, for the tests of audiences."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from pipeline.conditions.questions import EventCall
from pipeline.segments.audiences.reach import LAST_ORDER, Reach, contacts_within, figure, last_contact
from pipeline.segments.membership import SCHEMA, LeftOut, Memberships
from pipeline.segments.segment import Segment

TONIGHT = datetime(2026, 11, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
SENT_OF_LATE = contacts_within("email_delivered", WEEK)
LAST_MAIL = last_contact("email_delivered")


def segment(name: str, *, holdout: float = 0.0, exclude: tuple[str, ...] = ()) -> Segment:
    return Segment(name=name, when="true", holdout=holdout, exclude=exclude)


def memberships(
    members: Mapping[str, Iterable[str]], held_out: Iterable[tuple[str, str]] = (), left_out: tuple[LeftOut, ...] = ()
) -> Memberships:
    """Who is in which segment; `held_out` are pairs of segment and customer."""
    rows = [
        {
            "customer_id": customer,
            "segment": name,
            "kind": "rule",
            "since": TONIGHT,
            "score": None,
            "held_out": (name, customer) in set(held_out),
        }
        for name in sorted(members)
        for customer in sorted(members[name])
    ]
    return Memberships(TONIGHT, pa.Table.from_pylist(rows, schema=SCHEMA), left_out)


def reach(
    customers: Iterable[str],
    *,
    bought: Mapping[str, float] | None = None,
    mailed: Mapping[str, int] | None = None,
    last_mail: Mapping[str, float] | None = None,
    agreed: Iterable[str] | None = (),
    addressed: Iterable[str] | None = None,
) -> Reach:
    """What is known of customers: days since the last order, mails in a week, days since the last, who agreed.

    None stands for what the shop does not log, ask or keep.
    """
    ids = sorted(customers)
    figures: dict[EventCall, np.ndarray] = {}
    if bought is not None:
        figures[LAST_ORDER] = figure(LAST_ORDER, _moments(ids, bought), TONIGHT)
    if last_mail is not None:
        figures[LAST_MAIL] = figure(LAST_MAIL, _moments(ids, last_mail), TONIGHT)
    if mailed is not None:
        sent = pa.array([mailed.get(customer, 0) for customer in ids], pa.float64())
        figures[SENT_OF_LATE] = figure(SENT_OF_LATE, sent, TONIGHT)
    return Reach(
        pa.array(ids, pa.string()),
        figures,
        {} if agreed is None else {"email": _among(ids, agreed)},
        {} if addressed is None else {"email": _among(ids, addressed)},
    )


def _moments(ids: list[str], days: Mapping[str, float]) -> pa.Array:
    moments = [TONIGHT - timedelta(days=days[one]) if one in days else None for one in ids]
    return pa.array(moments, pa.timestamp("us", "UTC"))


def _among(ids: list[str], those: Iterable[str]) -> np.ndarray:
    return np.isin(np.array(ids, object), list(those))
