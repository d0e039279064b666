"""From settings to destinations, with their secrets from the environment."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.publish.destinations.braze.braze import Braze
from pipeline.publish.destinations.destination import Platform, Whole
from pipeline.publish.destinations.files.files import Files
from pipeline.publish.destinations.hubspot.hubspot import HubSpot
from pipeline.publish.destinations.klaviyo.klaviyo import Klaviyo
from pipeline.publish.destinations.mailchimp.mailchimp import Mailchimp
from pipeline.publish.destinations.pacing import Clock
from pipeline.publish.destinations.postgres.postgres import Postgres
from pipeline.publish.destinations.secrets import secrets_of
from pipeline.publish.destinations.webhook import Webhook
from pipeline.settings.destinations import (
    AnyPlatform,
    AnyWhole,
    BrazeDestination,
    FilesDestination,
    HubSpotDestination,
    KlaviyoDestination,
    MailchimpDestination,
    PostgresDestination,
    WebhookDestination,
)


def open_platform(settings: AnyPlatform, environ: Mapping[str, str], clock: Clock | None = None) -> Platform:
    """Return a platform that is ready to be told; SettingsError where a secret is missing.

    `clock` is another one where waiting is not to take time.
    """
    secret = secrets_of(settings, environ)
    match settings:
        case KlaviyoDestination():
            return Klaviyo(settings.name, secret["api_key"], settings.url, clock)
        case MailchimpDestination():
            return Mailchimp(settings, secret["api_key"], clock)
        case HubSpotDestination():
            return HubSpot(settings, secret["token"], clock)
        case BrazeDestination():
            return Braze(settings.name, secret["api_key"], settings.url, clock, bulk=settings.bulk)
        case WebhookDestination():
            return Webhook(settings, secret["secret"], clock)


def open_whole(settings: AnyWhole, environ: Mapping[str, str], folder: Path) -> Whole:
    """Return a destination of whole publications; SettingsError where a secret is missing.

    A path that is not absolute begins in the project's `folder`.
    """
    secret = secrets_of(settings, environ)
    match settings:
        case FilesDestination():
            return Files(settings, folder, secret.get("access_key"), secret.get("secret_key"))
        case PostgresDestination():
            return Postgres(settings, secret["url"])
