"""What is held of customers, as texts that are equal where the content is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.publish.destinations.destination import MEMBER, Kept, Part, Row
from pipeline.publish.plain import Json

UNKNOWN: Json = []  # equal to nothing that is ever wanted
UNKNOWN_TRUTH: Json = [False]  # the same of true or false


@dataclass(frozen=True)
class Entries:
    """What is held of customers in order of their ids: the JSON array of each one's values, and its names' place."""

    customer_ids: Sequence[str]
    shape_ids: Sequence[int]
    texts: Sequence[str]
    shapes: Mapping[int, Sequence[str]]

    def values(self, place: int) -> dict[str, Json]:
        """Return what is held of the customer at a place, without what is held as nothing."""
        return named(self.shapes[self.shape_ids[place]], self.texts[place])


def named(names: Sequence[str], text: str) -> dict[str, Json]:
    """Return the values of a JSON array by their names, without null."""
    return {name: value for name, value in zip(names, from_text(text), strict=True) if value is not None}


def as_text(value: object) -> str:
    """Return JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Any:  # noqa: ANN401 - whatever was written
    """Return what `as_text` wrote."""
    return json.loads(text)


def shape_of(values: Mapping[str, Json], names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names under which values are written: `names` where these suffice, so that equal content is equal."""
    others = [name for name in values.keys() - set(names) if values[name] is not None]
    return tuple(sorted({*names, *others})) if others else names


def takes_back(part: Part, row: Row) -> bool:
    """Say whether nothing of a customer is left in a part once a row was taken."""
    return row.is_withdrawal or (part.kept is Kept.LIST and row.values.get(MEMBER) is False)


def after(part: Part, held: Mapping[str, Json] | None, row: Row) -> dict[str, Json] | None:
    """Return what a platform holds of a customer in a part once it took a row, None for nothing."""
    if takes_back(part, row):
        return None
    return {**(held or {}), **row.values}


def in_doubt(held: Mapping[str, Json] | None, row: Row) -> dict[str, Json]:
    """Return what a platform holds of a customer when nobody knows whether it took a row: its values are unknown."""
    before = held or {}
    return {**before, **{name: _unknown(before.get(name), value) for name, value in row.values.items()}}


def known(held: Mapping[str, Json], names: Iterable[str]) -> dict[str, Json]:
    """Return what is held under the names, null for nothing and for what nobody knows."""
    return {name: None if held.get(name) in (UNKNOWN, UNKNOWN_TRUTH) else held.get(name) for name in names}


def differing(wanted: Mapping[str, Json], held: Mapping[str, Json], kept: frozenset[str]) -> dict[str, Json]:
    """Return the values that are to change, null for what is to be taken away; those of `kept` stay as they are."""
    changed = {name: value for name, value in wanted.items() if not _same(value, held.get(name))}
    gone = held.keys() - wanted.keys() - kept
    return dict(sorted({**changed, **dict.fromkeys(gone)}.items()))


def taken_back(part: Part, held: Mapping[str, Json]) -> dict[str, Json]:
    """Return the values that leave nothing of what is held: off the list, properties null, and true becomes false."""
    if part.kept is Kept.LIST:
        return {MEMBER: False}
    cleared = {name: False if _is_truth(value) else None for name, value in held.items()}
    return {name: value for name, value in sorted(cleared.items()) if value is not held[name]}


def _unknown(*values: Json) -> Json:
    return UNKNOWN_TRUTH if any(map(_is_truth, values)) else UNKNOWN


def _is_truth(value: Json) -> bool:
    return isinstance(value, bool) or value == UNKNOWN_TRUTH


def _same(one: Json, other: Json) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
