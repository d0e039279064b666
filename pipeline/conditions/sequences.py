"""From the brackets of `sequence` to its steps in order."""

from itertools import pairwise

from pipeline.conditions.call import Call, Filtered, counted, name_in
from pipeline.conditions.nodes import Node, Not
from pipeline.conditions.periods import period
from pipeline.conditions.questions import Sequence, Step
from pipeline.conditions.times import duration

SHORTEST = 2


def sequence(call: Call) -> Node:
    """Return the node of a call of `sequence`; ConditionError for steps that can say nothing."""
    steps = tuple(_step(call, argument) for argument in call.unnamed)
    if len(steps) < SHORTEST:
        hint = ' Of a single event, ask "happened(event_type)".'
        raise call.at.error("two steps or more", counted(steps, "step"), hint)
    _require_order(steps)
    limit = duration(call.named["limit"]) if "limit" in call.named else None
    if not steps[-1].happened and limit is None:
        hint = " It says by when the last step must have failed to come: limit => '2 days'."
        raise steps[-1].at.error("a limit, as the last step must not happen", "none", hint)
    when = period(call.named)
    if not steps[-1].happened and limit is not None and when.within is not None and limit >= when.within:
        hint = " It must be over for those whose first step is in the window."
        raise call.named["limit"].at.error("a limit that is less than within", "one that is not", hint)
    return Sequence(steps, limit, when, at=call.at)


def _step(call: Call, argument: Node | Filtered) -> Step:
    of, where = (argument.of, argument.where) if isinstance(argument, Filtered) else (argument, None)
    name = name_in(of.of if isinstance(of, Not) else of)
    if name is None:
        raise call.wrong(of.at)
    return Step(name, where, not isinstance(of, Not), at=of.at)


def _require_order(steps: tuple[Step, ...]) -> None:
    if not steps[0].happened:
        raise steps[0].at.error("a first step that happens", '"not"')
    for before, step in pairwise(steps):
        if not before.happened and not step.happened:
            raise step.at.error('a step that happens after one with "not"', 'another "not"')
        if not step.happened and step.event_type == before.event_type and step.where in {None, before.where}:
            hint = f" Count instead: count({step.event_type}, within => '7 days') = 1."
            raise step.at.error(
                'a "not" that leaves the step before it be', "one that the step itself stands against", hint
            )
