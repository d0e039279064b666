"""A segment's condition taken apart for one customer: every value that it reads, and every comparison."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from features.catalogue import describe
from features.vocabulary import Vocabulary
from flows.counting import unit
from models.tasks import Task, TaskKind
from pipeline.conditions import nodes
from pipeline.conditions.nodes import Column, Compared, Node, walk
from pipeline.conditions.questions import EventCall, asked, text_of
from pipeline.events.engine import connect
from pipeline.publish.dictionary import meaning_of
from pipeline.publish.meanings import CURRENCY
from pipeline.segments.deciding import reading_of
from pipeline.segments.facts import Facts
from pipeline.segments.segment import Segment

JOINED = (nodes.All, nodes.Any, nodes.Not)
NUMBERS_OF_EVENTS: Mapping[str, str] = {"count": "events", "sum": "of their field"}


@dataclass(frozen=True)
class Read:
    """One value that a condition reads: null where there is none; `unit` is empty where it has none."""

    name: str
    value: Any
    unit: str


@dataclass(frozen=True)
class Comparison:
    """One comparison of a condition, by its text: whether it was so, null where that cannot be said."""

    says: str
    holds: bool | None


def values_read(segment: Segment, facts: Facts, place: int, units: Mapping[str, str]) -> tuple[Read, ...]:
    """Return what the segment's conditions read of the customer at a place, each once, in reading order."""
    wanted = [node for condition in segment.conditions for node in walk(condition) if _is_read(node)]
    values = _values(segment, dict.fromkeys(wanted), facts, place)
    return tuple(Read(text_of(node), value, _unit(node, units)) for node, value in values.items())


def comparisons(segment: Segment, condition: Node, facts: Facts, place: int) -> tuple[Comparison, ...]:
    """Return each comparison of one of the segment's conditions for the customer at a place, in reading order."""
    values = _values(segment, dict.fromkeys(_leaves(condition)), facts, place)
    return tuple(Comparison(text_of(node), None if value is None else bool(value)) for node, value in values.items())


def units_of(vocabulary: Vocabulary, predicted: Iterable[str], tasks: Iterable[Task]) -> dict[str, str]:
    """Return what the values of every feature and prediction count; an amount is money or, of a count, without unit."""
    told = {name: meaning_of("predictions.parquet", name).unit for name in predicted}
    amounts = {task.prediction: _of_amount(task) for task in tasks if task.kind is TaskKind.AMOUNT}
    return {**told, **amounts, **{feature.name: feature.unit for feature in describe(vocabulary)}}


def _of_amount(task: Task) -> str:
    return CURRENCY if unit(task) == "money" else ""


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, JOINED):
        for part in node.parts:
            yield from _leaves(part)
    else:
        yield node


def _is_read(node: Node) -> bool:
    return isinstance(node, Column | Compared) or node in asked(node)


def _values(segment: Segment, wanted: Mapping[Node, None], facts: Facts, place: int) -> dict[Node, Any]:
    """Work out parts of the conditions for everybody, as a percentile is among all, and return one customer's."""
    reading = reading_of(segment.conditions, facts)
    engine = connect("UTC")
    try:
        names = {f"value_{number}": reading.value(node) for number, node in enumerate(wanted)}
        found = reading.run(names, engine) if names else {}
    finally:
        engine.disconnect()
    return {node: _plain(values[place]) for node, values in zip(wanted, found.values(), strict=True)}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    match value:
        case np.datetime64():
            return None if np.isnat(value) else datetime.fromisoformat(f"{value.astype('datetime64[us]')}+00:00")
        case float() | np.floating() if np.isnan(value):
            return None
        case np.generic():
            return value.item()
        case np.ndarray():
            return value.tolist()
    return value


def _unit(node: Node, units: Mapping[str, str]) -> str:
    match node:
        case Column():
            return units.get(node.name, "")
        case nodes.Percentile():
            return "percentile"
        case nodes.Rank():
            return "place"
        case EventCall():
            return NUMBERS_OF_EVENTS.get(node.function, "")
    return ""
