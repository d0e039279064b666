import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.events.person import Person, holds_people

ANN = Person(frozenset({"c-1000", "12"}), frozenset({"ann.miller@example.org"}))


@pytest.mark.parametrize("value", ["12", " c-1000 ", "'c-1000", "ANN.Miller@example.org"])
def test_a_whole_value_where_ids_are_kept_names_the_person(value):
    assert ANN.is_named(value)


@pytest.mark.parametrize("value", ["123", "C-1000", "c-10001", "xann.miller@example.org", "", " "])
def test_anything_more_or_less_does_not(value):
    assert not ANN.is_named(value)


@pytest.mark.parametrize(("value", "told"), [("c-1000", True), ("ann.miller@EXAMPLE.org", True), ("12", False)])
def test_only_a_telling_value_counts_wherever_it_stands(value, told):
    assert ANN.is_told(value) is told


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"user_id": 12}, True),
        ({"User ID": "12"}, True),
        ({"customer": {"id": 12.0}}, True),
        ({"customers": [{"customer": {"id": "12"}}]}, True),
        ({"context": '{"userId": "12"}'}, True),
        (["x", {"note": "c-1000"}], True),
        ({"customer": {"orders": 12}}, False),
        ({"id": 12}, False),
        ({"user_id": True}, False),
        ({"user_id": 123, "pieces": 12}, False),
        ('{"broken": "c-1000"', False),
        (None, False),
    ],
)
def test_json_names_the_person_by_its_fields_however_deep(value, named):
    assert ANN.is_in(value) is named


@pytest.mark.parametrize(
    ("text", "mentioned"),
    [
        ("/u?mail=ann.miller%40example.org&x=1", True),
        ("write to Ann.Miller@Example.org.", True),
        ("see c-1000, please", True),
        ("joann.miller@example.org", False),
        ("ann.miller@example.org.uk", False),
        ("c-10001 or c-1000-b", False),
        ("12", False),
    ],
)
def test_longer_text_mentions_the_person_only_by_a_telling_value_as_a_whole(text, mentioned):
    assert ANN.is_mentioned(text) is mentioned
    assert (ANN.without_mentions(text, "…") != text) is mentioned


@pytest.mark.parametrize(
    ("name", "within", "holds"),
    [
        ("customer_id", "", True),
        ("Customer ID", "", True),
        ("anonymousId", "", True),
        ("id", "customer", True),
        ("id", "", False),
        ("order_id", "", False),
        ("quantity", "customer", False),
    ],
)
def test_columns_of_ids_and_addresses_are_known_by_their_names(name, within, holds):
    assert holds_people(name, within) is holds


@given(st.text(min_size=1), st.text(), st.text())
def test_whatever_bytes_spell_the_person_the_search_finds_them(own, before, after):
    person = Person(frozenset({own}))
    for spelt in (own, json.dumps(own), json.dumps(own, ensure_ascii=False), own.replace('"', '""')):
        text = f"{before}{spelt}{after}"
        assert person.may_be_in(text)
        if not re.search("[\ud800-\udfff]", text):
            assert person.searched("utf-8").search(text.encode())
