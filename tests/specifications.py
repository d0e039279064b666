"""Requests as tests recorded them, held against the platforms' own OpenAPI specifications."""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.loopback import Received

FOLDER = Path(os.environ.get("SEGCAST_SPECIFICATIONS", Path(__file__).parents[2] / "shared" / "specs"))

# The file of a specification, where its paths begin, and whether its security can be checked: what HubSpot's says of
# keys (a header named `private-app`) is not how its keys are sent.
FILES = {
    "klaviyo": ("klaviyo/openapi-stable.json", ("/api/profile", "/api/lists"), True),
    "hubspot-contacts": ("hubspot/crm-contacts-v3.json", ("/crm/v3/objects/contacts",), False),
    "hubspot-lists": ("hubspot/crm-lists-v3.json", ("/crm/v3/lists",), False),
}
BURST_AND_STEADY = ("burst", "steady")


def available(name: str) -> bool:
    """Whether the specification is on this machine."""
    return (FOLDER / FILES[name][0]).exists()


def needs(name: str) -> pytest.MarkDecorator:
    """Mark a test that makes no sense without the specification."""
    return pytest.mark.skipif(not available(name), reason=_needed(name))


def valid_against(name: str, received: Received) -> None:
    """Fail unless the request is one of the specification's: method, path, query, headers, security and body.

    Names that the specification does not know, in the query or in an object whose names it tells, are mistakes too.
    The test is skipped where the specification is not at hand.
    """
    if not available(name):
        pytest.skip(_needed(name))
    request = _AsSpecified(received, _server(name))
    try:
        _specification(name).validate_request(request)
    except OpenAPIError as mistake:
        pytest.fail(f"{received.method} {received.path} is not as specified: {' <- '.join(_causes(mistake))}")
    named = _names(name, received.method, request.template)
    if unknown := set(received.params) - named["query"]:
        pytest.fail(f"{received.method} {received.path} asks with {sorted(unknown)}, which the specification lacks")
    if missing := named["header"] - set(received.headers):
        pytest.fail(f"{received.method} {received.path} came without the headers {sorted(missing)}")


def klaviyo_rate_limits() -> dict[tuple[str, str], tuple[int, int]]:
    """How often Klaviyo allows each call, a second and a minute, by method and path with `{}` for an id."""
    return {
        (method.upper(), re.sub(r"{\w+}", "{}", path)): tuple(
            int(limits[each].split("/")[0]) for each in BURST_AND_STEADY
        )
        for path, item in _content("klaviyo")["paths"].items()
        for method, operation in item.items()
        if (limits := operation.get("x-klaviyo-ratelimit"))
    }


def _needed(name: str) -> str:
    file = FILES[name][0]
    return f"needs ../shared/specs/{file}, or SEGCAST_SPECIFICATIONS=folder with it: the platform's own specification"


class _AsSpecified:
    """A recorded request as openapi-core reads it, as if it had gone to the specification's own server."""

    def __init__(self, received: Received, server: str) -> None:
        self.host_url, self.path, self.method = server, received.path, received.method.lower()
        self.content_type = received.headers.get("content-type", "")
        self.body = received.body or None
        self.parameters = _Parameters(
            query=ImmutableMultiDict(received.params),
            header=Headers(dict(received.headers)),
            cookie=ImmutableMultiDict(),
        )

    @property
    def template(self) -> str:
        """The path as the specification writes it."""
        path = self.path
        for name, value in self.parameters.path.items():
            path = path.replace(f"/{value}", f"/{{{name}}}", 1)
        return path


class _Parameters(RequestParameters):
    """The library fills in `path` when it has found the operation."""


@cache
def _content(name: str) -> dict[str, Any]:
    """The specification, without the paths that nobody calls: reading all of Klaviyo's takes long."""
    file, beginnings, secured = FILES[name]
    whole = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    paths = {path: item for path, item in whole["paths"].items() if path.startswith(beginnings)}
    return _open({**whole, "paths": paths if secured else {path: _unsecured(item) for path, item in paths.items()}})


def _unsecured(item: dict[str, Any]) -> dict[str, Any]:
    return {method: {**operation, "security": []} for method, operation in item.items()}


def _open(part: Any) -> Any:
    """The part of a specification in which an object without names of its own may have any."""
    match part:
        case {"type": "object", **rest} if not {"properties", "allOf", "oneOf", "anyOf"} & rest.keys():
            return {"additionalProperties": True, **part}
        case dict():
            return {key: _open(value) for key, value in part.items()}
        case list():
            return [_open(value) for value in part]
    return part


@cache
def _specification(name: str) -> OpenAPI:
    config = Config(spec_validator_cls=None, additional_properties_default_policy="forbid")
    return OpenAPI.from_dict(_content(name), config=config)


def _server(name: str) -> str:
    return _content(name)["servers"][0]["url"]


def _names(name: str, method: str, template: str) -> dict[str, set[str]]:
    """The names that the operation may be asked with, and the headers that it must come with, in lower case.

    The library takes a required header that has a default for given.
    """
    told = _content(name)["paths"][template][method.lower()].get("parameters", ())
    return {
        "query": {each["name"] for each in told if each["in"] == "query"},
        "header": {each["name"].lower() for each in told if each["in"] == "header" and each.get("required")},
    }


def _causes(mistake: BaseException | None) -> Iterator[str]:
    """The mistake and what led to it, each with its details; the first words alone say little."""
    while mistake is not None:
        details = "; ".join(each.message for each in getattr(mistake, "schema_errors", ()))
        yield f"{mistake} {details}".strip()
        mistake = mistake.__cause__
