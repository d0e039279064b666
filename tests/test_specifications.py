"""The platforms' specifications find the mistakes that they are there for."""

import json
from dataclasses import replace

import pytest

from tests.loopback import Received
from tests.specifications import needs, valid_against

HEADERS = {
    "authorization": "Klaviyo-API-Key pk_1",
    "revision": "2026-07-15",
    "content-type": "application/vnd.api+json",
}
MEMBERS = {"data": [{"type": "profile", "id": "P1"}]}


def received(method="POST", path="/api/lists/L1/relationships/profiles", body=None, **params):
    content = json.dumps(MEMBERS if body is None else body).encode() if method != "GET" else b""
    return Received(method, path, "", params, HEADERS, content, 0.0)


def without(header):
    return replace(received(), headers={name: value for name, value in HEADERS.items() if name != header})


@needs("klaviyo")
def test_a_request_as_specified_is_valid():
    valid_against("klaviyo", received())
    valid_against("klaviyo", received("GET", "/api/profiles", **{"page[size]": "100", "fields[profile]": "email,id"}))


@needs("klaviyo")
@pytest.mark.parametrize(
    "wrong",
    [
        received(path="/api/lists/L1/relationships/people"),
        received(method="PATCH"),
        received(body={"data": [{"type": "profile"}]}),
        received(body={"data": [{"type": "profile", "id": 1}]}),
        received(body={"data": [{"type": "profile", "id": "P1", "name": "Ann"}]}),
        received("GET", "/api/profiles", **{"page[size]": "101"}),
        received("GET", "/api/profiles", **{"fields[profile]": "email,nonsense"}),
        received("GET", "/api/profiles", nonsense="1"),
        without("authorization"),
        without("revision"),
        without("content-type"),
    ],
)
def test_a_request_of_another_form_is_not(wrong):
    with pytest.raises(
        pytest.fail.Exception, match=r"not as specified|which the specification lacks|without the headers"
    ):
        valid_against("klaviyo", wrong)


@needs("hubspot-contacts")
@needs("hubspot-lists")
def test_hubspots_are_read_too():
    upsert = {"inputs": [{"id": "ann@example.org", "idProperty": "email", "properties": {"anything": "1"}}]}
    told = received(path="/crm/v3/objects/contacts/batch/upsert", body=upsert)
    valid_against("hubspot-contacts", replace(told, headers={"content-type": "application/json"}))
    change = {"recordIdsToAdd": ["1"], "recordIdsToRemove": []}
    told = received("PUT", "/crm/v3/lists/7/memberships/add-and-remove", change)
    valid_against("hubspot-lists", replace(told, headers={"content-type": "application/json"}))
