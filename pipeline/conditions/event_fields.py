"""What may stand in `where`: the fields of one event."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TypeGuard

import pyarrow as pa

from pipeline.conditions import nodes
from pipeline.conditions.known import Kind
from pipeline.conditions.nodes import Node, walk
from pipeline.events.tables import EVENTS

TEXT_FIELDS = (
    "order_id", "product_id", "category", "channel", "device", "source", "campaign_id", "page", "query", "country",
)  # fmt: skip
NUMBER_FIELDS = ("amount", "discount", "quantity", "duration_seconds", "price", "hour", "weekday", "month")
EVENT_FIELDS: Mapping[str, Kind] = MappingProxyType(
    {**dict.fromkeys(TEXT_FIELDS, Kind.TEXT), **dict.fromkeys(NUMBER_FIELDS, Kind.NUMBER)},
)
"""Every field by kind; `price` is the amount over the quantity, and the last three are of the shop's calendar."""
SUMMABLE = tuple(field.name for field in EVENTS.schema if pa.types.is_decimal(field.type))
PROPERTY = "properties."
"""How the name of a column begins that stands for a property of the event."""


def fields_read(where: Node) -> dict[str, Kind]:
    """Return the fields that a condition over an event reads, by kind, each once.

    A property, under its name with `properties.` before it, is a number where it is first compared with one or
    reckoned with, otherwise a text. Names of no field are left out.
    """
    known = {**EVENT_FIELDS, **property_kinds(where)}
    names = dict.fromkeys(part.name for part in walk(where) if isinstance(part, nodes.Column))
    return {name: known[name] for name in names if name in known}


def property_kinds(where: Node) -> dict[str, Kind]:
    """Return the kind of each property that the condition reads."""
    kinds: dict[str, Kind] = {}
    for name, kind in _seen(where):
        kinds.setdefault(name, kind)
    left = {part.name: Kind.TEXT for part in walk(where) if _is_property(part)}
    return left | kinds


def _seen(where: Node) -> Iterator[tuple[str, Kind]]:
    """Yield each property beside something that tells its kind."""
    for node in walk(where):
        if isinstance(node, nodes.Arithmetic | nodes.Negative):
            yield from ((part.name, Kind.NUMBER) for part in node.parts if _is_property(part))
        elif isinstance(node, nodes.Comparison | nodes.Between | nodes.OneOf | nodes.Matches):
            beside = (kind for part in node.parts if (kind := _kind(part)) is not None)
            kind = next(beside, Kind.TEXT)
            yield from ((part.name, kind) for part in node.parts if _is_property(part))


def _kind(node: Node) -> Kind | None:
    """Return the kind that a node has whatever stands beside it, None for a property or a truth."""
    match node:
        case nodes.Arithmetic() | nodes.Negative():
            return Kind.NUMBER
        case nodes.Column():
            return EVENT_FIELDS.get(node.name)
        case nodes.Value(value=str()):
            return Kind.TEXT
        case nodes.Value(value=float()):
            return Kind.NUMBER
    return None


def _is_property(node: Node) -> TypeGuard[nodes.Column]:
    return isinstance(node, nodes.Column) and node.name.startswith(PROPERTY)
