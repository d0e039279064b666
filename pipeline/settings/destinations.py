"""The settings of destinations: where a publication goes, and what of it; secrets by the names of their variables."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from pipeline.settings.values import Distinct, Frozen

EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
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
    endpoint: str | None = None
    access_key: EnvironmentName | None = None
    secret_key: EnvironmentName | None = None
    keep: int | None = Field(default=None, ge=1)


class PostgresDestination(DestinationSettings):
    """Tables of a Postgres database: what holds now, and its history. `url` names an environment variable."""

    to: Literal["postgres"]
    url: EnvironmentName
    schema_name: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,62}$")] = Field(
        "segcast", alias="schema"
    )


class PlatformSettings(DestinationSettings):
    """What every marketing platform can say.

    Only customers who agreed to `consent` are told of. Of each go `properties`, columns of the predictions, and whether
    they are in each of `segments` (all by default), named with `prefix`. `lists` are audiences, each with the id of the
    list that holds those to be contacted.
    """

    consent: Purpose = "email"
    properties: Distinct = USUAL_PROPERTIES
    segments: Distinct | None = None
    prefix: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,20}$")] = "segcast_"
    lists: dict[str, str] = Field(default={})


class KlaviyoDestination(PlatformSettings):
    """Klaviyo. `api_key` names the environment variable with a private key."""

    to: Literal["klaviyo"]
    api_key: EnvironmentName
    url: str = "https://a.klaviyo.com"


class MailchimpDestination(PlatformSettings):
    """Mailchimp. `audience` is the id of the audience there; `merge_fields` gives a property its merge tag."""

    to: Literal["mailchimp"]
    api_key: EnvironmentName
    audience: str
    merge_fields: dict[str, Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,10}$")]] = Field(default={})
    url: str | None = None


class HubSpotDestination(PlatformSettings):
    """HubSpot. `token` names the environment variable with a private app's token."""

    to: Literal["hubspot"]
    token: EnvironmentName
    url: str = "https://api.hubapi.com"


class BrazeDestination(PlatformSettings):
    """Braze. `url` is the REST endpoint of the instance, such as `https://rest.fra-01.braze.eu`."""

    to: Literal["braze"]
    api_key: EnvironmentName
    url: str


class WebhookDestination(PlatformSettings):
    """Any address that takes signed JSON. `secret` names the environment variable with the key of the signature."""

    to: Literal["webhook"]
    url: str
    secret: EnvironmentName
    address: bool = False


AnyPlatform = KlaviyoDestination | MailchimpDestination | HubSpotDestination | BrazeDestination | WebhookDestination
AnyDestination = FilesDestination | PostgresDestination | AnyPlatform
Destination = Annotated[AnyDestination, Field(discriminator="to")]
