"""Groups of customers that behave alike, found without a target and named by what sets each apart."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.impute import SimpleImputer
from sklearn.metrics import silhouette_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from features.matrix import FeatureMatrix
from models.cluster_names import READ, name_clusters
from models.columns import column, narrowed
from models.linear import logs
from models.link import Floats
from pipeline.errors import NotEnoughDataError

COLUMNS = (
    "days_since_last_order",
    "days_since_first_order",
    "orders_lifetime",
    "orders_365d",
    "revenue_lifetime",
    "average_order_value_lifetime",
    "products_lifetime",
)
COUNTS = range(3, 7)
LEAST_CUSTOMERS = 100
SAMPLE = 2000  # the silhouette compares every pair
WINSOR = 0.99


@dataclass(frozen=True)
class Clusters:
    """Cluster centres and their names, in the order of the centres.

    `columns` are read as log(1 + x), each no higher than its cap, which is a logarithm too.
    """

    columns: tuple[str, ...]
    caps: tuple[float, ...]
    pipeline: Pipeline
    names: tuple[str, ...]

    def assign(self, matrix: FeatureMatrix) -> npt.NDArray[np.object_]:
        """Return the name of each row's cluster, of shape (n,); None for whoever never ordered."""
        names = np.full(len(matrix), None, dtype=object)
        rows = ordered(matrix)
        if rows.any():
            read = narrowed(matrix, self.columns, rows)
            members = self.pipeline.predict(prepare(read, self.columns, np.array(self.caps)))
            names[rows] = np.array(self.names, dtype=object)[members]
        return names


def find_clusters(matrix: FeatureMatrix, *, seed: int) -> Clusters:
    """Find three to six clusters among one cut-off's customers with an order, as many as separate best by silhouette.

    Fewer than 100 customers raise NotEnoughDataError.
    """
    columns = tuple(name for name in COLUMNS if name in matrix.names)
    matrix = narrowed(matrix, (*columns, *READ), ordered(matrix))
    if len(matrix) < LEAST_CUSTOMERS:
        raise NotEnoughDataError(
            f"Clusters expected at least {LEAST_CUSTOMERS} customers with an order, got {len(matrix)}. "
            "Load a longer event log; rules still work.",
        )
    caps = np.nanquantile(logs(matrix, columns), WINSOR, axis=0)
    prepared = prepare(matrix, columns, caps)
    candidates = [_pipeline(count, seed).fit(prepared) for count in COUNTS]
    best = max(candidates, key=lambda pipeline: _separation(pipeline, prepared, seed))
    names = name_clusters(matrix, best.predict(prepared), best["cluster"].n_clusters)
    return Clusters(columns, tuple(caps.tolist()), best, names)


def ordered(matrix: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """Return who has an order, of shape (n,): a visit, an e-mail or a refund alone makes a row too."""
    return column(matrix, "orders_lifetime") >= 1


def prepare(matrix: FeatureMatrix, columns: tuple[str, ...], caps: Floats) -> Floats:
    """Return the columns as log(1 + x), winsorised, of shape (n, columns)."""
    return np.minimum(logs(matrix, columns), caps)


def _pipeline(count: int, seed: int) -> Pipeline:
    return Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("scale", StandardScaler()),
            ("cluster", KMeans(count, n_init=5, random_state=seed)),
        ],
    )


def _separation(pipeline: Pipeline, prepared: Floats, seed: int) -> float:
    """Return the silhouette on a sample; -1 where the sample falls into one cluster."""
    rows = np.random.default_rng(seed).permutation(len(prepared))[:SAMPLE]
    scaled = pipeline[:-1].transform(prepared[rows])
    members = pipeline["cluster"].predict(scaled)
    return float(silhouette_score(scaled, members)) if len(set(members.tolist())) > 1 else -1.0
