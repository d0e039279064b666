"""Ingesting a log, judging the predictions, and what only some logs can tell beside."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.metrics import roc_auc_score

from benchmarks.judged import CUT_OFF
from benchmarks.quality.data_sets import (
    A_QUARTER,
    SHOP_CUSTOMERS,
    SHOP_SEED,
    TEXTBOOK_CUSTOMERS,
    TEXTBOOK_SEED,
    TEXTBOOK_START,
    DataSet,
)
from benchmarks.truth import truth_auc
from flows.demo import END, START
from flows.learning.backtesting import backtest_task
from flows.project import Project, open_project
from models.judging.backtest import Backtest
from models.tasks import TaskKind
from pipeline.shop.textbook.simulate import simulate_textbook
from pipeline.sources.ingest import ingest

ARRIVED = datetime(2027, 1, 1, tzinfo=UTC)  # when every log has come in


def judged(data_set: DataSet, data: Path) -> dict[str, Any]:
    """Return the backtest's object, with the bars that it is held to under `bars`."""
    with project_of(data_set, data) as project:
        result = backtest_task(project, data_set.task, data_set.as_of)
    beside = _correlation(result) | _below_best(data_set, result) | _below_truth(data_set, result)
    figures = {**result.to_json(), **beside}
    return {**figures, "about": data_set.about, "bars": [bar.held(figures) for bar in data_set.bars]}


@contextmanager
def project_of(data_set: DataSet, data: Path) -> Iterator[Project]:
    """Give a project with the log ingested."""
    with tempfile.TemporaryDirectory() as name:
        data_set.lay(data, Path(name))
        project = open_project(Path(name))
        ingest(project.store, project.settings.sources, project.folder, ARRIVED)
        yield project


def _correlation(result: Backtest) -> dict[str, float]:
    """Return the correlation of amounts, as transactions are judged in the literature."""
    if result.task.kind is TaskKind.PROBABILITY:
        return {}
    return {"pearson": float(np.corrcoef(result.judged.predicted, result.judged.examples.label)[0, 1])}


def _below_best(data_set: DataSet, result: Backtest) -> dict[str, float]:
    """Return how far the AUC lies below the best possible from the log, where that is a formula."""
    if not data_set.name.startswith("textbook"):
        return {}
    best, label = _best_purchase(result), result.judged.examples.label
    leaving = -1 if data_set.name.endswith("churn") else 1
    reached = float(roc_auc_score(label, leaving * best))
    return {"best_roc_auc": reached, "below_best": reached - float(roc_auc_score(label, result.judged.predicted))}


def _below_truth(data_set: DataSet, result: Backtest) -> dict[str, float]:
    """Return the AUC of each customer's hidden truth, where a shop is simulated, and how far ours lies below it."""
    if data_set.name != "simulated_shop":
        return {}
    return truth_auc(result, SHOP_CUSTOMERS, START, END, SHOP_SEED)


def _best_purchase(result: Backtest) -> np.ndarray[Any, Any]:
    """Return the best possible probability of a purchase for each judged row."""
    shop = simulate_textbook(
        TEXTBOOK_CUSTOMERS, TEXTBOOK_START, END, TEXTBOOK_SEED, truth_at=(CUT_OFF,), horizons=(A_QUARTER,)
    )
    rows = pa.table({"customer_id": pa.array(result.judged.examples.matrix.customer_id, pa.string())})
    place = rows.append_column("row", pa.array(np.arange(len(rows))))
    both = place.join(shop.truth.select(["customer_id", "best_purchase_probability"]), "customer_id", join_type="inner")
    return np.asarray(both.sort_by("row")["best_purchase_probability"].to_numpy())
