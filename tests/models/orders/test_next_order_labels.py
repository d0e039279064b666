from datetime import UTC, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest

from features.matrix import FeatureMatrix
from models.orders.next_order_labels import waits
from pipeline.events.outcome import Outcome
from tests.models.ordering import matrix
from tests.models.shop import AS_OF

DAY = timedelta(days=1)
SCHEMA = pa.schema({"customer_id": pa.string(), "event_type": pa.string(), "occurred_at": pa.timestamp("us", "UTC")})
EARLIER = AS_OF - 30 * DAY


def outcome(*rows, as_of=AS_OF, days=90) -> Outcome:
    """Events as customer, type and days after the moment."""
    told = [(who, what, (as_of + after * DAY).astimezone(UTC)) for who, what, after in rows]
    columns = ("customer_id", "event_type", "occurred_at")
    events = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in told], SCHEMA)
    return Outcome(as_of, days * DAY, ibis.memtable(events))


def test_the_wait_is_the_time_to_the_first_order_and_nobodys_without_one():
    came = outcome(
        ("c0", "order_placed", 40), ("c0", "order_placed", 12.5), ("c1", "order_refunded", 3), ("c9", "order_placed", 1)
    )
    told = waits(matrix([0, 3], [0, 90], [5, 100]), [came])
    assert told.wait_days == pytest.approx([12.5, np.nan], nan_ok=True)
    assert told.followed_days.tolist() == [90, 90]


def test_an_order_at_the_moment_itself_has_no_wait():
    assert waits(matrix([0], [0], [5]), [outcome(("c0", "order_placed", 0))]).wait_days.tolist() == [0]


def test_who_never_ordered_is_left_out():
    known = matrix([-1, 0], [0, 0], [np.nan, 5])
    assert waits(known, [outcome()]).matrix.customer_id.tolist() == ["c1"]


def test_each_moment_has_outcomes_and_a_time_of_its_own():
    now = matrix([0], [0], [35])
    then = FeatureMatrix(now.customer_id, now.as_of - np.timedelta64(30, "D"), now.features, now.values - [0, 30, 30])
    both = FeatureMatrix(
        *(np.concatenate([getattr(then, name), getattr(now, name)]) for name in ("customer_id", "as_of")),
        now.features,
        np.concatenate([then.values, now.values]),
    )
    told = waits(both, [outcome(as_of=EARLIER, days=120), outcome(("c0", "order_placed", 4))])
    assert told.wait_days == pytest.approx([np.nan, 4], nan_ok=True)
    assert told.followed_days.tolist() == [120, 90]
    assert told.matrix.cut_offs == (EARLIER, AS_OF)


def test_without_outcomes_nothing_is_known():
    told = waits(matrix([0], [0], [5]), [])
    assert (len(told.matrix), len(told.wait_days), len(told.followed_days)) == (0, 0, 0)
