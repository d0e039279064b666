import hashlib
import hmac

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.events import distinct
from pipeline.events.engine import connect
from pipeline.events.pseudonyms import pseudonym, pseudonymised

KEY = b"sixteen bytes or more"


def test_a_pseudonym_is_half_of_the_standard_digest_in_hexadecimal():
    assert pseudonym("ann", KEY) == hmac.new(KEY, b"ann", hashlib.sha256).hexdigest()[:32]


def test_ids_are_replaced_nulls_and_all_else_stay():
    table = ibis.memtable({"alias": ["a", None, "b"], "customer_id": ["b", "c", None], "n": [1, 2, 3]})
    engine = connect("UTC")
    named = engine.to_pyarrow(pseudonymised(engine, table, ["alias", "customer_id"], KEY).order_by("n")).to_pylist()
    a, b, c = (pseudonym(own, KEY) for own in "abc")
    assert named == [
        {"alias": a, "customer_id": b, "n": 1},
        {"alias": None, "customer_id": c, "n": 2},
        {"alias": b, "customer_id": None, "n": 3},
    ]


def test_ids_of_several_pages_all_have_their_pseudonyms(monkeypatch):
    monkeypatch.setattr(distinct, "PAGE", 10)
    ids = [f"c-{number}" for number in range(95)] * 2
    engine = connect("UTC")
    table = ibis.memtable({"customer_id": ids, "own": ids})
    named = engine.to_pyarrow(pseudonymised(engine, table, ["customer_id"], KEY)).to_pylist()
    assert len(named) == 190
    assert all(row["customer_id"] == pseudonym(row["own"], KEY) for row in named)


def test_a_table_without_ids_stays_as_it_is():
    engine = connect("UTC")
    table = ibis.memtable({"customer_id": [None, None]}, schema={"customer_id": "string"})
    assert engine.to_pyarrow(pseudonymised(engine, table, ["customer_id"], KEY))["customer_id"].null_count == 2


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_ids_have_one_pseudonym_only_if_they_are_one(first, second):
    assert (pseudonym(first, KEY) == pseudonym(second, KEY)) == (first == second)


@pytest.mark.parametrize("key", [b"", b"fifteen bytes.."])
def test_a_key_that_can_be_guessed_is_refused_in_one_sentence(key):
    with pytest.raises(SettingsError, match=f"at least 16 bytes, got {len(key)}"):
        pseudonym("ann", key)
    with pytest.raises(SettingsError):
        pseudonymised(connect("UTC"), ibis.memtable({"customer_id": ["ann"]}), ["customer_id"], key)
