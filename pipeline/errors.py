"""Every error that Segcast raises on purpose, and the nearest known name for a misspelt one."""

from collections.abc import Iterable
from difflib import get_close_matches


class SegcastError(Exception):
    """The root of all of them: one sentence with what was expected, what came and what to try."""


class UserError(SegcastError):
    """The input is at fault, not the program: the command line exits with 2."""


class SettingsError(UserError):
    """`segcast.toml` or `segments.yaml` cannot be read as settings."""


class SourceError(UserError):
    """A source's file is missing, unreadable or lacks a column."""


class StoreError(UserError):
    """The event log does not hold what was asked of it."""


class ConditionError(UserError):
    """A condition cannot be parsed, or names what does not exist."""


class FeatureError(UserError):
    """A feature is unknown, or was asked for at an impossible moment."""


class NotEnoughDataError(UserError):
    """Too few customers or outcomes to learn from; rules still work."""


class ModelError(UserError):
    """A model is missing, or its artefact does not belong to this version."""


class PublicationError(UserError):
    """A publication is missing, incomplete or cannot be written."""


class DestinationError(UserError):
    """A destination is out of reach, does not accept the key, or cannot take what it was given."""


class BatchRefusedError(DestinationError):
    """A destination refuses a batch as a whole, because of some of its rows or all."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean "x"?` for the known name nearest to `name`, or an empty string when none is near."""
    nearest = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f' Did you mean "{nearest[0]}"?' if nearest else ""
