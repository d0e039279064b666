"""The settings of destinations: where a publication goes, and what of it; secrets by the names of their variables."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from pipeline.settings.values import Distinct, Frozen


def _name_of_a_variable(text: str) -> str:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", text):
        # What was written may be the secret itself: it is not repeated.
        raise ValueError(
            "expected the name of an environment variable in capital letters, such as KLAVIYO_API_KEY, got something "
            "else. The secret itself belongs into that variable, not into this file."
        )
    return text


def _endpoint(text: str) -> str:
    """Take an address with or without encryption, such as an S3's in the shop's own network."""
    if not re.fullmatch(r"https?://[^\s@]+", text) or not _has_a_host(text):
        raise ValueError(
            "expected an address that begins with https:// and names no user or password, got something else."
        )
    return text


def _address(text: str) -> str:
    """Take an address to which a key and customers' data may go: encrypted, or no further than this machine."""
    _endpoint(text)
    if not text.startswith("https://") and not _is_here(urlsplit(text).hostname or ""):
        raise ValueError(
            "expected an address that begins with https://, or with http:// for this machine itself, got one to which "
            "everything would go unencrypted."
        )
    return text


def _has_a_host(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _lists_of_their_own(lists: dict[str, str]) -> dict[str, str]:
    by_remote: dict[str, str] = {}
    for audience, remote in lists.items():
        if not remote.strip():
            raise ValueError(f"expected the platform's id of the list of {audience}, got an empty text.")
        if remote in by_remote:
            raise ValueError(
                f'expected a list of its own for each audience, got "{remote}" for {by_remote[remote]} and {audience}, '
                "of which one would undo what the other does."
            )
        by_remote[remote] = audience
    return lists


def _told_apart_at_mailchimp(names: dict[str, str]) -> dict[str, str]:
    """Refuse two names of which Mailchimp would make one, as upper case is nothing to it."""
    keys: dict[str, str] = {}
    for key, name in names.items():
        other = keys.setdefault(name.strip().casefold(), key)
        if other != key:
            raise ValueError(
                f'expected a name of its own for each, got "{names[other]}" for {other} and "{name}" for {key}, '
                "which are the same to Mailchimp."
            )
    return names


EnvironmentName = Annotated[str, AfterValidator(_name_of_a_variable)]
Url = Annotated[str, AfterValidator(_address)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
DestinationName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
SchemaName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
Purpose = Literal["email", "sms", "push"]

USUAL_PROPERTIES = (
    "churn_probability",
    "churn_band",
    "value_at_stake",
    "purchase_probability",
    "expected_spend",
    "expected_next_order_at",
    "cluster",
    "churn_reason_1",
)


class DestinationSettings(Frozen):
    """What every destination can say: `name` is how commands call it."""

    name: DestinationName


class FilesDestination(DestinationSettings):
    """A copy of each publication in a folder or under an S3 URL, such as `s3://bucket/folder?region=eu-west-1`.

    `files` are patterns of the files that go; all of them by default. `access_key` and `secret_key` name environment
    variables; left out, the usual ones of AWS are read. `endpoint` is the address of an S3 that is not Amazon's.
    `keep` is how many publications stay there, all by default.
    """

    to: Literal["files"]
    path: str
    files: Distinct = ("*",)
    endpoint: Endpoint | None = None
    access_key: EnvironmentName | None = None
    secret_key: EnvironmentName | None = None
    keep: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _has_both_keys_or_none(self) -> Self:
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("expected access_key and secret_key together, got one of them without the other.")
        return self


class PostgresDestination(DestinationSettings):
    """Tables of a Postgres database: what holds now, and its history. `url` names an environment variable."""

    to: Literal["postgres"]
    url: EnvironmentName
    schema_name: SchemaName = Field("segcast", alias="schema")


class PlatformSettings(DestinationSettings):
    """What every marketing platform can say.

    Only customers who agreed to `consent` are told of. Of each go `properties`, columns of the predictions, and whether
    they are in each of `segments` (all by default), named with `prefix`. `lists` are audiences, each with the id of the
    list that holds those to be contacted, which is to hold nobody else.
    """

    consent: Purpose = "email"
    properties: Distinct = USUAL_PROPERTIES
    segments: Distinct | None = None
    prefix: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,20}$")] = "segcast_"
    lists: Annotated[dict[str, str], AfterValidator(_lists_of_their_own)] = Field(default={})

    def told_name(self, name: str) -> str | None:
        """Return what a property or segment is called at the platform; None where it has no place there."""
        return self.prefix + name


class KlaviyoDestination(PlatformSettings):
    """Klaviyo. `api_key` names the environment variable with a private key."""

    to: Literal["klaviyo"]
    api_key: EnvironmentName
    url: Url = "https://a.klaviyo.com"


class MailchimpDestination(PlatformSettings):
    """Mailchimp, which knows people by e-mail address.

    `audience` is the id of the audience there; `merge_fields` gives a property its merge tag.
    """

    to: Literal["mailchimp"]
    consent: Literal["email"] = "email"
    api_key: EnvironmentName
    audience: str
    merge_fields: Annotated[
        dict[str, Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,10}$")]],
        AfterValidator(_told_apart_at_mailchimp),
    ] = Field(default={})
    lists: Annotated[dict[str, str], AfterValidator(_lists_of_their_own), AfterValidator(_told_apart_at_mailchimp)] = (
        Field(default={})
    )
    url: Url | None = None

    def told_name(self, name: str) -> str | None:
        """Name a property by its merge tag, `*|RISK|*` as Mailchimp writes it, None without one; a segment as a tag."""
        if name in self.properties:
            return f"*|{self.merge_fields[name]}|*" if name in self.merge_fields else None
        return super().told_name(name)


class HubSpotDestination(PlatformSettings):
    """HubSpot, which knows people by e-mail address. `token` names the variable with a private app's token."""

    to: Literal["hubspot"]
    consent: Literal["email"] = "email"
    token: EnvironmentName
    url: Url = "https://api.hubapi.com"


class BrazeDestination(PlatformSettings):
    """Braze. `url` is the REST endpoint of the instance, such as `https://rest.fra-01.braze.eu`.

    `bulk` sends up to 1,000 people at once, where Braze has opened that to the shop.
    """

    to: Literal["braze"]
    api_key: EnvironmentName
    bulk: bool = False
    url: Url


class WebhookDestination(PlatformSettings):
    """Any address that takes signed JSON. `secret` names the environment variable with the key of the signature."""

    to: Literal["webhook"]
    url: Url
    secret: EnvironmentName
    address: bool = False


AnyWhole = FilesDestination | PostgresDestination
AnyPlatform = KlaviyoDestination | MailchimpDestination | HubSpotDestination | BrazeDestination | WebhookDestination
AnyDestination = AnyWhole | AnyPlatform
Destination = Annotated[AnyDestination, Field(discriminator="to")]


def _by_what_to_says(kinds: object) -> Mapping[str, type[DestinationSettings]]:
    return MappingProxyType({get_args(kind.model_fields["to"].annotation)[0]: kind for kind in get_args(kinds)})


WHOLE = tuple(_by_what_to_says(AnyWhole))
"""What `to` says of those that take over whole publications."""
KINDS = _by_what_to_says(AnyDestination)
"""What a destination can be, by what `to` says."""


def _named_apart(destinations: tuple[AnyDestination, ...]) -> tuple[AnyDestination, ...]:
    names = [one.name for one in destinations]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ValueError(f'expected a name of its own for each destination, got "{name}" twice.')
    return destinations


Destinations = Annotated[tuple[Destination, ...], AfterValidator(_named_apart)]
