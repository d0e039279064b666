"""Whether clusters find the groups that the simulated shop is made of, and keep their identity from month to month.

`python -m benchmarks.clusters [--json] [--customers N] [--seed N] [--retrains N]`; simulates its own shop of two years.
The keys:

- `customers` with an order at the last retrain, `clusters` found, and the `figures` of the clusters' card;
- `planted_rand_index`: the adjusted Rand index of the clusters and the planted groups, of the customers with an order;
  `clear_rand_index`, of those who are not unclear; 0 is chance. A group shows in a customer's orders only with time:
  a classifier that is told the groups reaches about .45 with every feature there is;
- `one_space_rand_index`: of as many clusters by k-means on seven columns of recency, frequency and value, one-time and
  repeat buyers together; `mixture_rand_index`: of Gaussian mixtures with a shared and with diagonal covariances, as
  many components for one-time and for repeat buyers as there are clusters, in the space of the clusters;
- `mixture_stability`: beside `stability_repeat` of the figures, how far two halves of the repeat buyers agree on them;
- `kept_shares`: at each retrain, of the customers with an order, whose cluster has the same id by the clusters before
  and by the new ones; `clear_kept_shares`, of those whom neither holds unclear; and the least of each. Clusters stay
  as they are for as long as found anew they would lie hardly nearer to the customers: then 1. `found_anew`: how many
  of the retrains found those of repeat buyers anew;
- `changes`: how many clusters were split, merged, new or gone in all retrains.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from features.engines import build_features
from features.learning import learn_vocabulary
from features.matrix import FeatureMatrix
from models.clusters.model import KINDS, UNCLEAR, Clusters, find_clusters, ordered
from models.linear import logs
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from pipeline.settings.sources import ColumnsSource
from pipeline.shop.lives import live
from pipeline.shop.rows import customer_ids
from pipeline.shop.simulate import open_shop
from pipeline.shop.write import write_shop
from pipeline.sources.ingest import ingest

START, END = datetime(2024, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
ARRIVED = END + timedelta(days=30)
MONTH = timedelta(days=30)
CUSTOMERS, SEED, RETRAINS = 1_500, 1, 5
ONE_SPACE = (
    "days_since_last_order", "days_since_first_order", "orders_lifetime", "orders_365d", "revenue_lifetime",
    "average_order_value_lifetime", "products_lifetime",
)  # fmt: skip
COVARIANCES = ("tied", "diag")
HALVES = 5

Figures = dict[str, Any]
Numbers = npt.NDArray[np.int_]


def main() -> None:
    """Measure and print a table, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clusters", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    parser.add_argument("--customers", type=int, default=CUSTOMERS, help="of the simulated shop")
    parser.add_argument("--seed", type=int, default=SEED, help="of the simulated shop")
    parser.add_argument("--retrains", type=int, default=RETRAINS, help="a month apart, after the first training")
    asked = parser.parse_args()
    figures = measure(asked.customers, asked.seed, asked.retrains)
    print(json.dumps(figures) if asked.json else table(figures))


def measure(customers: int = CUSTOMERS, seed: int = SEED, retrains: int = RETRAINS) -> Figures:
    """Simulate a shop, train clusters on it month after month, and hold them against its planted groups."""
    matrix, groups = simulated(customers, seed, retrains)
    found = [find_clusters(matrix.at(matrix.cut_offs[0]), seed=seed)]
    for cut_off in matrix.cut_offs[1:]:
        found.append(find_clusters(matrix.at(cut_off), seed=seed, before=found[-1]))
    return {**planted(found[-1], matrix.at(matrix.cut_offs[-1]), groups, seed), **kept(found, matrix)}


def simulated(customers: int, seed: int, retrains: int) -> tuple[FeatureMatrix, Mapping[str, int]]:
    """Return features a month apart, and the number of each customer's planted group."""
    with TemporaryDirectory(prefix="segcast-benchmark-") as name:
        folder = Path(name)
        write_shop(folder / "shop", customers, START, END, seed)
        columns = {column: column for column in EVENTS.columns}
        source = ColumnsSource(format="columns", name="events", files=("events/*.parquet",), columns=columns)
        store = Store(folder / "store")
        ingest(store, [source], folder / "shop", ARRIVED)
        history = store.history(END)
        cut_offs = [END - MONTH * back for back in reversed(range(retrains + 1))]
        matrix = build_features(history, cut_offs, learn_vocabulary(history))
    lives = live(open_shop(customers, START, END, seed), customers)
    people = [(customer_ids(chunk.people.number).to_pylist(), chunk.people.group.tolist()) for chunk in lives]
    return matrix, {name: group for names, numbers in people for name, group in zip(names, numbers, strict=True)}


def planted(clusters: Clusters, now: FeatureMatrix, groups: Mapping[str, int], seed: int) -> Figures:
    """Return how well clusters, and other ways to find them, agree with the planted groups."""
    known = now.where(ordered(now) & np.isin(now.customer_id, list(groups)))
    places, clear = clusters.nearest(known)
    truth = np.array([groups[name] for name in known.customer_id.tolist()])
    count = len(clusters.names)
    together = KMeans(count, n_init=10, random_state=seed).fit_predict(_scaled(known))
    mixtures = {form: _mixture(clusters, known, form, seed) for form in COVARIANCES}
    return {
        "customers": len(known),
        "clusters": count,
        "figures": clusters.figures,
        "planted_rand_index": _agreement(truth, places),
        "clear_rand_index": _agreement(truth[clear], places[clear]),
        "one_space_rand_index": _agreement(truth, together),
        "mixture_rand_index": {form: _agreement(truth, numbers) for form, numbers in mixtures.items()},
        "mixture_stability": {form: _stability(clusters, known, form, seed) for form in COVARIANCES},
    }


def kept(found: Sequence[Clusters], matrix: FeatureMatrix) -> Figures:
    """Return which customers' clusters keep their identity at each retrain."""
    shares, clear = [], []
    for before, after, cut_off in zip(found, found[1:], matrix.cut_offs[1:], strict=False):
        now = matrix.at(cut_off)
        was, became = (clusters.ids(now.where(ordered(now))) for clusters in (before, after))
        sure = (was != UNCLEAR) & (became != UNCLEAR)
        shares.append(round(after.kept_share, 4))
        clear.append(round(float((was == became)[sure].mean()), 4))
    changes = Counter(change.kind for clusters in found for change in clusters.changes)
    return {
        "kept_shares": shares,
        "least_kept_share": min(shares, default=None),
        "clear_kept_shares": clear,
        "least_clear_kept_share": min(clear, default=None),
        "found_anew": sum(clusters.parts[-1].nearer_anew is None for clusters in found[1:]),
        "changes": dict(changes),
    }


def table(figures: Figures) -> str:
    """Return the figures for a person."""
    title = "Clusters beside the groups of the simulated shop, and from month to month"
    return "\n".join([title, *(f"{name:<24}{_shown(value)}" for name, value in figures.items())])


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _agreement(one: Numbers, other: Numbers) -> float:
    return round(float(adjusted_rand_score(one, other)), 4)


def _scaled(matrix: FeatureMatrix) -> npt.NDArray[np.float64]:
    read = logs(matrix, ONE_SPACE)
    return np.asarray(StandardScaler().fit_transform(np.minimum(read, np.quantile(read, 0.99, axis=0))))


def _mixture(clusters: Clusters, known: FeatureMatrix, form: str, seed: int) -> Numbers:
    """Return the component of each customer, numbered over both kinds."""
    numbers = np.zeros(len(known), dtype=np.int64)
    for place, rows in enumerate(_of_kinds(known)):
        part = clusters.parts[place]
        points = part.space.place(known.where(rows))
        numbers[rows] = 100 * place + _fitted(points, len(part), form, seed).predict(points)
    return numbers


def _stability(clusters: Clusters, known: FeatureMatrix, form: str, seed: int) -> float:
    """Return how far two halves of the repeat buyers agree on a mixture, as clusters are tried."""
    part = clusters.parts[-1]
    points = part.space.place(known.where(_of_kinds(known)[-1]))
    agreed = []
    for draw in range(HALVES):
        order = np.random.default_rng(seed + draw).permutation(len(points))
        halves = np.array_split(points[order], 2)
        agreed.append(_agreement(*(_fitted(half, len(part), form, draw).predict(points) for half in halves)))
    return round(float(np.mean(agreed)), 4)


def _fitted(points: npt.NDArray[np.float64], count: int, form: str, seed: int) -> GaussianMixture:
    mixture = GaussianMixture(count, covariance_type=form, reg_covar=0.02, n_init=3, max_iter=500, random_state=seed)
    return mixture.fit(points)


def _of_kinds(matrix: FeatureMatrix) -> list[npt.NDArray[np.bool_]]:
    """Return who ordered once and who ordered more often, in the order of the clusters' parts."""
    once = matrix.column("orders_lifetime") < 2  # noqa: PLR2004
    return [once, ~once][: len(KINDS)]


if __name__ == "__main__":
    main()
