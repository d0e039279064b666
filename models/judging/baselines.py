"""The simple rules that a model must beat, given probabilities and amounts so that every metric applies to them."""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np

from features.feature import FeatureColumn
from features.matrix import FeatureMatrix, utc_us
from models.columns import column, narrowed
from models.examples import Examples
from models.linear import RFM, fit_rule
from models.link import Floats
from models.orders.btyd import READ, Btyd, fit_btyd
from models.tasks import Task, TaskKind
from models.training import fitting_target
from pipeline.events.event_types import ORDER_PLACED

RULES = {
    "recency": ("days_since_last_order",),
    "frequency": ("orders_365d",),
    "rfm": RFM,
}
GATE_RULES = ("recency", "frequency")
BGNBD = "bgnbd"
LAST_YEAR = "last_year"
SPENT, DAYS_A_YEAR = "revenue_365d", 365
DAY = timedelta(days=1)
A_THOUSAND = 1000  # customers, of whom orders are counted: a rule reads log(1 + x), which tells small numbers apart so
EXPECTED = FeatureColumn("expected_orders", "orders", "Orders to expect of a thousand such customers.", "never", "")


def baseline_predictions(task: Task, learned: Examples, matrix: FeatureMatrix) -> Mapping[str, Floats]:
    """Return each rule's predictions for `matrix`, fitted on the rows that the model learned from; each of shape (n,).

    A rule on one column keeps that column's order; `bgnbd`, by the orders to expect of each customer, is there for
    targets about orders, where those of every cut-off can be fitted. For an amount, `last_year` is last year's revenue
    scaled to the horizon.
    """
    predicted = {name: _fitted(task.kind, columns, learned, matrix) for name, columns in RULES.items()}
    if ORDER_PLACED in task.event_types:
        predicted |= _by_expected_orders(task, learned, matrix)
    if task.kind is TaskKind.PROBABILITY:
        return predicted
    return {**predicted, LAST_YEAR: last_years_spend(task, matrix)}


def last_years_spend(task: Task, matrix: FeatureMatrix) -> Floats:
    """Return the task's horizon's worth of last year's revenue, of shape (n,); null in a shop without orders."""
    return column(matrix, SPENT) * task.horizon_days / DAYS_A_YEAR


def _by_expected_orders(task: Task, learned: Examples, matrix: FeatureMatrix) -> dict[str, Floats]:
    past, present = _expecting(task, learned.matrix), _expecting(task, matrix)
    if past is None or present is None:
        return {}
    return {BGNBD: _fitted(task.kind, (EXPECTED.name,), Examples(past, learned.label), present)}


def _expecting(task: Task, matrix: FeatureMatrix) -> FeatureMatrix | None:
    """Return the orders expected of each row by what was known at its own cut-off; None where one cannot be fitted.

    0 for who never ordered.
    """
    expected = np.zeros((len(matrix), 1))
    for cut_off in matrix.cut_offs:
        rows = matrix.as_of == utc_us(cut_off)
        known = narrowed(matrix, READ, rows)
        fit = fit_btyd(known)
        if fit is None:
            return None
        expected[rows, 0] = A_THOUSAND * np.nan_to_num(_within_outcome(task, fit, known))
    return FeatureMatrix(matrix.customer_id, matrix.as_of, (EXPECTED,), expected)


def _within_outcome(task: Task, fit: Btyd, matrix: FeatureMatrix) -> Floats:
    before = fit.expected_orders(matrix, task.gap / DAY) if task.gap else 0.0
    return fit.expected_orders(matrix, task.reach / DAY) - before


def _fitted(kind: TaskKind, columns: tuple[str, ...], learned: Examples, matrix: FeatureMatrix) -> Floats:
    rule = fit_rule(learned.matrix, fitting_target(learned.label, kind), kind, columns)
    predicted = rule.predict(matrix)
    if kind is TaskKind.PROBABILITY:
        return predicted
    return predicted * (max(float(learned.label.sum()), 1.0) / float(rule.predict(learned.matrix).sum()))
