"""Looking after a project: is it healthy, and how did past publications come out."""

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.matrix import FeatureMatrix, utc_us
from flows.pressing import data_facts
from flows.project import Project, open_project
from models.judging.evaluation import evaluate
from models.labels import labels
from models.registry import CHAMPION
from models.tasks import Task, TaskKind, find_task
from pipeline.errors import SegcastError
from pipeline.publish.published import Publication, latest, publications

STALE = timedelta(days=2)
LARGE_SHARE_SET_ASIDE = 0.3


@dataclass(frozen=True)
class Finding:
    """Something looked at: whether it is as it should be, a sentence, and what to do if not."""

    about: str
    sentence: str
    fine: bool = True
    action: str = ""


def monitor(project: Project, as_of: datetime) -> Iterator[Finding]:
    """Yield findings about the log, and how each matured publication's churn predictions came out."""
    facts = data_facts(project)
    if facts.last_event is not None:
        late = as_of - facts.last_event
        yield Finding("freshness", f"The last event is {late.days} days old.", late <= STALE, "Check the exports.")
    set_aside = sum(facts.quarantined.values()) / max(facts.rows_read, 1)
    sentence = f"{set_aside:.1%} of the rows read were set aside."
    yield Finding("quality", sentence, set_aside <= LARGE_SHARE_SET_ASIDE, "Look at the reasons in the report.")
    churn = find_task("churn", project.tasks)
    for publication in publications(project.published):
        if facts.last_event is not None and publication.as_of + churn.horizon <= facts.last_event:
            yield _came_out(project, churn, publication)


def diagnose(folder: Path) -> Iterator[Finding]:
    """Yield findings about the environment, the settings and what the project folder holds."""
    yield Finding("python", f"Python {platform.python_version()}.")
    try:
        project = open_project(folder)
    except SegcastError as error:
        yield _amiss("settings", str(error), "Mend segcast.toml or segments.yaml.")
        return
    yield Finding("settings", f"{len(project.settings.sources)} sources, {len(project.segments())} segments.")
    try:
        first, last = project.store.span()
        yield Finding("event log", f"Events from {first:%Y-%m-%d} to {last:%Y-%m-%d}.")
    except SegcastError as error:
        yield _amiss("event log", str(error), "segcast ingest")
    for task in project.tasks:
        yield _in_service(project, task)
    yield _published(project)


def _amiss(about: str, sentence: str, action: str) -> Finding:
    return Finding(about, sentence, fine=False, action=action)


def _in_service(project: Project, task: Task) -> Finding:
    try:
        project.registry.champions([task])
        version = project.registry.find(task.name, CHAMPION)
    except SegcastError as error:
        return _amiss(f"model {task.name}", str(error), "segcast models rollback TASK, or segcast train")
    if version is None:
        return _amiss(f"model {task.name}", "None is in service.", "segcast train")
    return Finding(f"model {task.name}", f"Version {version.number} is in service.")


def _published(project: Project) -> Finding:
    found = latest(project.published)
    if found is None:
        return _amiss("publication", "There is none yet.", "segcast run")
    return Finding("publication", f"The latest is {found.publication_id}.")


def _came_out(project: Project, churn: Task, publication: Publication) -> Finding:
    table = pq.ParquetFile(publication.path / "predictions.parquet").read()
    about = f"publication {publication.publication_id}"
    rows = table.filter(pc.field("churn_probability").is_valid())
    if not rows.num_rows or churn.kind is not TaskKind.PROBABILITY:
        return Finding(about, "It held no churn predictions.")
    ids = rows["customer_id"].to_numpy(zero_copy_only=False)
    moments = np.full(len(ids), utc_us(publication.as_of))
    outcome = project.store.outcome(publication.as_of, churn.horizon)
    came = labels(churn, FeatureMatrix(ids, moments, (), np.empty((len(ids), 0))), outcome)
    figures = evaluate(rows["churn_probability"].to_numpy(), came, churn.kind)
    sentence = (
        f"Of {len(ids):,} customers, {figures['base_rate']:.1%} did not buy again; ROC AUC {figures['roc_auc']:.3f}, "
        f"calibration error {figures['ece']:.3f}."
    )
    return Finding(about, sentence)
