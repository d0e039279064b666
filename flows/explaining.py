"""One customer, as the models and segments see them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.pressing import score
from flows.project import Project
from models.link import Floats
from models.money import Economics, best_list, economics, expected_profit
from models.scoring import LIFETIME_VALUE, NEXT_ORDER_FROM, NEXT_ORDER_UNTIL, reason_columns
from models.tasks import Task, TaskKind
from models.worth import aim, band_column, stake_column
from pipeline.conditions.compile import compile_condition
from pipeline.conditions.nodes import Column, Node, Percentile, walk
from pipeline.conditions.questions import event_calls
from pipeline.errors import UserError
from pipeline.segments.membership import assign
from pipeline.segments.profiles import PREDICTIONS, Profiles
from pipeline.segments.segment import Segment, read_by

UNSTATED = economics()
PLACE = "_place"
BESIDE_TASKS = (*PREDICTIONS, LIFETIME_VALUE, NEXT_ORDER_FROM, NEXT_ORDER_UNTIL)


def explain_customer(project: Project, customer_id: str, as_of: datetime, shop: Economics = UNSTATED) -> dict[str, Any]:
    """Return what is known and predicted of a customer at a moment, why, and in which segments they are and why.

    `tasks` holds what each task in service says of them, see `_said`; `because` holds, by segment, its condition and
    the customer's own values of what it reads. Percentiles are among all customers, so everyone is scored. UserError
    for a customer not known at the moment.
    """
    segments = project.segments(project.registry.clusters())
    profiles = score(project, as_of).completed(read_by(segments))
    place = pc.index(profiles.table["customer_id"], customer_id).as_py()
    if place < 0:
        raise UserError(
            f"Expected a customer known before {as_of:%Y-%m-%d %H:%M}, got an id that is not. Try a later --as-of."
        )
    (row,) = profiles.table.slice(place, 1).to_pylist()
    known = {name: value for name, value in row.items() if value is not None and name != "customer_id"}
    tasks = [task for task in project.tasks if task.prediction in known]
    written = {name for task in project.tasks for name in columns_of(task)}.union(BESIDE_TASKS)
    members = _members(segments, profiles, customer_id)
    return {
        "as_of": as_of,
        "tasks": [_said(task, profiles.table, place, shop) for task in tasks],
        "predictions": {name: value for name, value in known.items() if name in written},
        "segments": [segment.name for segment in members],
        "because": {segment.name: _because(segment, profiles, place) for segment in members},
        "features": {name: value for name, value in known.items() if name not in written},
    }


def columns_of(task: Task) -> tuple[str, ...]:
    """Return every column of the profiles that a task's model may write."""
    return (task.prediction, stake_column(task), band_column(task), *reason_columns(task))


def unit(task: Task) -> str:
    """Return what a prediction counts: a "probability", "money", or a "number" of other things."""
    if task.kind is TaskKind.PROBABILITY:
        return str(task.kind)
    return "money" if any(call.field == "amount" for call in event_calls(task.target_node)) else "number"


def _said(task: Task, table: pa.Table, place: int, shop: Economics) -> dict[str, Any]:
    """Return a task's prediction of the customer at a place of the table, and what follows from it.

    `percentile` is the share, 0 to 100, of the others of whom the task speaks whose prediction is lower; null where
    there is no other.
    """
    own = {name: table[name][place].as_py() for name in columns_of(task) if name in table.column_names}
    everybody = table[task.prediction].drop_null().to_numpy()
    return {
        "task": task.name,
        "says": task.in_words,
        "unit": unit(task),
        "prediction": own[task.prediction],
        "percentile": _percentile(everybody, own[task.prediction]),
        "among": len(everybody),
        "band": own.get(band_column(task)),
        "value_at_stake": own.get(stake_column(task)),
        "reasons": [own[name] for name in reason_columns(task) if own.get(name)],
        "contact": None if own.get(stake_column(task)) is None else _contact(task, table, place, shop),
    }


def _percentile(everybody: Floats, own: float) -> float | None:
    others = len(everybody) - 1
    return float((everybody < own).sum() / others * 100) if others else None


def _contact(task: Task, table: pa.Table, place: int, shop: Economics) -> dict[str, Any] | None:
    """Return what it brings to contact the customer, and the best list of all; None where money does not follow."""
    goal = aim(task)
    if goal is None:
        return None
    probability, stakes = (table[name].to_numpy() for name in (task.prediction, stake_column(task)))
    value = np.divide(stakes, probability, out=np.zeros(len(stakes)), where=probability > 0)
    return {
        "aim": str(goal),
        "expected_profit": float(expected_profit(probability, value, shop, goal)[place]),
        "best_list": asdict(best_list(probability, value, shop, goal)),
        "economics": asdict(shop),
    }


def _because(segment: Segment, profiles: Profiles, place: int) -> dict[str, Any]:
    """Return a segment's condition and the customer's own values of what it reads.

    `percentiles` has those that the condition asks for, by the first column that each reads.
    """
    ranks = {_first_column(node): node for node in walk(segment.condition) if isinstance(node, Percentile)}
    table = ibis.memtable(profiles.table.append_column(PLACE, pa.array(np.arange(len(profiles)))))
    read = {name: table[name] for name in segment.reads}
    ranked = {f"{PLACE}_{name}": compile_condition(node, table) for name, node in ranks.items()}
    (own,) = table.select(PLACE, **read, **ranked).filter(lambda one: one[PLACE] == place).to_pyarrow().to_pylist()
    return {
        "when": segment.when,
        "own": {name: own[name] for name in segment.reads},
        "percentiles": {name: own[f"{PLACE}_{name}"] for name in ranks},
    }


def _first_column(node: Node) -> str:
    return next(part.name for part in walk(node) if isinstance(part, Column))


def _members(segments: Sequence[Segment], profiles: Profiles, customer_id: str) -> Sequence[Segment]:
    """Return the segments that the customer is in."""
    members = assign(segments, profiles, None).table
    own = members.filter(pc.field("customer_id") == customer_id)["segment"].to_pylist()
    return [segment for segment in segments if segment.name in own]
