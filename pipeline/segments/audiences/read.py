"""The audiences of a project: one for each segment, and those of its own file."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pipeline.errors import SettingsError, did_you_mean
from pipeline.segments.audiences.audience import Audience
from pipeline.segments.segment import Segment
from pipeline.segments.yaml_lines import At, Keys, lines_of
from pipeline.segments.yaml_list import entries, sentence
from pipeline.settings.audiences import AudienceSettings, FrequencyCap

OF_CLUSTERS = "cluster_"
"""How the names of segments begin that are there as long as the clusters are."""
DEFAULTS = AudienceSettings()


def load_audiences(
    path: Path, segments: Sequence[Segment], defaults: AudienceSettings = DEFAULTS, *, broken: Collection[str] = ()
) -> tuple[Audience, ...]:
    """Return an audience a segment, with the audiences of `path` added, or in the place of those of the same name.

    Without the file, there is an audience a segment. One that names no `exclude` leaves out whom its segments do.
    `broken` are names of segments that make no sense and may still be named. Raises SettingsError with the file's name
    and line, the audience's name, and the nearest known name for one not known.
    """
    usual = {segment.name: _of_segment(segment, defaults) for segment in segments}
    by_name = {segment.name: segment for segment in segments}
    given = enumerate(_entries(path), 1)
    at = lines_of(path)
    own = [_audience(_as_segments_do(entry, by_name), at, number, defaults) for number, entry in given]
    for number, audience in enumerate(own, 1):
        _check(audience, by_name, broken, partial(at, number))
    return tuple({**usual, **{audience.name: audience for audience in own}}.values())


def _entries(path: Path) -> list[dict[str, Any]]:
    return entries(path, "audience") if path.exists() else []


def _of_segment(segment: Segment, defaults: AudienceSettings) -> Audience:
    return Audience(
        **_keeping_to(defaults),
        name=segment.name,
        title=segment.title,
        include=(segment.name,),
        exclude=segment.exclude,
        owner=segment.owner,
    )


def _as_segments_do(entry: dict[str, Any], segments: Mapping[str, Segment]) -> dict[str, Any]:
    """Let an audience that says nothing of it leave out whom its segments leave out."""
    include = entry.get("include")
    if "exclude" in entry or not isinstance(include, list):
        return entry
    excluded = dict.fromkeys(name for one in include if one in segments for name in segments[one].exclude)
    return {**entry, "exclude": [name for name in excluded if name not in include]}


def _keeping_to(defaults: AudienceSettings) -> dict[str, Any]:
    return {name: getattr(defaults, name) for name in AudienceSettings.model_fields}


def _audience(entry: Mapping[str, Any], at: At, number: int, defaults: AudienceSettings) -> Audience:
    try:
        return Audience.model_validate({**_keeping_to(defaults), **entry})
    except ValidationError as error:
        # An unknown setting before a missing one, as it may be that misspelt.
        first = min(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        place = f"{at(number, first['loc'])}, audience {entry.get('name', number)}"
        raise SettingsError(f"{place}{_mistake(first)}") from None


def _mistake(detail: ErrorDetails) -> str:
    """Return where in an audience a mistake is, and what it is."""
    match detail["loc"]:
        case ("frequency_cap", str(setting), *_):
            return f", frequency_cap: {sentence(detail, setting, FrequencyCap.model_fields)}"
        case (setting, *_):
            return f": {sentence(detail, str(setting), Audience.model_fields)}"
    return f": {sentence(detail, '', Audience.model_fields)}"


def _check(
    audience: Audience, segments: Mapping[str, Segment], broken: Collection[str], at: Callable[[Keys], str]
) -> None:
    """Raise a SettingsError for a segment that there is not, or a list that the audience would not agree with."""
    called = f"audience {audience.name}"
    for setting, names in (("include", audience.include), ("exclude", audience.exclude)):
        for name in _unknown(names, {*segments, *broken}):
            place, hint = f"{at([setting])}, {called}, {setting}", did_you_mean(name, segments)
            raise SettingsError(f'{place}: expected a segment, got "{name}".{hint}')
    for segment in (segments[name] for name in audience.include if name in segments):
        if audience.holdout is not None and audience.holdout < segment.holdout:
            raise SettingsError(
                f"{at(['holdout'])}, {called}, holdout: expected at least {segment.holdout:g}, which segment "
                f"{segment.name} holds out itself, got {audience.holdout:g}. Try a smaller holdout in the segment."
            )


def _unknown(names: Iterable[str], known: Collection[str]) -> list[str]:
    return [name for name in names if name not in known and not name.startswith(OF_CLUSTERS)]
