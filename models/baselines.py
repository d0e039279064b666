"""The simple rules that a model must beat, given probabilities and amounts so that every metric applies to them."""

from collections.abc import Mapping

from features.matrix import FeatureMatrix
from models.columns import column
from models.examples import Examples
from models.linear import RFM, fit_rule
from models.link import Floats
from models.tasks import Task, TaskKind
from models.training import fitting_target

RULES = {
    "recency": ("days_since_last_order",),
    "frequency": ("orders_365d",),
    "rfm": RFM,
}
GATE_RULES = ("recency", "frequency")
LAST_YEAR = "last_year"
SPENT, DAYS_A_YEAR = "revenue_365d", 365


def baseline_predictions(task: Task, learned: Examples, matrix: FeatureMatrix) -> Mapping[str, Floats]:
    """Return each rule's predictions for `matrix`, fitted on the rows that the model learned from; each of shape (n,).

    A rule on one column keeps that column's order. For an amount, `last_year` is last year's revenue scaled to the
    horizon.
    """
    fitted = {name: _fitted(task.kind, columns, learned, matrix) for name, columns in RULES.items()}
    if task.kind is TaskKind.PROBABILITY:
        return fitted
    return {**fitted, LAST_YEAR: last_years_spend(task, matrix)}


def last_years_spend(task: Task, matrix: FeatureMatrix) -> Floats:
    """Return the task's horizon's worth of last year's revenue, of shape (n,); null in a shop without orders."""
    return column(matrix, SPENT) * task.horizon_days / DAYS_A_YEAR


def _fitted(kind: TaskKind, columns: tuple[str, ...], learned: Examples, matrix: FeatureMatrix) -> Floats:
    rule = fit_rule(learned.matrix, fitting_target(learned.label, kind), kind, columns)
    predicted = rule.predict(matrix)
    if kind is TaskKind.PROBABILITY:
        return predicted
    return predicted * (max(float(learned.label.sum()), 1.0) / float(rule.predict(learned.matrix).sum()))
