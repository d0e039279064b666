"""A real log published as of three past days, and what then came of each publication, read when it had come.

The first year of Online Retail II. Each publication is made by `backfill`: models trained as of its day, on what was
known then, gate and all. Nothing of what came later is read until the log's end.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.quality.data_sets import DATA_SETS
from flows.backfilling import backfill
from flows.hindsight.came_out import judged
from flows.hindsight.matured import Hindsight
from flows.ingesting import ingest
from flows.plain import plain_do
from flows.project import Project, open_project
from pipeline.events.gaps import known_gaps
from pipeline.publish.published import Publication, publications
from pipeline.publish.record import CameOut

DATA = Path("../shared/data")
LOG = next(one for one in DATA_SETS if one.name == "online_retail")
EVERY = timedelta(days=30)
LAST = datetime(2010, 9, 10, tzinfo=UTC)  # ninety days before the log's end
DAYS = tuple(LAST - EVERY * back for back in (2, 1, 0))
ARRIVED = datetime(2027, 1, 1, tzinfo=UTC)  # when the log has come in


@dataclass(frozen=True)
class Matured:
    """By publication, oldest first, how each task's predictions came out."""

    log: str
    days: tuple[datetime, ...]
    came_out: tuple[CameOut, ...]

    def to_json(self) -> dict[str, Any]:
        """Return one object a publication and task, with the calibration table as (predicted, came, customers)."""
        return {
            "log": self.log,
            "days": [f"{day:%Y-%m-%d}" for day in self.days],
            "came_out": [_figures(one) for one in self.came_out],
        }


def measure(data: Path = DATA, days: tuple[datetime, ...] = DAYS) -> Matured | None:
    """Publish as of past days of the log in `data`, and say how the publications came out; None where it is missing."""
    if LOG.needs is None or not (data / LOG.needs).exists():
        return None
    with tempfile.TemporaryDirectory() as name:
        LOG.lay(data.resolve(), Path(name))
        project = open_project(Path(name))
        ingest(project, ARRIVED)
        backfill(project, days, ARRIVED, do=plain_do(), retrain_every=EVERY)
        return Matured(LOG.name, days, tuple(_came_out(project)))


def table(found: Matured) -> str:
    """Return the calibration tables for a person."""
    return "\n".join(line for one in found.came_out for line in _lines(_figures(one)))


def _came_out(project: Project) -> Iterator[CameOut]:
    for publication in publications(project.published):
        hindsight = Hindsight(project, ARRIVED, _customers(publication), known_gaps(project.store, ARRIVED))
        for task in project.tasks:
            asked = hindsight.predicted(publication, task.name)
            told = judged(hindsight, publication, asked) if asked else None
            if told is not None:
                yield told


def _customers(publication: Publication) -> Any:  # noqa: ANN401 - pyarrow is untyped
    rows = pq.read_table(publication.path / "predictions.parquet", columns=["customer_id"])
    return rows["customer_id"].combine_chunks()


def _figures(one: CameOut) -> dict[str, Any]:
    everybody = sum(n for *_, n in one.reliability)
    mean_predicted = sum(predicted * n for predicted, _, n in one.reliability) / everybody
    mean_came = sum(came * n for _, came, n in one.reliability) / everybody
    return {
        "publication": one.publication_id,
        "as_of": f"{one.as_of:%Y-%m-%d}",
        "task": one.task,
        "model_version": one.model_version,
        "horizon_days": one.horizon_days,
        "customers": one.customers,
        "mean_predicted": mean_predicted,
        "mean_came": mean_came,
        **{name: one.metrics[name] for name in ("roc_auc", "gini", "ece", "total_ratio") if name in one.metrics},
        "calibration": [list(group) for group in one.reliability],
        "lists": [asdict(each) for each in one.lists],
        "held_out": [asdict(each) for each in one.held_out],
    }


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    ranked = f"AUC {told['roc_auc']:.3f}" if "roc_auc" in told else f"Gini {told['gini']:.3f}"
    level = f"ECE {told['ece']:.3f}" if "ece" in told else f"predicted over actual {told['total_ratio']:.2f}"
    yield (
        f"  {told['publication']}  {told['task']} within {told['horizon_days']} days, {told['customers']:,} customers, "
        f"version {told['model_version']}: {ranked}, {level}"
    )
    yield f"    {'predicted':>10}  {'came':>10}  customers"
    for predicted, came, customers in told["calibration"]:
        yield f"    {predicted:10.3f}  {came:10.3f}  {customers:9,}"
    yield f"    {told['mean_predicted']:10.3f}  {told['mean_came']:10.3f}  {told['customers']:9,}  all"
