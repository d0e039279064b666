"""One published row held against the one that is worked out again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from flows.tracing.proving import (
    UNRECORDED,
    Again,
    Compared,
    Comparing,
    Difference,
    is_close,
    looked_into,
    membership_again,
)
from flows.tracing.traced_row import Asked
from pipeline.segments.holdout import held_out_among

SCORE, HELD_OUT = "score in", "held out of"


def comparing_row(asked: Asked) -> Comparing:
    """Return what compares the row asked for with whatever else is worked out again."""

    def compare(again: Again) -> Compared:
        return row_compared(replace(asked, again=again))

    return compare


def row_compared(asked: Asked) -> Compared:
    """Compare whether the customer is a member, with which score, and whether held out, as far as that can be told."""
    if asked.place < 0:
        return Compared()
    found = [*_membership(asked), *_own(asked)]
    differing = tuple(one for one in found if not is_close(one.published, one.again))
    return Compared(len(found), differing, tuple(_notes(asked, differing)))


def _membership(asked: Asked) -> Iterator[Difference]:
    if not asked.unremembered:
        now = membership_again(asked.definition, asked.facts, asked.place)
        yield Difference(f"member of {asked.segment}", asked.row is not None, now)


def _own(asked: Asked) -> Iterator[Difference]:
    """Yield a member's own values beside those worked out again, of a segment that is defined so today."""
    if asked.row is None or asked.same_today is None:
        return
    profiles = asked.again.profiles
    column = asked.definition.score_column(profiles.predictions)
    if column is None or not column.startswith(UNRECORDED):
        value = profiles.table[column][asked.place].as_py() if column in profiles.table.column_names else None
        yield Difference(f"{SCORE} {asked.segment}", asked.row["score"], None if value is None else float(value))
    (held_out,) = held_out_among(asked.segment, asked.definition.holdout, pa.array([asked.customer_id]))
    yield Difference(f"{HELD_OUT} {asked.segment}", asked.row["held_out"], bool(held_out))


def _notes(asked: Asked, differing: Sequence[Difference]) -> Iterator[str]:
    """Yield what was not compared, and what was taken as published."""
    if asked.unremembered:
        yield (
            f"Whether the customer is a member cannot be told again: who was in {asked.segment} before stays while "
            f"{asked.definition.stay_while}, and the publication before, {asked.publication.manifest['previous']}, is "
            "not kept any more."
        )
    if asked.row is not None and asked.same_today is None:
        yield (
            "Score and holdout are not compared: the segment is defined otherwise today, and no publication records by "
            "which column it was scored and what share was held out."
        )
    elif any(one.what.startswith((SCORE, HELD_OUT)) for one in differing):
        yield "The column that it is scored by and the share held out are those set today: no publication records them."
    names = looked_into(asked.definition)
    if names:
        yield f"The condition looks into {', '.join(names)}, whose members are taken as they were published."
