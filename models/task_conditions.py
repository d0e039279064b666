"""What the conditions of a task may ask: of its population what was, of its target what comes."""

from pipeline.conditions import nodes
from pipeline.conditions.nodes import Node, walk
from pipeline.conditions.questions import ALWAYS, Consented, EventCall, InSegment, Sequence, text_of

OUTCOMES = ("count", "sum", "happened", "never")
NOT_OF_A_POPULATION = Sequence | InSegment | Consented | nodes.Bucket
NOT_OF_A_TARGET = NOT_OF_A_POPULATION | nodes.DaysSince | nodes.DaysUntil


def require_population(population: Node) -> None:
    """Raise a ConditionError unless the condition asks of columns and single types of events alone."""
    for part in walk(population):
        if isinstance(part, NOT_OF_A_POPULATION):
            hint = " Sequences, other segments, consents and buckets are for segments only, so far."
            raise part.at.error("columns and events such as count(order_placed)", f'"{text_of(part)}"', hint)


def require_target(target: Node) -> None:
    """Raise a ConditionError unless the condition asks only how many, how much, whether and whether not.

    The time in which that comes is the task's horizon, so a target has no period of its own.
    """
    for part in walk(target):
        if isinstance(part, NOT_OF_A_TARGET) or (isinstance(part, EventCall) and part.function not in OUTCOMES):
            raise part.at.error(f"only {', '.join(OUTCOMES)} of what comes", f'"{text_of(part)}"')
        if isinstance(part, EventCall) and part.period != ALWAYS:
            hint = " It is about the task's horizon: set that, and the gap where it begins later."
            raise part.at.error("an event without a time of its own", f'"{text_of(part)}"', hint)
