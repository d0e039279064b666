"""What a prediction is worth in money: what is at stake, whom it pays to contact, and how high the risk is."""

import numpy as np
import pyarrow as pa

from features.matrix import FeatureMatrix
from models.bands import bands
from models.columns import column
from models.judging.baselines import last_years_spend
from models.link import Floats
from models.money import Aim, Economics, best_list
from models.reasons.direction import means_leaving
from models.reasons.phrase import LEAVING
from models.tasks import Task, TaskKind
from pipeline.events.event_types import ORDER_PLACED

SPENT, ORDER_VALUE = "revenue_365d", "average_order_value_365d"
READ = (SPENT, ORDER_VALUE)


def aim(task: Task) -> Aim | None:
    """Return what a contact is for: to keep who may leave, to win an order; None where money does not follow.

    An amount is money already, or a count; a target beside leaving and ordering has no price.
    """
    if task.kind is not TaskKind.PROBABILITY:
        return None
    if means_leaving(task) is LEAVING:
        return Aim.KEEP
    return Aim.WIN if means_leaving(task) is not None and ORDER_PLACED in task.event_types else None


def value(task: Task, matrix: FeatureMatrix) -> Floats:
    """Return what is lost with each customer, or won with an order, of shape (n,); null in a shop without orders.

    Lost is a horizon's worth of last year's spend, won an order of last year's average value.
    """
    return column(matrix, ORDER_VALUE) if aim(task) is Aim.WIN else last_years_spend(task, matrix)


def about_money(
    task: Task, matrix: FeatureMatrix, predicted: Floats, economics: Economics | None
) -> dict[str, pa.Array]:
    """Return `<task>_value_at_stake`, and of a risk `<task>_band`, for the task's whole population: each (n,).

    At stake is the probability times the value. Churn's is called `value_at_stake`. Bands follow from money where the
    shop states all of it, from fixed bounds otherwise.
    """
    goal = aim(task)
    if goal is None:
        return {}
    worth = value(task, matrix)
    told = {stake_column(task): pa.array(predicted * worth, from_pandas=True)}
    if goal is Aim.KEEP:
        known = economics is not None and not economics.assumed and not np.isnan(worth).all()
        drawn = bands(best_list(predicted, worth, economics) if known and economics else None)
        told[band_column(task)] = drawn.of(predicted)
    return told


def stake_column(task: Task) -> str:
    """Return the column of what is at stake: churn's, which lists are ordered by, has no task's name before it."""
    return "value_at_stake" if task.name == "churn" else f"{task.name}_value_at_stake"


def band_column(task: Task) -> str:
    """Return the column of how high a risk is."""
    return f"{task.name}_band"
