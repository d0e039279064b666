"""What is wanted of a platform, from a publication and from who may be told of."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.publish.destinations.telling.addresses import NO_CONSENT
from pipeline.publish.destinations.telling.entries import as_text, from_text
from pipeline.publish.destinations.telling.property_texts import property_texts
from pipeline.publish.destinations.telling.wanted import wanted
from pipeline.publish.publication import publish
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.settle import LeftOut
from pipeline.settings.destinations import USUAL_PROPERTIES, BrazeDestination, MailchimpDestination
from tests.little_platform import Addresses, edition, person, settings, store_of

IDS = ("ann", "ben", "cas")
PEOPLE = [person("ann", 0.7, 120), person("ben", 0.31, 10.4), person("cas", None, 250)]


def texts(name, values, type_=None, zone=UTC):
    return property_texts(name, pa.chunked_array([pa.array(values, type_)]), zone).to_pylist()


BRAZE = {"to": "braze", "api_key": "KEY", "url": "https://rest.example.org"}
MAILCHIMP = {"to": "mailchimp", "api_key": "KEY", "audience": "a1"}


def all_wanted(folder, told, customers=IDS, **chosen):
    return wanted_of(settings(**chosen), folder, told, customers)


def wanted_of(chosen, folder, told, customers=IDS):
    folder.joinpath("published").mkdir()
    publication = publish(folder / "published", told)
    addresses = Addresses(store_of(folder, customers), "email", lambda: datetime.now(UTC))
    return wanted(publication, chosen, addresses)


def rows(part):
    found = pa.concat_tables(part.chunks(rows=2)).to_pylist() if len(part.customer_id) else []
    return {row["customer_id"]: dict(zip(part.names, json.loads(row["entries"]), strict=True)) for row in found}


def test_profiles_have_the_properties_and_a_truth_for_each_segment(tmp_path):
    (part,) = all_wanted(tmp_path, edition(PEOPLE), prefix="sc_", properties=("churn_probability",)).parts
    assert rows(part) == {
        "ann": {"sc_churn_probability": 0.7, "sc_vip": True, "sc_at_risk": True},
        "ben": {"sc_churn_probability": 0.31, "sc_vip": False, "sc_at_risk": False},
        "cas": {"sc_churn_probability": None, "sc_vip": True, "sc_at_risk": False},
    }


def test_the_usual_properties_are_in_every_publication(tmp_path):
    (part,) = all_wanted(tmp_path, edition(PEOPLE), properties=USUAL_PROPERTIES, segments=()).parts
    assert part.names == tuple(sorted(USUAL_PROPERTIES))


def test_a_shop_may_tell_of_nothing_but_who_is_on_a_list(tmp_path):
    profiles, vips = all_wanted(
        tmp_path, edition(PEOPLE, lists={"vip": ["ann"]}), properties=(), segments=(), lists={"vip": "L1"}
    ).parts
    assert rows(profiles) == {"ann": {}, "ben": {}, "cas": {}}
    assert (vips.part.remote, rows(vips)) == ("L1", {"ann": {"member": True}})


def test_who_is_included_but_may_not_be_told_of_is_counted(tmp_path):
    found = all_wanted(
        tmp_path, edition(PEOPLE, lists={"vip": ["ann", "cas"]}), customers=("ann",), lists={"vip": "L1"}
    )
    assert [part.customer_id.to_pylist() for part in found.parts] == [["ann"], ["ann"]]
    assert list(found.withheld.values()) == [{NO_CONSENT: 2}, {NO_CONSENT: 1}]


def test_at_mailchimp_a_property_is_called_by_its_merge_tag_and_goes_nowhere_without_one(tmp_path):
    told = {"properties": ("churn_probability", "expected_spend"), "merge_fields": {"churn_probability": "RISK"}}
    chosen = MailchimpDestination(name="news", **MAILCHIMP, **told)
    (part,) = wanted_of(chosen, tmp_path, edition(PEOPLE, left_out=["at_risk"])).parts
    assert (part.names, part.kept) == (("*|RISK|*", "segcast_vip"), {"segcast_at_risk"})
    assert rows(part)["ann"] == {"*|RISK|*": 0.7, "segcast_vip": True}


@pytest.mark.parametrize(
    ("kind", "told", "remote"),
    [
        (BrazeDestination, BRAZE, "segcast_vip"),
        (BrazeDestination, BRAZE, "segcast_expected_spend"),
        (MailchimpDestination, MAILCHIMP, "Segcast_VIP"),
    ],
)
def test_a_list_that_is_the_tag_or_attribute_of_a_segment_is_one_sentence(tmp_path, kind, told, remote):
    chosen = kind(name="crm", **told, properties=("expected_spend",), lists={"vip": remote})
    with pytest.raises(SettingsError, match=f'a name of its own for the list of vip, got "{remote}", which'):
        wanted_of(chosen, tmp_path, edition(PEOPLE, lists={"vip": ["ann"]}))


def test_a_list_with_an_id_of_its_own_may_be_called_as_a_segment_is(tmp_path):
    found = all_wanted(tmp_path, edition(PEOPLE, lists={"vip": ["ann"]}), lists={"vip": "vip"})
    assert [str(one.part) for one in found.parts] == ["profile", "list vip"]


def test_of_an_audience_decided_in_part_only_known_members_leave_their_list(tmp_path):
    told = edition(PEOPLE, lists={"vip": ["ann", "ben"]}, held_out=["ben"])
    both = Audience(name="vip", include=("vip", "at_risk"))
    told = replace(
        told,
        audiences=replace(told.audiences, decided=(both,)),
        memberships=replace(told.memberships, left_out=(LeftOut("at_risk", "there is no churn_probability yet"),)),
    )
    part = all_wanted(tmp_path, told, lists={"vip": "L1"}).parts[1]
    assert (part.customer_id.to_pylist(), part.staying.to_pylist()) == (["ann"], ["cas"])


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("churn_probability", [0.314, 0.316, 0.0, 1.0, None, float("nan")], ["0.31", "0.32", "0", "1", None, None]),
        ("expected_spend", [10.4, 10.6, -0.2, 1e9, float("inf")], ["10", "11", "0", "1000000000", None]),
        ("orders", [3, None], ["3", None]),
        ("is_new", [True, None], ["true", None]),
        ("cluster", ['a "b"', "c\\d", "žluť", None], ['"a \\"b\\""', '"c\\\\d"', '"žluť"', None]),
        ("next", [["shoes", "hats"], [], None], ['"shoes; hats"', '""', None]),
    ],
)
def test_values_are_json_and_rounded(name, values, told):
    assert texts(name, values) == told


def test_moments_are_dates_in_the_shops_time_zone():

    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert texts("when", [late, None], pa.timestamp("us", "UTC"), ZoneInfo("Europe/London")) == ['"2026-07-01"', None]


@given(st.lists(st.one_of(st.none(), st.floats()), min_size=1))
def test_numbers_read_back_are_written_the_same_so_that_equal_content_is_equal_text(values):
    for name in ("churn_probability", "expected_spend"):
        bounded = [None if one is None or abs(one) > 1e9 else one for one in values]
        for text in filter(None, texts(name, bounded, pa.float64())):
            assert as_text(from_text(text)) == text


@given(st.lists(st.text(), min_size=1))
def test_texts_are_as_json_writes_them(values):
    assert texts("cluster", values, pa.string()) == [as_text(one) for one in values]
    assert pc.is_valid(pa.array(values, pa.string())).to_pylist() == [True] * len(values)
