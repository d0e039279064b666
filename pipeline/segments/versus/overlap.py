"""A predicted list beside a rule's: who is on both, who on one alone, and what then happened to each group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.segments.versus.shares import Counted, Intervals, Share, shares
from pipeline.windows.arrays import Floats, Ints, Mask

LISTS = pa.schema(
    {
        "customer_id": pa.string(),
        "as_of": pa.timestamp("us", "UTC"),
        "predicted": pa.bool_(),
        "rule": pa.bool_(),
        "score": pa.float64(),
        "happened": pa.bool_(),
    },
)
"""A row a customer and moment: on which list, by which score (null: the model does not speak of them), what came."""

BETTER = {"lists": ("predicted", "rule"), "alone": ("only_predicted", "only_rule")}


@dataclass(frozen=True)
class Group:
    """Customers named at a moment, counted at each moment and once, and the share of rows to whom it then happened."""

    rows: int
    customers: int
    happened: Share

    def to_json(self) -> dict[str, Any]:
        """Return everything by name."""
        return {"rows": self.rows, "customers": self.customers, "happened": self.happened.to_json()}


@dataclass(frozen=True)
class Overlap:
    """Two lists at some moments.

    `groups` are both, only_predicted, only_rule, the whole lists (predicted, rule), those of the rule's of whom the
    model speaks (rule_scored), and everybody of whom it does (scored). `alike` is the share of those on either list who
    are on both. `differences` are the predicted list's share minus the rule's: of the whole lists, and of those on one
    alone.
    """

    moments: int
    groups: Mapping[str, Group]
    alike: Share
    differences: Mapping[str, Share]

    def to_json(self) -> dict[str, Any]:
        """Return everything by name."""
        return {
            "moments": self.moments,
            "groups": {name: group.to_json() for name, group in self.groups.items()},
            "alike": self.alike.to_json(),
            "differences": {name: gap.to_json() for name, gap in self.differences.items()},
        }


def overlap(lists: pa.Table, intervals: Intervals) -> Overlap:
    """Return how two lists, of `LISTS`, meet; moments are pooled, a customer counts at each."""
    predicted, rule, happened = (_truths(lists, name) for name in ("predicted", "rule", "happened"))
    marked = {
        "both": predicted & rule,
        "only_predicted": predicted & ~rule,
        "only_rule": rule & ~predicted,
        "predicted": predicted,
        "rule": rule,
        "rule_scored": rule & ~np.isnan(_scores(lists)),
        "scored": ~np.isnan(_scores(lists)),
    }
    ids = lists["customer_id"].to_numpy(zero_copy_only=False)
    counted = {name: Counted(mark, happened) for name, mark in marked.items()}
    counted["alike"] = Counted(predicted | rule, predicted & rule)
    told = shares(ids, counted, intervals, BETTER)
    groups = {name: Group(int(mark.sum()), len(set(ids[mark])), told[name]) for name, mark in marked.items()}
    return Overlap(len(lists["as_of"].unique()), groups, told["alike"], {name: told[name] for name in BETTER})


def at_equal_size(lists: pa.Table, among: Mask | None = None) -> pa.Table:
    """Return the lists with the predicted one as long as the rule's at each moment.

    The highest scores stay; where the predicted list is the shorter one, the next highest scores join it, and where the
    model speaks of fewer customers than the rule names, all of them are on it. `among`, of shape (n,), marks whom the
    predicted list may name, everybody where it is not given.
    """
    rule, moment = _truths(lists, "rule"), lists["as_of"].cast(pa.int64()).to_numpy()
    allowed = ~np.isnan(_scores(lists)) if among is None else ~np.isnan(_scores(lists)) & among
    chosen = np.zeros(len(lists), dtype=np.bool_)
    for at in np.unique(moment):
        rows = np.flatnonzero((moment == at) & allowed)
        chosen[rows[_best_first(lists.take(rows))[: rule[moment == at].sum()]]] = True
    place = lists.column_names.index("predicted")
    return lists.set_column(place, "predicted", pa.array(chosen))


def _best_first(lists: pa.Table) -> Ints:
    """Return the rows in order: who is on the list, the highest scores, and of equal ones by their id."""
    ids = lists["customer_id"].to_numpy(zero_copy_only=False).astype(str)
    return np.lexsort((ids, -_scores(lists), ~_truths(lists, "predicted")))


def _truths(lists: pa.Table, name: str) -> Mask:
    return np.asarray(lists[name].to_numpy(zero_copy_only=False), dtype=np.bool_)


def _scores(lists: pa.Table) -> Floats:
    return np.asarray(lists["score"].to_numpy(zero_copy_only=False), dtype=np.float64)
