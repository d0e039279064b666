from datetime import timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.events.engine import connect
from pipeline.events.identity import CIRCLE, ITSELF, SEVERAL, conflicts, joined, resolutions
from pipeline.events.store import Store
from pipeline.events.tables import CONSENTS, EVENTS, IDENTITIES, INSTANT
from tests.rows import AS_OF, arrow, days_before, event

MICROSECOND = timedelta(microseconds=1)
ENGINE = connect("Europe/London")


def claim(alias, customer, days, *, arrived=None):
    """A claim made so many days before AS_OF, known at once unless it arrived later."""
    return {
        "alias": alias,
        "customer_id": customer,
        "occurred_at": days_before(days),
        "received_at": days_before(days if arrived is None else arrived),
    }


def seen(customer, days, *, arrived=None):
    return event(customer, days_before(days), received_at=days_before(days if arrived is None else arrived))


def at_rest(rows, contract):
    return ibis.memtable(pa.Table.from_pylist(rows, schema=contract.schema))


def read(table):
    return ENGINE.to_pyarrow(table)


def told(events, identities, as_of=AS_OF):
    """Whose each event is and since when that is known, in the order of the events."""
    numbered = [{**row, "event_id": f"{i:03}"} for i, row in enumerate(events)]
    rows = joined(at_rest(numbered, EVENTS), resolutions(at_rest(identities, IDENTITIES), as_of))
    found = read(rows.order_by("event_id"))
    known = found["received_at"].cast(INSTANT).to_pylist()
    return list(zip(found["customer_id"].to_pylist(), known, strict=True))


def owner(row, identities, as_of=AS_OF):
    return told([row], identities, as_of)[0][0]


def disputes(identities, as_of=AS_OF):
    found = read(conflicts(at_rest(identities, IDENTITIES), as_of))
    moments = found["contested_at"].cast(INSTANT).to_pylist()
    told = (found[name].to_pylist() for name in ("alias", "customers", "reason"))
    return sorted((alias, n, moment, why) for alias, n, why, moment in zip(*told, moments, strict=True))


def test_an_event_of_an_alias_is_the_customers_and_known_when_the_alias_is():
    assert told([seen("cookie", 9), seen("ann", 8), seen("eve", 7)], [claim("cookie", "ann", 5)]) == [
        ("ann", days_before(5)),
        ("ann", days_before(8)),
        ("eve", days_before(7)),
    ]


def test_an_event_after_the_claim_is_known_when_it_arrives():
    assert told([seen("cookie", 4, arrived=2)], [claim("cookie", "ann", 5)]) == [("ann", days_before(2))]


def test_a_claim_counts_once_it_has_both_occurred_and_arrived():
    assert told([seen("cookie", 9)], [claim("cookie", "ann", 5, arrived=3)]) == [("ann", days_before(3))]
    assert told([seen("cookie", 9)], [claim("cookie", "ann", 5, arrived=6)]) == [("ann", days_before(5))]


@pytest.mark.parametrize(
    ("later", "whose"), [(-MICROSECOND, "ann"), (0 * MICROSECOND, "cookie"), (MICROSECOND, "cookie")]
)
@pytest.mark.parametrize("late", ["occurred_at", "received_at"])
def test_a_claim_is_used_when_known_before_the_moment(later, whose, late):
    known = {**claim("cookie", "ann", 5), late: AS_OF + later}
    assert owner(seen("cookie", 9), [known]) == whose


@pytest.mark.parametrize(
    ("later", "whose"), [(-MICROSECOND, "ann"), (0 * MICROSECOND, "cookie"), (MICROSECOND, "cookie")]
)
def test_what_arrived_before_an_alias_was_contested_stays_with_the_first_and_the_rest_is_nobodys(later, whose):
    contested = [claim("cookie", "ann", 9), claim("cookie", "bob", 5)]
    row = event("cookie", days_before(6), received_at=days_before(5) + later)
    assert owner(row, contested) == whose


def test_an_alias_that_two_claim_at_once_is_nobodys_from_the_start():
    both = [claim("cookie", "ann", 9), claim("cookie", "bob", 9)]
    assert owner(seen("cookie", 12), both) == "cookie"
    assert disputes(both) == [("cookie", 2, days_before(9), SEVERAL)]


def test_a_claim_told_twice_is_no_conflict():
    twice = [claim("cookie", "ann", 9), claim("cookie", "ann", 5)]
    assert told([seen("cookie", 12)], twice) == [("ann", days_before(9))]
    assert disputes(twice) == []


def test_a_chain_leads_to_its_end_and_is_known_with_its_last_claim():
    chain = [claim("cookie", "device", 9), claim("device", "account", 3), claim("account", "ann", 6)]
    assert told([seen("cookie", 12), seen("device", 2)], chain) == [("ann", days_before(3)), ("ann", days_before(2))]
    assert owner(seen("cookie", 12), chain, days_before(3)) == "device"


def test_a_chain_is_contested_from_its_first_dispute_on():
    chain = [claim("cookie", "device", 9), claim("device", "ann", 8), claim("device", "bob", 4)]
    assert told([seen("cookie", 5), seen("cookie", 3)], chain) == [("ann", days_before(5)), ("cookie", days_before(3))]


def test_the_claim_that_closes_a_circle_is_disregarded_and_told():
    circle = [claim("a", "b", 9), claim("b", "c", 8), claim("c", "a", 7), claim("tail", "a", 6)]
    assert [whose for whose, _ in told([seen(one, 5) for one in ("a", "b", "c", "tail")], circle)] == ["c"] * 4
    assert disputes(circle) == [("c", 1, days_before(7), CIRCLE)]
    assert owner(seen("a", 9), circle, days_before(7)) == "c"


def test_a_circle_closed_by_two_claims_at_once_joins_neither():
    circle = [claim("a", "b", 9), claim("b", "a", 9)]
    assert [whose for whose, _ in told([seen("a", 5), seen("b", 5)], circle)] == ["a", "b"]


def test_who_is_claimed_to_be_themselves_is_told_and_otherwise_nothing():
    own = [claim("ann", "ann", 9), claim("ann", "anna", 5)]
    assert told([seen("ann", 12)], own) == [("anna", days_before(5))]
    assert disputes(own) == [("ann", 1, days_before(9), ITSELF)]


def test_a_conflict_is_known_with_the_second_claim_and_counts_customers():
    three = [claim("cookie", "ann", 9), claim("cookie", "bob", 5), claim("cookie", "eve", 4)]
    assert disputes(three) == [("cookie", 3, days_before(5), SEVERAL)]
    assert disputes(three, days_before(4)) == [("cookie", 2, days_before(5), SEVERAL)]
    assert disputes(three, days_before(5)) == []


def test_a_refusal_under_an_alias_is_the_customers():
    word = {"customer_id": "cookie", "purpose": "profiling", "granted": False, "occurred_at": days_before(5)}
    consents = at_rest([{**word, "received_at": days_before(5)}], CONSENTS)
    found = read(joined(consents, resolutions(at_rest([claim("cookie", "ann", 3)], IDENTITIES), AS_OF)))
    assert found["customer_id"].to_pylist() == ["ann"]
    assert found["received_at"].cast(INSTANT).to_pylist() == [days_before(3)]


def test_tables_at_rest_are_joined_without_changing_their_columns(tmp_path):
    store = Store(tmp_path, "Europe/London")
    store.append(EVENTS, arrow([seen("cookie", 9), seen("bob", 8)]))
    store.append(IDENTITIES, pa.Table.from_pylist([claim("cookie", "ann", 5)], schema=IDENTITIES.schema))
    rows = joined(store.read(EVENTS), resolutions(store.read(IDENTITIES), AS_OF))
    assert rows.columns == EVENTS.columns
    assert rows.schema() == store.read(EVENTS).schema()
    assert sorted(store.engine.to_pyarrow(rows)["customer_id"].to_pylist()) == ["ann", "bob"]


def test_without_claims_everything_stays_as_it_was(tmp_path):
    store = Store(tmp_path)
    store.append(EVENTS, arrow([seen("cookie", 9)]))
    rows = joined(store.read(EVENTS), resolutions(store.read(IDENTITIES), AS_OF))
    assert store.engine.to_pyarrow(rows)["customer_id"].to_pylist() == ["cookie"]
    assert store.engine.execute(conflicts(store.read(IDENTITIES), AS_OF).count()) == 0


# A second opinion: each event is chased by itself, in plain Python.


def hops(identities, as_of):
    """Each alias' next id, with the moments from which that is known and contested; nobody's aliases are left out."""
    found = {}
    for alias in {row["alias"] for row in identities}:
        known = {}
        for row in identities:
            moment = max(row["occurred_at"], row["received_at"])
            if row["alias"] == alias != row["customer_id"] and moment < as_of:
                known[row["customer_id"]] = min(moment, known.get(row["customer_id"], moment))
        by_moment = sorted((moment, customer) for customer, moment in known.items())
        if by_moment and (len(by_moment) == 1 or by_moment[1][0] > by_moment[0][0]):
            found[alias] = (by_moment[0][1], by_moment[0][0], by_moment[1][0] if len(by_moment) > 1 else None)
    return found


def circle_of(start, steps):
    """The aliases of the circle that `start` is in, or nothing."""
    passed, here = [start], steps[start][0]
    while here in steps and here not in passed:
        passed.append(here)
        here = steps[here][0]
    return passed if here == start else []


def without_circles(steps):
    closing = set()
    for alias in steps:
        circle = circle_of(alias, steps)
        closing |= {one for one in circle if steps[one][1] == max(steps[each][1] for each in circle)}
    return {alias: step for alias, step in steps.items() if alias not in closing}


def chased(row, steps):
    here, known = row["customer_id"], row["received_at"]
    while here in steps:
        onward, since, contested = steps[here]
        if contested is not None and row["received_at"] >= contested:
            return row["customer_id"], row["received_at"]
        here, known = onward, max(known, since)
    return here, known


DAYS = st.integers(-2, 8)
IDS = st.sampled_from(["a", "b", "c", "d", "ann", "bob"])
CLAIMS = st.lists(st.builds(lambda a, c, x, y: claim(a, c, x, arrived=y), IDS, IDS, DAYS, DAYS), max_size=9)
SEEN = st.lists(st.builds(lambda c, x, y: seen(c, x, arrived=y), IDS, DAYS, DAYS), min_size=1, max_size=6)


@given(events=SEEN, identities=CLAIMS)
@settings(max_examples=60)
def test_every_event_is_whose_a_chase_by_hand_says_it_is(events, identities):
    steps = without_circles(hops(identities, AS_OF))
    assert told(events, identities) == [chased(row, steps) for row in events]


@given(events=SEEN, identities=CLAIMS, moment=DAYS)
@settings(max_examples=30)
def test_what_becomes_known_at_or_after_the_moment_changes_nothing(events, identities, moment):
    as_of = days_before(moment)
    before = [row for row in identities if max(row["occurred_at"], row["received_at"]) < as_of]
    assert told(events, identities, as_of) == told(events, before, as_of)
    assert disputes(identities, as_of) == disputes(before, as_of)


FLAT = st.lists(
    st.builds(
        lambda a, c, x, y: claim(a, c, x, arrived=y),
        st.sampled_from("abc"),
        st.sampled_from(["ann", "bob"]),
        DAYS,
        DAYS,
    ),
    max_size=9,
)


@given(events=SEEN, identities=FLAT, moment=DAYS)
@settings(max_examples=30)
def test_who_is_no_alias_has_the_same_past_whenever_it_is_looked_at(events, identities, moment):
    as_of = days_before(max(moment, 0))

    def past(found):
        return sorted(
            (whose, row["occurred_at"], known)
            for row, (whose, known) in zip(events, found, strict=True)
            if row["occurred_at"] < as_of and known < as_of and whose in {"ann", "bob"}
        )

    assert past(told(events, identities)) == past(told(events, identities, as_of))
