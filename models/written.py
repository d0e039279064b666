"""Every column that predictions fill, known before anything is scored."""

from collections.abc import Mapping
from types import MappingProxyType

from models.category.scoring import NAMES
from models.money import Aim
from models.scoring import (
    LIFETIME_VALUE,
    NEXT_ORDER,
    NEXT_ORDER_FROM,
    NEXT_ORDER_UNTIL,
    is_lifetime_value,
    reason_columns,
)
from models.tasks import Task
from models.worth import aim, band_column, stake_column
from pipeline.conditions.known import Kind

BESIDE_TASKS: Mapping[str, Kind] = MappingProxyType(
    {
        NEXT_ORDER: Kind.MOMENT,
        NEXT_ORDER_FROM: Kind.MOMENT,
        NEXT_ORDER_UNTIL: Kind.MOMENT,
        "cluster": Kind.TEXT,
        **{name: Kind.NUMBER if name.endswith("_probability") else Kind.TEXT for name in NAMES},
    },
)
"""What is said of customers by no task: the next order, the next categories and the cluster."""


def written_by(task: Task) -> dict[str, Kind]:
    """Return every column that a task may write: its prediction, what is at stake, the band and the reasons."""
    told = {task.prediction: Kind.NUMBER}
    if is_lifetime_value(task):
        told[LIFETIME_VALUE] = Kind.NUMBER
    goal = aim(task)
    if goal is not None:
        told[stake_column(task)] = Kind.NUMBER
    if goal is Aim.KEEP:
        told[band_column(task)] = Kind.TEXT
    return told | dict.fromkeys(reason_columns(task), Kind.TEXT)
