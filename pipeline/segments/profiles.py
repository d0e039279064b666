"""What is known and predicted about every customer at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import pyarrow as pa

from pipeline.conditions.known import Kind
from pipeline.errors import ModelError

PREDICTIONS: Mapping[str, Kind] = MappingProxyType(
    {
        "churn_probability": Kind.NUMBER,
        "purchase_probability": Kind.NUMBER,
        "expected_spend": Kind.NUMBER,
        "expected_next_order_at": Kind.MOMENT,
        "value_at_stake": Kind.NUMBER,
        "churn_band": Kind.TEXT,
        "cluster": Kind.TEXT,
        "churn_reason_1": Kind.TEXT,
        "churn_reason_2": Kind.TEXT,
        "churn_reason_3": Kind.TEXT,
    },
)
"""What every publication promises to say, null where no model does; a project's own tasks may predict more."""


@dataclass(frozen=True)
class Profiles:
    """One row a customer: `customer_id` (text, unique), features (float64) and predictions.

    `predicted` names the columns that models write; the table lacks those whose model is not there yet. A null feature
    means what the feature's definition says; a null prediction, that its model does not speak of this customer.
    """

    as_of: datetime
    table: pa.Table
    predicted: frozenset[str] = frozenset(PREDICTIONS)

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ModelError(f"Profiles: expected as_of with a time zone, got {self.as_of}.")
        if "customer_id" not in self.table.column_names:
            raise ModelError(f'Profiles: expected a column "customer_id", got {", ".join(self.table.column_names)}.')

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def predictions(self) -> dict[str, Kind]:
        """The predictions that are there, in the order of the table."""
        return {name: kind for name, kind in self.kinds.items() if name in self.predicted}

    @property
    def kinds(self) -> dict[str, Kind]:
        """The columns that a condition may read; one without a single typed value is as good as absent."""
        return {
            field.name: _kind(field.type)
            for field in self.table.schema
            if not pa.types.is_null(field.type) and field.name != "customer_id"
        }


def _kind(type_: pa.DataType) -> Kind:
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return Kind.TEXTS
    if pa.types.is_boolean(type_):
        return Kind.TRUTH
    if pa.types.is_timestamp(type_):
        return Kind.MOMENT
    if pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        return Kind.NUMBER
    return Kind.TEXT
