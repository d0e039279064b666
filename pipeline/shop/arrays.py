"""The kinds of arrays in which the simulation thinks: customers, orders and products are counted from zero."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Truths: TypeAlias = npt.NDArray[np.bool_]
Column: TypeAlias = "pa.Array[Any]"
