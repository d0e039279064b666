"""Which keys `segcast.toml` knows at a place, and where else a key would belong."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import get_args

from pydantic import BaseModel

from pipeline.errors import did_you_mean
from pipeline.settings.audiences import FrequencyCap
from pipeline.settings.destinations import KINDS
from pipeline.settings.shop import Settings, TaskSettings
from pipeline.settings.sources import AnySource

Location = tuple[int | str, ...]
"""Where pydantic found a mistake: the keys that lead there, after a list's position the kind of what stands there."""

SOURCES: Mapping[str, type[BaseModel]] = MappingProxyType(
    {get_args(kind.model_fields["format"].annotation)[0]: kind for kind in get_args(AnySource)}
)
SECTIONS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }
)


def hint_for(location: Location) -> str:
    """Return a sentence that says which key may be meant at a location, empty when none comes near.

    The keys of the same table come first; a key that another table has under that very name belongs there.
    """
    key = str(location[-1])
    near = did_you_mean(key, _keys_at(location))
    if near:
        return near
    homes = [name for name, model in SECTIONS.items() if key in _keys(model)]
    return f" It belongs under [{homes[0]}]." if homes else ""


def _keys_at(location: Location) -> tuple[str, ...]:
    model: type[BaseModel] | None = None
    match location:
        case ("destinations", int(), str(kind), _):
            model = KINDS.get(kind)
        case ("sources", int(), str(kind), _):
            model = SOURCES.get(kind)
        case ("tasks", _, _):
            model = TaskSettings
        case ("audiences", "frequency_cap", *_, _):
            model = FrequencyCap
        case (str(section), _):
            model = SECTIONS.get(section)
        case (_,):
            model = Settings
    return _keys(model) if model else ()


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(_names(model))


def _names(model: type[BaseModel]) -> Iterator[str]:
    """Yield the keys of a model as the file writes them."""
    yield from (field.alias or name for name, field in model.model_fields.items())
