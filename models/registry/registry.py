"""What a shop keeps versions of: a model for each task, the clusters, the next order and the next category."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from models.artefacts import (
    NEXT_ORDER,
    load_clusters,
    load_model,
    load_next_order,
    save_clusters,
    save_model,
    save_next_order,
)
from models.cards.outlook import Outlook
from models.cards.record import about, params
from models.category.artefacts import load_category, save_category
from models.category.backtest import CategoryBacktest
from models.category.model import CATEGORY, CategoryModel
from models.clusters.model import Clusters
from models.judging.backtest import Backtest
from models.judging.gate import Verdict
from models.model import Model
from models.monitoring.reference import Reference
from models.orders.next_order import NextOrder
from models.registry.promoting import Promotions
from models.registry.versions import CHAMPION, Version
from models.tasks import Task
from pipeline.errors import ModelError

CLUSTERS = "clusters"
T = TypeVar("T")


@dataclass(frozen=True)
class Made:
    """Where a model comes from: the store's version, the code's, and a digest of the settings."""

    data_snapshot: int
    code_version: str
    settings: str = ""


class Registry(Promotions):
    """Everything registered, each kind in its own form."""

    def register(
        self,
        model: Model,
        made: Made,
        backtest: Backtest | None,
        verdict: Verdict | None,
        outlook: Outlook | None = None,
        *,
        reference: Reference | None = None,
    ) -> Version:
        """Write a model's files, log its figures and make it the challenger."""
        card = {**asdict(made), **about(model, backtest, verdict, outlook)}
        write = partial(save_model, model=model, about=card, reference=reference)
        return self.add(model.task.name, write, {**params(model), **asdict(made)}, card["backtest"])

    def already(self, name: str, made: Made, as_of: datetime) -> Version | None:
        """Return the newest version of a name that was made from just this, as of this moment; None without one."""
        return next((one for one in reversed(self.versions(name)) if _made_from(one) == (made, as_of)), None)

    def champions(self, tasks: Iterable[Task]) -> Mapping[str, Model]:
        """Load the champion of each task that has one, by the task's name."""
        in_service = {task: self._champion(task.name, load_model) for task in tasks}
        return {task.name: _same_task(task, model) for task, model in in_service.items() if model}

    def register_clusters(self, clusters: Clusters, made: Made, *, as_of: datetime) -> Version:
        """Write clusters and put them into service at once: there is no outcome to judge them by."""
        write = partial(save_clusters, clusters=clusters, about={**asdict(made), "as_of": as_of})
        told = {**asdict(made), "as_of": as_of.isoformat(), "clusters": len(clusters.names)}
        version = self.add(CLUSTERS, write, told, clusters.figures)
        return self.promote(CLUSTERS, version.number)

    def clusters(self) -> Clusters | None:
        """Load the clusters in service, None before the first."""
        return self._champion(CLUSTERS, load_clusters)

    def register_category(
        self, model: CategoryModel, made: Made, backtest: CategoryBacktest, verdict: Verdict
    ) -> Version:
        """Write a model of the next category, log its figures and make it the challenger."""
        figures = backtest.to_json()
        write = partial(
            save_category, model=model, about={**asdict(made), "backtest": figures, "verdict": verdict.to_json()}
        )
        told = {"categories": len(model.among), "customers": model.card.customers, "rows": model.card.rows}
        return self.add(model.task.name, write, {**asdict(made), **told}, figures)

    def category(self) -> CategoryModel | None:
        """Load the model of the next category in service, None before the first."""
        return self._champion(CATEGORY.name, load_category)

    def register_next_order(
        self, fitted: NextOrder, made: Made, figures: Mapping[str, float], *, as_of: datetime
    ) -> Version:
        """Write how customers wait, log the figures and make it the challenger."""
        known = {name: value for name, value in figures.items() if not math.isnan(value)}
        write = partial(save_next_order, fitted=fitted, about={**asdict(made), "as_of": as_of, "backtest": known})
        return self.add(NEXT_ORDER, write, {**asdict(made), "as_of": as_of.isoformat()}, known)

    def next_order(self) -> NextOrder | None:
        """Load what is in service, None before the first."""
        return self._champion(NEXT_ORDER, load_next_order)

    def _champion(self, name: str, load: Callable[[Path], T]) -> T | None:
        """Load the version of a name that is in service, None without one."""
        found = self.find(name, CHAMPION)
        return load(found.folder) if found else None


def _made_from(version: Version) -> tuple[Made, datetime] | None:
    """Return what a version was made from, and as of when; None where its files do not say any more."""
    try:
        card, as_of = version.card, version.as_of
    except ModelError:
        return None
    return Made(**{one.name: card[one.name] for one in fields(Made) if one.name in card}), as_of


def _asked(task: Task) -> str:
    gap = f" that begin {task.gap.days} days later" if task.gap else ""
    bound = f", learned from the last {task.lookback.days} days" if task.lookback else ""
    return f"{task.target} within {task.horizon_days:g} days{gap} of {task.population}{bound}"


def _same_task(task: Task, model: Model) -> Model:
    """Refuse a model that answers another question than the task of its name asks today."""
    if model.task != task:
        raise ModelError(
            f"The champion of {task.name} was trained for {_asked(model.task)}, but the task now asks for "
            f"{_asked(task)}. Train again.",
        )
    return model
