"""A condition with some of its parts replaced."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from pipeline.conditions.nodes import Node


def swapped(node: Node, by: Mapping[Node, Node]) -> Node:
    """Return the node with every part that is a key of `by` replaced by what that gives."""
    if node in by:
        return by[node]
    return replace(node, **{field.name: _swapped(getattr(node, field.name), by) for field in fields(node)})


def _swapped(value: Any, by: Mapping[Node, Node]) -> Any:  # noqa: ANN401 - whatever a field of a node holds
    match value:
        case Node():
            return swapped(value, by)
        case tuple():
            return tuple(_swapped(part, by) for part in value)
    return value
