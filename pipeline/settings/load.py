"""Reading `segcast.toml`, and saying in one sentence what is wrong with it."""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from pipeline.errors import SettingsError, did_you_mean
from pipeline.settings.audiences import AudienceSettings, FrequencyCap
from pipeline.settings.destinations import KINDS
from pipeline.settings.money import MoneySettings
from pipeline.settings.publications import PublicationSettings
from pipeline.settings.shop import (
    FeatureSettings,
    PrivacySettings,
    Settings,
    ShopSettings,
    TaskSettings,
    TrainingSettings,
)
from pipeline.settings.sources import FORMATS, AnySource

SETTINGS_FILE = "segcast.toml"
DESTINATIONS = "destinations"


def load_settings(project: Path) -> Settings:
    """Read `segcast.toml` in the project folder; SettingsError names the place and the nearest valid key."""
    path = project / SETTINGS_FILE
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SettingsError(
            f"Expected {SETTINGS_FILE} in {project}, found none. Try `segcast init --project {project}`."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
    except ValidationError as error:
        raise SettingsError(f"{path}: {_sentence(error)}") from error


def _sentence(error: ValidationError) -> str:
    # A misspelt key is reported before the required one that it was meant to be.
    first = min(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    place = _place(first["loc"])
    match first["type"]:
        case "extra_forbidden":
            hint = did_you_mean(str(first["loc"][-1]), _setting_names(first["loc"]))
            return f'there is no setting "{place}".{hint}'
        case "missing":
            return f'the setting "{place}" is required and missing.'
        case "value_error":
            return f'"{place}": {first["ctx"]["error"]}'
        case "union_tag_not_found":
            return f'the setting "{place}.{_told_apart_by(first["loc"])}" is required and missing.'
        case "union_tag_invalid":
            what, known = _kinds(first["loc"])
            given = str(first["ctx"]["tag"])
            return f'"{place}": expected {what} of {", ".join(known)}, got "{given}".{did_you_mean(given, known)}'
        case _:
            return f'"{place}": {first["msg"]}, got {first["input"]!r}.'


def _kinds(location: tuple[int | str, ...]) -> tuple[str, Sequence[str]]:
    return ("a destination", tuple(KINDS)) if location[0] == DESTINATIONS else ("a format", FORMATS)


def _told_apart_by(location: tuple[int | str, ...]) -> str:
    return "to" if location[0] == DESTINATIONS else "format"


def _place(location: tuple[int | str, ...]) -> str:
    """Write a location as it stands in the file: `sources[1].columns.amount`, first of its kind counted as 1."""
    parts = [part for part in location if part != "[key]"]  # pydantic's word for a key that is itself at fault
    if parts[:1] in (["sources"], [DESTINATIONS]):
        del parts[2:3]  # the kind's name, which is no key of the file
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def _setting_names(location: tuple[int | str, ...]) -> Iterator[str]:
    """Yield the keys that may be meant at a place: those of a destination of that kind, else any that there is."""
    match location:
        case (section, int(), str(kind), _) if section == DESTINATIONS and kind in KINDS:
            yield from (field.alias or name for name, field in KINDS[kind].model_fields.items())
            return
    shop = (Settings, ShopSettings, FeatureSettings, TaskSettings, TrainingSettings, PrivacySettings, MoneySettings)
    for model in (*shop, PublicationSettings, AudienceSettings, FrequencyCap, *get_args(AnySource)):
        yield from model.model_fields
