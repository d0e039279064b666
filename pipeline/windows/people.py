"""What customers said of themselves, as known at a moment: the month of birth and the traits that a shop asks for.

Nothing else of the table of customers comes near a feature.
"""

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.windows.arrays import Floats, Ints

PEOPLE_COLUMNS = ("customer_id", "received_at", "birth_month", "traits")


@dataclass(frozen=True)
class People:
    """Rows about customers, numbered as in the rows beside it, each customer's in order of arrival.

    `customer` and `received_us` have one entry a row; `birth_month` is 1 to 12, NaN when unknown; `traits` is text that
    holds one JSON object, or null.
    """

    customer: Ints
    received_us: Ints
    birth_month: Floats
    traits: pa.StringArray

    def known(self, cut_off_us: int) -> Ints:
        """Return each customer's newest row that had arrived before the moment."""
        arrived = np.flatnonzero(self.received_us < cut_off_us)
        customer = self.customer[arrived]
        return np.asarray(arrived[np.append(customer[1:] != customer[:-1], np.ones(min(len(arrived), 1), bool))])

    def trait(self, name: str) -> tuple[object, ...]:
        """Return what each row says of a trait, null where it says nothing; read once, however often it is asked."""
        if name not in self._told:
            told = (None if text is None else json.loads(text).get(name) for text in self.traits.to_pylist())
            self._told[name] = tuple(value if isinstance(value, str | int | float | bool) else None for value in told)
        return self._told[name]

    @cached_property
    def _told(self) -> dict[str, tuple[object, ...]]:
        return {}


NOBODY = People(np.array([], np.int64), np.array([], np.int64), np.array([]), pa.array([], pa.string()))


def people_of(table: pa.Table, customer_ids: pa.StringArray) -> People:
    """Number the rows of those among `customer_ids`; `table` has `PEOPLE_COLUMNS`."""
    place = pc.index_in(table["customer_id"], customer_ids)
    mine = table.append_column("place", place).filter(pc.is_valid(place))
    ordered = mine.sort_by([("place", "ascending"), ("received_at", "ascending"), ("traits", "ascending")])
    months = ordered["birth_month"].cast(pa.float64()).to_numpy()
    return People(
        ordered["place"].to_numpy().astype(np.int64),
        ordered["received_at"].cast(pa.int64()).to_numpy(),
        months,
        ordered["traits"].combine_chunks() if len(ordered) else pa.array([], pa.string()),
    )


def as_number(value: object) -> float:
    """Return a trait's number, 1 for true and 0 for false; NaN for anything else."""
    return float(value) if isinstance(value, bool | int | float) else np.nan
