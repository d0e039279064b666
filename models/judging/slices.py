"""The same figures for customers of one kind at a time: a model can be good on the whole and poor where it matters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.buyers import Buyer, kind_of
from models.columns import column
from models.judging.baselines import GATE_RULES
from models.judging.bootstrap import Difference, Interval, figure_intervals, ranking_difference
from models.judging.evaluation import Metrics, evaluate
from models.judging.judged import Judged
from models.link import Floats
from models.tasks import TaskKind

LEAST_CUSTOMERS = 200  # under that an AUC is anybody's guess
LEAST_OF_A_CLASS = 30  # customers for whom it came true, and for whom it did not
NEW_DAYS = 90
AGE, VALUE = "days_since_first_order", "revenue_365d"
NEW, KNOWN = "new", "known"
THIRDS = ("lowest third", "middle third", "highest third")
IN_ORDER: tuple[str, ...] = (Buyer.ONE_TIME, Buyer.REPEAT, NEW, KNOWN, *THIRDS)
NOWHERE = ""
SHOWN = {  # the figures with an interval: by the first of them the better rule is chosen
    TaskKind.PROBABILITY: ("roc_auc", "ece"),
    TaskKind.AMOUNT: ("gini", "total_ratio"),
}

Labels = npt.NDArray[np.str_]
Groups = Mapping[str, Mapping[str, str]]  # by what, such as "country", and then of each customer id, which


@dataclass(frozen=True)
class Slice:
    """Customers of one kind: how many, the figures on them, and the model minus the better simple rule among them.

    `by` is what they were told apart by ("buyers", "age", "value", or a group's name), `name` which of them they are.
    `intervals` are those of the model's ranking and of its level, by the figure's name.
    """

    by: str
    name: str
    customers: int
    metrics: Metrics
    intervals: Mapping[str, Interval]
    rule: str
    rule_metrics: Metrics
    difference: Difference

    @property
    def title(self) -> str:
        """Who they are, in words."""
        match self.by:
            case "buyers":
                return f"{self.name} buyers"
            case "age":
                return f"customers with a first order {'under' if self.name == NEW else 'over'} {NEW_DAYS} days ago"
            case "value":
                return f"the {self.name} by spend of the last year"
            case _:
                return f"{self.by} {self.name}"

    @property
    def loses(self) -> bool:
        """Whether the rule does better here beyond noise."""
        return self.difference.high < 0

    def to_json(self) -> dict[str, Any]:
        """Return everything by name, NaN as null."""
        return {
            "by": self.by,
            "name": self.name,
            "title": self.title,
            "customers": self.customers,
            **_plain(self.metrics),
            "intervals": {name: interval.to_json() for name, interval in self.intervals.items()},
            "rule": self.rule,
            "rule_metrics": _plain(self.rule_metrics),
            "difference": _plain(self.difference.to_json()),
        }


def slices(judged: Judged, kind: TaskKind, *, groups: Groups, seed: int, resamples: int) -> tuple[Slice, ...]:
    """Return the slices with at least 200 customers, and 30 of either outcome: by buyers, age, value and `groups`.

    A customer whom a group does not name is in none of its slices. Where no simple rule was judged there are none.
    """
    rules = [name for name in GATE_RULES if name in judged.by_rule]
    if not rules:
        return ()
    return tuple(
        _slice(judged.where(rows), kind, rules, by=by, name=name, seed=seed, resamples=resamples)
        for by, name, rows in _parts(judged.examples.matrix, groups)
        if _is_enough(judged.where(rows), kind)
    )


def _parts(matrix: FeatureMatrix, groups: Groups) -> Iterator[tuple[str, str, npt.NDArray[np.bool_]]]:
    """Yield what rows are told apart by, which they are, and a mark on them."""
    for by, labels in {**_built_in(matrix), **{by: _named(matrix, of) for by, of in groups.items()}}.items():
        for name in sorted(set(labels.tolist()) - {NOWHERE}, key=_place):
            yield by, name, labels == name


def _place(name: str) -> tuple[int, str]:
    return (IN_ORDER.index(name) if name in IN_ORDER else len(IN_ORDER), name)


def _built_in(matrix: FeatureMatrix) -> Mapping[str, Labels]:
    return {
        "buyers": np.where(kind_of(matrix) == Buyer.NONE, NOWHERE, kind_of(matrix)),
        "age": _by_age(column(matrix, AGE)),
        "value": _by_third(column(matrix, VALUE)),
    }


def _by_age(days: Floats) -> Labels:
    return np.where(np.isnan(days), NOWHERE, np.where(days < NEW_DAYS, NEW, KNOWN))


def _by_third(amount: Floats) -> Labels:
    """Return the third of the rows that an amount falls into; equal amounts share the lower one."""
    told = amount[~np.isnan(amount)]
    if not len(told):
        return np.full(len(amount), NOWHERE)
    bounds = np.quantile(told, (1 / 3, 2 / 3))
    return np.where(np.isnan(amount), NOWHERE, np.array(THIRDS)[np.searchsorted(bounds, amount)])


def _named(matrix: FeatureMatrix, of: Mapping[str, str]) -> Labels:
    return np.array([of.get(customer, NOWHERE) for customer in matrix.customer_id.tolist()], dtype=np.str_)


def _is_enough(judged: Judged, kind: TaskKind) -> bool:
    customer, positive = judged.examples.matrix.customer_id, judged.examples.label > 0
    sides = [customer[positive]] + ([customer[~positive]] if kind is TaskKind.PROBABILITY else [])
    return len(set(customer)) >= LEAST_CUSTOMERS and all(len(set(side)) >= LEAST_OF_A_CLASS for side in sides)


def _slice(
    judged: Judged, kind: TaskKind, rules: Sequence[str], *, by: str, name: str, seed: int, resamples: int
) -> Slice:
    actual, customer = judged.examples.label, judged.examples.matrix.customer_id
    shown = SHOWN[kind]
    by_rule = {rule: evaluate(judged.by_rule[rule], actual, kind) for rule in rules}
    rule = max(rules, key=lambda rule: by_rule[rule][shown[0]])
    return Slice(
        by=by,
        name=name,
        customers=len(set(customer)),
        metrics=evaluate(judged.predicted, actual, kind),
        intervals=figure_intervals(
            judged.predicted, actual, customer, kind, seed=seed, resamples=resamples, names=shown
        ),
        rule=rule,
        rule_metrics=by_rule[rule],
        difference=ranking_difference(
            judged.predicted, judged.by_rule[rule], actual, customer, kind, seed=seed, resamples=resamples
        ),
    )


def _plain(figures: Mapping[str, float]) -> dict[str, float | int | None]:
    return {name: None if np.isnan(value) else int(value) if name == "n" else value for name, value in figures.items()}
