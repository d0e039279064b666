"""What is told of customers, by name: whether the publication has it, and what the platform calls it."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import pyarrow.parquet as pq

from pipeline.errors import SettingsError, did_you_mean
from pipeline.publish.published import Publication
from pipeline.settings.destinations import BrazeDestination, MailchimpDestination, PlatformSettings

LISTS_BY_NAME = (BrazeDestination, MailchimpDestination)
"""Platforms at which a list is an attribute or a tag like any other."""

_Value = TypeVar("_Value")


def chosen(publication: Publication, settings: PlatformSettings) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Return the names of the properties, of the segments that were decided, and of those that were left out."""
    columns = pq.read_schema(publication.path / "predictions.parquet").names
    require(settings, "properties", settings.properties, set(columns) - {"customer_id"}, publication)
    decided = publication.definitions
    left_out = [entry["segment"] for entry in publication.manifest["left_out"]]
    names = (*decided, *left_out) if settings.segments is None else settings.segments
    require(settings, "segments", names, (*decided, *left_out), publication)
    both = set(names).intersection(settings.properties)
    if both:
        raise SettingsError(
            f'Destination {settings.name}: expected properties and segments of different names, got "{min(both)}" '
            "as both. Name the others under `segments`."
        )
    known = [name for name in names if name in decided]
    return settings.properties, known, [name for name in names if name not in decided]


def require(
    settings: PlatformSettings, setting: str, names: Iterable[str], known: Iterable[str], publication: Publication
) -> None:
    """Raise a SettingsError for the first name that the publication does not have."""
    for name in names:
        if name not in known:
            raise SettingsError(
                f"Destination {settings.name}: expected {setting} to name what the publication "
                f'{publication.publication_id} has, got "{name}".{did_you_mean(name, known)}'
            )


def refuse_twins(settings: PlatformSettings, told_names: Iterable[str]) -> None:
    """Raise a SettingsError where a list is the very thing that a property or a segment is told as.

    What only a name tells apart is one thing at such a platform: who is in a segment and not on the list would lose it.
    """
    taken = {name.lower() for name in told_names} if isinstance(settings, LISTS_BY_NAME) else ()
    for audience, remote in settings.lists.items():
        if remote.lower() in taken:
            raise SettingsError(
                f'Destination {settings.name}: expected a name of its own for the list of {audience}, got "{remote}", '
                "which is also told of every customer as a property or a segment. Give the list another name, such as "
                f'"contact_{audience}".'
            )


def named(settings: PlatformSettings, values: Iterable[tuple[str, _Value]]) -> dict[str, _Value]:
    """Return values by what the platform calls them, without those that have no place there."""
    called = ((settings.told_name(name), value) for name, value in values)
    return {name: value for name, value in called if name is not None}
