"""Groups of customers that behave alike, found without a target, named by what sets each apart, and kept on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from features.matrix import FeatureMatrix
from models.clusters.identity import Change, Identity, carry_over, first_identity
from models.clusters.part import Ints, Mask, Part, find_part
from models.clusters.portraits import Portrait, draw_portraits
from models.clusters.space import ONE_TIME_TOPICS, REPEAT_TOPICS
from models.columns import column, of_rows
from pipeline.errors import NotEnoughDataError

LEAST_CUSTOMERS = 100
LEAST_SHARE = 0.04  # of the customers with an order, in the smallest cluster: fewer are not worth a campaign
UNCLEAR = "Unclear"
KINDS = (("one_time", ONE_TIME_TOPICS), ("repeat", REPEAT_TOPICS))  # no cadence is known of who ordered once


@dataclass(frozen=True)
class Clusters:
    """The clusters of one-time and of repeat buyers, a portrait of each, and what became of those before.

    `portraits` are in the order of the parts and of their centres. `last_id` is the highest number that an id ever
    had, `unclear_share` that of the customers with an order who are between clusters, `kept_share` that of those whose
    cluster had the same id before (1 for the first clusters).
    """

    parts: tuple[Part, ...]
    portraits: tuple[Portrait, ...]
    changes: tuple[Change, ...]
    last_id: int
    unclear_share: float
    kept_share: float

    @property
    def names(self) -> tuple[str, ...]:
        """The clusters' readable names."""
        return tuple(portrait.name for portrait in self.portraits)

    @property
    def descriptions(self) -> Mapping[str, str]:
        """A sentence about each cluster, by its name."""
        return {portrait.name: portrait.description for portrait in self.portraits}

    @property
    def figures(self) -> dict[str, float]:
        """How good the clusters are, in numbers: stability and silhouette of each part, and who is unclear or kept.

        Of a part that stayed as it was before, `nearer_anew` says how much nearer its centres customers would lie if
        they were found anew, as a share of the squared distance.
        """
        chosen = [(kind, part.chosen) for (kind, _), part in zip(KINDS, self.parts, strict=True)]
        told = {f"stability_{kind}": each.stability for kind, each in chosen if each}
        told |= {f"silhouette_{kind}": each.silhouette for kind, each in chosen if each}
        stayed = [(kind, part.nearer_anew) for (kind, _), part in zip(KINDS, self.parts, strict=True)]
        told |= {f"nearer_anew_{kind}": nearer for kind, nearer in stayed if nearer is not None}
        shares = {"unclear_share": self.unclear_share, "kept_share": self.kept_share}
        return {"clusters": float(len(self.names)), **told, **shares}

    @property
    def card(self) -> dict[str, Any]:
        """What the model's card says: figures, who the clusters are, what became of those before, which were tried."""
        told = ("id", "name", "description", "size", "share")
        return {
            "figures": self.figures,
            "clusters": [{name: getattr(portrait, name) for name in told} for portrait in self.portraits],
            "changes": [asdict(change) for change in self.changes],
            "tried": {
                kind: [asdict(each) for each in part.tried] for (kind, _), part in zip(KINDS, self.parts, strict=True)
            },
        }

    def assign(self, matrix: FeatureMatrix) -> npt.NDArray[np.object_]:
        """Return the name of each row's cluster, of shape (n,).

        "Unclear" for whoever lies between two clusters; None for whoever never ordered.
        """
        return self._named(matrix, self.names)

    def ids(self, matrix: FeatureMatrix) -> npt.NDArray[np.object_]:
        """Return the id of each row's cluster, which keeps its meaning across retrains; otherwise as `assign`."""
        return self._named(matrix, tuple(portrait.id for portrait in self.portraits))

    def nearest(self, matrix: FeatureMatrix) -> tuple[Ints, Mask]:
        """Return each row's nearest cluster as a place in `portraits`, -1 for who never ordered; and who is clear."""
        places, clear = np.full(len(matrix), -1), np.zeros(len(matrix), dtype=np.bool_)
        first = 0
        for part, rows in zip(self.parts, _kinds(matrix), strict=True):
            if rows.any():
                members, clear[rows] = part.assign(of_rows(matrix, rows))
                places[rows] = first + members
            first += len(part)
        return places, clear

    def _named(self, matrix: FeatureMatrix, names: tuple[str, ...]) -> npt.NDArray[np.object_]:
        places, clear = self.nearest(matrix)
        named = np.array([*names, None], dtype=object)[places]
        named[(places >= 0) & ~clear] = UNCLEAR
        return named

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "parts": [part.as_dict() for part in self.parts],
            "portraits": [asdict(portrait) for portrait in self.portraits],
            "changes": [asdict(change) for change in self.changes],
            **{name: getattr(self, name) for name in ("last_id", "unclear_share", "kept_share")},
        }

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> "Clusters":
        """Return the clusters that `as_dict` told of."""
        changes = [
            {**change, "before": tuple(change["before"]), "after": tuple(change["after"])} for change in told["changes"]
        ]
        made = {
            "parts": tuple(Part.from_dict(part) for part in told["parts"]),
            "portraits": tuple(Portrait(**portrait) for portrait in told["portraits"]),
            "changes": tuple(Change(**change) for change in changes),
        }
        return cls(**{**told, **made})


def find_clusters(matrix: FeatureMatrix, *, seed: int, before: Clusters | None = None, currency: str = "") -> Clusters:
    """Find clusters among one cut-off's customers with an order, as many as stay the same when half are left out.

    They go on from the clusters `before`, read on the same customers, where these still hold. Descriptions name
    amounts in `currency`. Fewer than 100 customers raise NotEnoughDataError.
    """
    matrix = of_rows(matrix, ordered(matrix))
    if len(matrix) < LEAST_CUSTOMERS:
        raise NotEnoughDataError(
            f"Clusters expected at least {LEAST_CUSTOMERS} customers with an order, got {len(matrix)}. "
            "Load a longer event log; rules still work.",
        )
    was = before.nearest(matrix)[0] if before else None
    found = Clusters(_find_parts(matrix, seed, before, was), (), (), 0, 0.0, 1.0)
    now, clear = found.nearest(matrix)
    identity = _identity(before, was, now, sum(map(len, found.parts)))
    old = [None if before is None or place is None else before.portraits[place] for place in identity.going_on]
    return replace(
        found,
        portraits=draw_portraits(matrix, now, identity.ids, old, currency=currency),
        changes=identity.changes,
        last_id=identity.last,
        unclear_share=float(1 - clear.mean()),
        kept_share=identity.kept_share,
    )


def ordered(matrix: FeatureMatrix) -> npt.NDArray[np.bool_]:
    """Return who has an order, of shape (n,): a visit, an e-mail or a refund alone makes a row too."""
    return column(matrix, "orders_lifetime") >= 1


def _kinds(matrix: FeatureMatrix) -> tuple[Mask, Mask]:
    """Return who ordered once and who ordered more often, each of shape (n,)."""
    orders = column(matrix, "orders_lifetime")
    return (orders >= 1) & (orders < 2), orders >= 2  # noqa: PLR2004


def _find_parts(matrix: FeatureMatrix, seed: int, before: Clusters | None, was: Ints | None) -> tuple[Part, ...]:
    found, first = [], 0
    for number, ((_, topics), rows) in enumerate(zip(KINDS, _kinds(matrix), strict=True)):
        earlier = None
        if before is not None and was is not None:
            earlier = (was[rows] - first, before.parts[number])
            first += len(before.parts[number])
        least = min(LEAST_SHARE * len(matrix) / max(int(rows.sum()), 1), 1.0)
        found.append(find_part(of_rows(matrix, rows), topics, least_share=least, seed=seed, before=earlier))
    return tuple(found)


def _identity(before: Clusters | None, was: Ints | None, now: Ints, count: int) -> Identity:
    if before is None or was is None:
        return first_identity(count)
    return carry_over([portrait.id for portrait in before.portraits], was, now, count, last=before.last_id)
