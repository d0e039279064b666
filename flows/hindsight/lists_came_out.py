"""What came of those whom an earlier publication's lists named, and of those whom its audiences held out."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.hindsight.matured import rows_of
from models.judging.observed import LEAST, mean_difference, mean_interval
from models.link import Floats
from pipeline.publish.published import Publication
from pipeline.publish.record import HeldOutCameOut, ListCameOut, Observed
from pipeline.windows.arrays import Mask

HELD_OUT = "held_out"
Lists = tuple[ListCameOut, ...]


@dataclass(frozen=True)
class Spoken:
    """Those of whom a task spoke in a publication and who are still known: what it said and what came, a row each.

    `shares` says that a mean of what came is the share of whom it came true.
    """

    customers: pa.Array
    predicted: Floats
    actual: Floats
    shares: bool

    def at(self, customers: pa.ChunkedArray) -> Mask:
        """Say of each row whether it is about one of these customers."""
        return np.asarray(pc.is_in(self.customers, value_set=customers.combine_chunks()).to_numpy(zero_copy_only=False))

    def observed(self, those: Mask) -> Observed:
        """Return what came of some rows, at least one."""
        came = self.actual[those]
        between = mean_interval(came, shares=self.shares)
        return Observed(float(came.mean()), len(came), *((between.low, between.high) if between else ()))


def lists_came_out(publication: Publication, spoken: Spoken, column: str, *, all_lists: bool) -> Lists:
    """Return what came of the members of the segments whose conditions read `column`, beside that of all others.

    With `all_lists`, of every other segment, too, with more than a few members. Only those are counted of whom the task
    spoke. Nothing is told where the memberships cannot be read any more.
    """
    decided = decided_by(publication, column)
    among = pc.scalar(True) if all_lists else pc.field("segment").isin(decided)  # noqa: FBT003 - every row
    rows = rows_of(publication, "memberships", ("customer_id", "segment"), among)
    return () if rows is None else tuple(_lists(rows, spoken, decided))


def held_out_came_out(publication: Publication, spoken: Spoken) -> tuple[HeldOutCameOut, ...]:
    """Return what came of whom each audience held out, beside whom it let be contacted; where more than a few are both.

    The holdout is the last of the rules that an audience asks, so both are customers whom no other rule kept out.
    """
    concerned = pc.field("included") | (pc.field("left_out_by") == HELD_OUT)
    rows = rows_of(publication, "audiences", ("customer_id", "audience", "included"), concerned)
    return () if rows is None else tuple(_held_out(publication, rows, spoken))


def decided_by(publication: Publication, column: str) -> list[str]:
    """Return the segments whose conditions, as they were published, read a column."""
    told = publication.manifest["segments"].items()
    return [name for name, facts in told if re.search(rf"\b{column}\b", _conditions(facts))]


def _conditions(facts: dict[str, str | None]) -> str:
    return " ".join(facts.get(part) or "" for part in ("when", "stay_while"))


def _lists(rows: pa.Table, spoken: Spoken, decided: Collection[str]) -> Iterator[ListCameOut]:
    for name in sorted(pc.unique(rows["segment"]).to_pylist()):
        named = spoken.at(rows.filter(pc.field("segment") == name)["customer_id"])
        if named.sum() >= (1 if name in decided else LEAST):
            rest = None if named.all() else spoken.observed(~named)
            said = float(spoken.predicted[named].mean())
            yield ListCameOut(name, said, spoken.observed(named), rest, name in decided)


def _held_out(publication: Publication, rows: pa.Table, spoken: Spoken) -> Iterator[HeldOutCameOut]:
    for name in sorted(pc.unique(rows["audience"]).to_pylist()):
        own = rows.filter(pc.field("audience") == name)
        contacted, held_out = (spoken.at(own.filter(mask)["customer_id"]) for mask in _parts(own))
        gap = mean_difference(spoken.actual[contacted], spoken.actual[held_out], shares=spoken.shares)
        if gap is not None:
            groups = spoken.observed(held_out), spoken.observed(contacted)
            told = (gap.difference, gap.low, gap.high)
            yield HeldOutCameOut(name, *groups, told, _of_one_list(publication, name))


def _parts(own: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    return own["included"], pc.invert(own["included"])


def _of_one_list(publication: Publication, audience: str) -> bool:
    """Say whether an audience is of one list: members of several have as many chances to be held out."""
    return len(publication.manifest["audiences"][audience]["definition"]["include"]) == 1
