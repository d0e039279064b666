"""From conditions to a truth a customer and segment, all segments of a layer in one query."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.backends.duckdb import Backend

from pipeline.conditions.compile import compile_condition
from pipeline.conditions.nodes import Bucket, Column, Compared, Node, walk
from pipeline.events.engine import connect
from pipeline.segments.facts import Facts
from pipeline.segments.segment import Segment
from pipeline.segments.stays import Truths
from pipeline.segments.swap import swapped

PLACE = "_place"
ALONE: Mapping[str, npt.NDArray[Any]] = MappingProxyType({})


@dataclass(frozen=True)
class Decided:
    """Of each segment, by name, who is a member; and every percentile and rank that was read, null as NaN."""

    members: Mapping[str, Truths]
    compared: Mapping[Node, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class Reading:
    """Rows of all that some conditions read, a customer each."""

    rows: ibis.Table
    answers: Mapping[Node, ibis.Value]
    moment: datetime

    def value(self, node: Node) -> ibis.Value:
        """Return the value of a condition, or of a part of it, over the rows."""
        return compile_condition(node, self.rows, self.answers, self.moment)

    def run(self, values: Mapping[str, ibis.Value], engine: Backend) -> dict[str, npt.NDArray[Any]]:
        """Return values in the order of the customers, which no query keeps by itself."""
        table = engine.to_pyarrow(self.rows.select(PLACE, **values))
        places = table[PLACE].to_numpy()
        return {name: _placed(table[name].to_numpy(), places) for name in values}


def reading_of(conditions: Iterable[Node], facts: Facts, beside: Mapping[str, npt.NDArray[Any]] = ALONE) -> Reading:
    """Return the rows that conditions read and columns `beside` them: what nobody reads would only cost time."""
    nodes = dict.fromkeys(node for condition in conditions for node in walk(condition))
    asked = {f"_answer_{number}": node for number, node in enumerate(nodes) if node in facts.answers}
    answers = {name: facts.answers[node] for name, node in asked.items()}
    columns = {name: facts.columns[name] for name in _columns(nodes) if name not in beside}
    rows = ibis.memtable(pa.table({PLACE: np.arange(len(facts)), **columns, **answers, **beside}))
    return Reading(rows, {node: rows[name] for name, node in asked.items()}, facts.moment)


def decide(layer: Sequence[Segment], facts: Facts) -> Decided:
    """Decide segments that do not look into one another, for every customer, in one query over what they read.

    Percentiles and ranks are worked out before, each by itself: within a query, each sorts all that the query reads.
    """
    if not layer:
        return Decided({}, {})
    engine = connect("UTC")
    try:
        compared = compare((condition for segment in layer for condition in segment.conditions), facts, engine)
        return Decided(_members(layer, facts, compared, engine), compared)
    finally:
        engine.disconnect()


def compare(conditions: Iterable[Node], facts: Facts, engine: Backend) -> dict[Node, npt.NDArray[np.float64]]:
    """Return the value of each percentile and rank in some conditions, of shape (n,), null as NaN."""
    nodes = dict.fromkeys(node for condition in conditions for node in walk(condition) if isinstance(node, Compared))
    return {node: _compared(reading_of([node], facts), node, engine) for node in nodes}


def _compared(reading: Reading, node: Node, engine: Backend) -> npt.NDArray[np.float64]:
    return reading.run({"compared": reading.value(node)}, engine)["compared"].astype(np.float64)


def _members(
    layer: Sequence[Segment], facts: Facts, compared: Mapping[Node, npt.NDArray[np.float64]], engine: Backend
) -> dict[str, Truths]:
    """Return who enters each segment, and who was in it and stays."""
    columns = {node: Column(f"_compared_{number}") for number, node in enumerate(compared)}
    conditions = {segment.name: [swapped(one, columns) for one in segment.conditions] for segment in layer}
    beside: dict[str, npt.NDArray[Any]] = {columns[node].name: values for node, values in compared.items()}
    was = {name: f"_was_{name}" for name in conditions if name in facts.before}
    beside |= {was[name]: facts.before[name].among(len(facts)) for name in was}
    reading = reading_of([one for several in conditions.values() for one in several], facts, beside)
    members = {}
    for name, (enters, *stays) in conditions.items():
        members[name] = reading.value(enters)
        if stays and name in was:
            members[name] |= reading.rows[was[name]] & reading.value(stays[0])
    return reading.run(members, engine)


def _placed(values: npt.NDArray[Any], places: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Return each value at its place: quicker than to sort by them."""
    ordered = np.empty_like(values)
    ordered[places] = values
    return ordered


def _columns(nodes: Collection[Node]) -> list[str]:
    named = {node.name for node in nodes if isinstance(node, Column)}
    return sorted(named | {"customer_id" for node in nodes if isinstance(node, Bucket)})
