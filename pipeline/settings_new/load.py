"""The settings of a project folder: `segcast.toml`, typed, frozen, unknown keys refused."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from pipeline.errors import SettingsError, did_you_mean

SETTINGS_FILE = "segcast.toml"


def parse_duration(text: object) -> timedelta:
    """Read whole days as "90 days" or "90d"; a `timedelta` passes through. Raises ValueError on anything else."""
    if isinstance(text, timedelta):
        return text
    matched = re.fullmatch(r"\s*(\d{1,5})\s*(?:d|days?)\s*", str(text))
    if matched is None or int(matched[1]) == 0:
        raise ValueError(f'expected a number of days such as "90 days", got "{text}".')
    return timedelta(days=int(matched[1]))


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(
            f'expected a time zone such as "Europe/London", got "{name}".{did_you_mean(name, available_timezones())}'
        )
    return name


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
TimeZone = Annotated[str, AfterValidator(_known_time_zone)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShopSettings(_Settings):
    """Who the shop is, what day it is there, and what its money is called."""

    name: str
    time_zone: TimeZone = "UTC"
    currency: Currency = "EUR"


class ColumnsSource(_Settings):
    """Any CSV or Parquet file, its columns named one by one: `columns` maps ours to the file's."""

    format: Literal["columns"]
    name: str
    files: str
    table: Literal["events", "customers", "consents"] = "events"
    columns: dict[str, str]
    constants: dict[str, str] = {}
    time_format: str | None = None
    time_zone: TimeZone | None = None


class OrderLinesSource(_Settings):
    """A file with one row an order line, from which orders, items and refunds are made."""

    format: Literal["order_lines"]
    name: str
    files: str
    columns: dict[str, str]
    refund_prefix: str | None = None
    product_pattern: str | None = None
    time_format: str | None = None
    time_zone: TimeZone | None = None


Source = Annotated[ColumnsSource | OrderLinesSource, Field(discriminator="format")]


class TaskSettings(_Settings):
    """What to predict, about whom, and how far ahead; what is left out keeps the built-in task's value."""

    population: str | None = None
    target: str | None = None
    horizon: Duration | None = None


class TrainingSettings(_Settings):
    """How many past cut-offs are stacked, how far apart, and the seed of everything drawn at random."""

    cut_offs: int = Field(default=6, ge=1, le=60)
    every: Duration = timedelta(days=30)
    seed: int = 0


class Settings(_Settings):
    """The whole of `segcast.toml`."""

    shop: ShopSettings
    sources: tuple[Source, ...] = ()
    tasks: dict[str, TaskSettings] = {}
    training: TrainingSettings = TrainingSettings()


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
            return f'there is no setting "{place}".{did_you_mean(str(first["loc"][-1]), _setting_names())}'
        case "missing":
            return f'the setting "{place}" is required and missing.'
        case "value_error":
            return f'"{place}": {first["ctx"]["error"]}'
        case "union_tag_invalid":
            known = ("columns", "order_lines")
            given = str(first["ctx"]["tag"])
            return f'"{place}": expected a format of {" or ".join(known)}, got "{given}".{did_you_mean(given, known)}'
        case _:
            return f'"{place}": {first["msg"]}, got {first["input"]!r}.'


def _place(location: tuple[int | str, ...]) -> str:
    """Write a location as it stands in the file: `sources[1].columns.amount`, first of its kind counted as 1."""
    parts = list(location)
    if parts[:1] == ["sources"]:
        del parts[2:3]  # the format's name, which is no key of the file
    return "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def _setting_names() -> Iterator[str]:
    for model in (Settings, ShopSettings, ColumnsSource, OrderLinesSource, TaskSettings, TrainingSettings):
        fields: Mapping[str, object] = model.model_fields
        yield from fields
