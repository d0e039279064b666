"""The secrets of destinations, which rest in the environment and nowhere else."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pipeline.errors import SettingsError
from pipeline.settings.destinations import AnyDestination

NAMED_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "files": ("access_key", "secret_key"),
        "postgres": ("url",),
        "klaviyo": ("api_key",),
        "mailchimp": ("api_key",),
        "hubspot": ("token",),
        "braze": ("api_key",),
        "webhook": ("secret",),
    }
)
"""The settings that name a variable with a secret, by what a destination is; one that has none is not listed."""


def secrets_of(settings: AnyDestination, environ: Mapping[str, str]) -> dict[str, str]:
    """Return a destination's secrets by setting; SettingsError for the first that is not in the environment."""
    for sentence in missing(settings, environ):
        raise SettingsError(sentence)
    return {setting: environ[variable].strip() for setting, variable in _variables(settings)}


def missing(settings: AnyDestination, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each secret that is not in the environment: what was expected, where, and what to do."""
    for setting, variable in _variables(settings):
        found = environ.get(variable)
        if not (found and found.strip()):
            state = "is not set" if found is None else "is empty"
            yield (
                f"Expected the {setting} of destination {settings.name} in the environment variable {variable}, which "
                f"{state}. Try setting it where segcast runs, or correcting {setting} in segcast.toml."
            )


def _variables(settings: AnyDestination) -> Iterator[tuple[str, str]]:
    for setting in NAMED_BY.get(settings.to, ()):
        variable = getattr(settings, setting)
        if variable is not None:
            yield setting, variable
