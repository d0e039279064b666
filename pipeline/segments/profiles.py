"""What is known and predicted about every customer at one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import pyarrow as pa

from pipeline.conditions.check import Kind
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
"""Every column that a model writes; profiles lack those whose model is not there yet."""


@dataclass(frozen=True)
class Profiles:
    """One row a customer: `customer_id` (text, unique), features (float64) and whichever `PREDICTIONS` exist.

    A null feature means what the feature's definition says; a null prediction, that its model does not speak of this
    customer.
    """

    as_of: datetime
    table: pa.Table

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None:
            raise ModelError(f"Profiles: expected as_of with a time zone, got {self.as_of}.")
        if "customer_id" not in self.table.column_names:
            raise ModelError(f'Profiles: expected a column "customer_id", got {", ".join(self.table.column_names)}.')

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def completed(self, names: Iterable[str]) -> "Profiles":
        """Return the profiles with null in a column of numbers for each name that they lack.

        A feature of events that a shop does not have is null for everybody: a condition on it holds for nobody.
        """
        lacking = [name for name in dict.fromkeys(names) if name not in self.table.column_names]
        nothing = {name: pa.nulls(len(self), pa.float64()) for name in lacking}
        columns = {name: self.table[name] for name in self.table.column_names}
        return Profiles(self.as_of, pa.table({**columns, **nothing}))

    @property
    def kinds(self) -> dict[str, Kind]:
        """The columns that a condition may read; one without a single typed value is as good as absent."""
        return {
            field.name: _kind(field.type)
            for field in self.table.schema
            if not pa.types.is_null(field.type) and field.name != "customer_id"
        }


def _kind(type_: pa.DataType) -> Kind:
    if pa.types.is_boolean(type_):
        return Kind.TRUTH
    if pa.types.is_timestamp(type_):
        return Kind.MOMENT
    if pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_):
        return Kind.NUMBER
    return Kind.TEXT
