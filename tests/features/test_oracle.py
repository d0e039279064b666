"""The whole catalogue against its naive recomputation, on generated histories, at any cut-off and in any time zone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE
from tests.features.logs import logs, moments, people, when, zones
from tests.features.oracle import FAMILIES
from tests.features.oracle.agreement import agrees


@settings(max_examples=30)
@given(rows=logs, answers=st.lists(people(), max_size=3, unique_by=when), cut_off=moments, zone=zones)
def test_every_feature_equals_its_naive_recomputation(rows, answers, cut_off, zone):
    agrees(CATALOGUE, FAMILIES, rows, cut_off, zone, answers)
