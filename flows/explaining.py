"""One customer, as the models and segments see them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.counting import unit
from flows.project import Project
from flows.segmenting.deciding import Decision, decide
from flows.segmenting.scoring import score
from models.link import Floats
from models.money import Economics, best_list, economics, expected_profit
from models.scoring import reason_columns
from models.tasks import Task
from models.worth import aim, band_column, stake_column
from models.written import written_by
from pipeline.conditions.nodes import Column, Node, Percentile, walk
from pipeline.conditions.questions import text_of
from pipeline.errors import UserError
from pipeline.events.engine import connect
from pipeline.publish.publication import latest
from pipeline.segments.deciding import compare
from pipeline.segments.facts import Facts, facts_of
from pipeline.segments.profiles import Profiles
from pipeline.segments.segment import Segment
from pipeline.segments.stays import Truths

UNSTATED = economics()


def explain_customer(project: Project, customer_id: str, as_of: datetime, shop: Economics = UNSTATED) -> dict[str, Any]:
    """Return what is known and predicted of a customer at a moment, why, and in which segments they are and why.

    `tasks` holds what each task in service says of them, see `_said`; `because` holds, by segment, its condition and
    the customer's own values of what it reads. Percentiles are among all customers, so everyone is scored. Who was in a
    segment in the publication before may be in it still. UserError for a customer not known at the moment.
    """
    profiles = score(project, as_of)
    place = pc.index(profiles.table["customer_id"], customer_id).as_py()
    if place < 0:
        raise UserError(
            f"Expected a customer known before {as_of:%Y-%m-%d %H:%M}, got an id that is not. Try a later --as-of."
        )
    (row,) = profiles.table.slice(place, 1).to_pylist()
    known = {name: value for name, value in row.items() if value is not None and name != "customer_id"}
    tasks = [task for task in project.tasks if task.prediction in known]
    previous = latest(project.published, before=as_of)
    decision = decide(project, profiles, previous.memberships() if previous else None)
    members = _members(decision, customer_id)
    inside = {segment.name: _truths(decision, segment, profiles) for segment in decision.memberships.decided}
    facts = facts_of(profiles, decision.answers, None, members).and_of(inside)
    return {
        "as_of": as_of,
        "tasks": [_said(task, profiles.table, place, shop) for task in tasks],
        "predictions": {name: value for name, value in known.items() if name in profiles.predicted},
        "segments": [segment.name for segment in members],
        "because": {segment.name: _because(segment, facts, place) for segment in members},
        "features": {name: value for name, value in known.items() if name not in profiles.predicted},
    }


def _truths(decision: Decision, segment: Segment, profiles: Profiles) -> Truths:
    members = decision.memberships.of(segment.name)["customer_id"].combine_chunks()
    return np.asarray(pc.is_in(profiles.table["customer_id"].cast(pa.string()).combine_chunks(), value_set=members))


def _said(task: Task, table: pa.Table, place: int, shop: Economics) -> dict[str, Any]:
    """Return a task's prediction of the customer at a place of the table, and what follows from it.

    `percentile` is the share, 0 to 100, of the others of whom the task speaks whose prediction is lower; null where
    there is no other.
    """
    own = {name: table[name][place].as_py() for name in written_by(task) if name in table.column_names}
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


def _because(segment: Segment, facts: Facts, place: int) -> dict[str, Any]:
    """Return a segment's condition and the customer's own values of what it reads.

    `percentiles` has those that the condition asks for, by the first column that each reads, or by their text where
    they read none; `asked` has the ranks, and what is asked of events and consents, by their text.
    """
    engine = connect("UTC")
    try:
        compared = {node: float(found[place]) for node, found in compare([segment.condition], facts, engine).items()}
    finally:
        engine.disconnect()
    answers = {node: facts.answers[node][place].as_py() for node in walk(segment.condition) if node in facts.answers}
    ranks = {text_of(node): value for node, value in compared.items() if not isinstance(node, Percentile)}
    return {
        "when": segment.when,
        "stay_while": segment.stay_while,
        "own": {name: facts.columns[name][place].as_py() for name in segment.reads},
        "percentiles": {_first_column(node): value for node, value in compared.items() if isinstance(node, Percentile)},
        "asked": {**ranks, **{text_of(node): value for node, value in answers.items()}},
    }


def _first_column(node: Node) -> str:
    return next((part.name for part in walk(node) if isinstance(part, Column)), text_of(node))


def _members(decision: Decision, customer_id: str) -> list[Segment]:
    """Return the segments that the customer is in."""
    own = decision.memberships.table.filter(pc.field("customer_id") == customer_id)["segment"].to_pylist()
    return [segment for segment in decision.segments if segment.name in own]
