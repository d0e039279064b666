"""Looking after a project: is it healthy, how did past publications come out, and forgetting a person."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.matrix import FeatureMatrix
from flows.pressing import data_facts
from flows.project import Project, open_project
from models.evaluation import evaluate
from models.labels import labels
from models.registry import CHAMPION
from models.tasks import Task, TaskKind
from pipeline.errors import SegcastError
from pipeline.events.forget import forget_customer
from pipeline.publish.publication import LATEST, Publication, latest, read_publication

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
    churn = next(task for task in project.tasks if task.name == "churn")
    for publication in publications(project.published):
        if facts.last_event is not None and publication.as_of + churn.horizon <= facts.last_event:
            yield _came_out(project, churn, publication)


def publications(folder: Path) -> tuple[Publication, ...]:
    """Return every stored publication, oldest first."""
    found = [read_publication(path.parent) for path in folder.glob("*/manifest.json")] if folder.exists() else []
    return tuple(sorted(found, key=lambda publication: (publication.as_of, publication.publication_id)))


def forget(project: Project, customer_id: str) -> dict[str, int]:
    """Erase a customer from the log and remove publications that name them; return how much of each.

    A publication is never altered: one that must not be kept goes as a whole, and the next run publishes anew.
    """
    erased = forget_customer(project.store, customer_id)
    naming = [publication for publication in publications(project.published) if _names(publication, customer_id)]
    for publication in naming:
        shutil.rmtree(publication.path)
    _point_at_what_is_left(project.published)
    return {**erased, "publications": len(naming)}


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
    found = latest(project.published) if project.published.exists() else None
    if found is None:
        return _amiss("publication", "There is none yet.", "segcast run")
    return Finding("publication", f"The latest is {found.publication_id}.")


def _came_out(project: Project, churn: Task, publication: Publication) -> Finding:
    table = pq.ParquetFile(publication.path / "predictions.parquet").read()
    about = f"publication {publication.publication_id}"
    if "churn_probability" not in table.column_names or churn.kind is not TaskKind.PROBABILITY:
        return Finding(about, "It held no churn predictions.")
    rows = table.filter(pc.field("churn_probability").is_valid())
    if not rows.num_rows:
        return Finding(about, "It held no churn predictions.")
    ids = rows["customer_id"].to_numpy(zero_copy_only=False)
    moments = np.full(len(ids), np.datetime64(publication.as_of.replace(tzinfo=None), "us"))
    outcome = project.store.outcome(publication.as_of, churn.horizon)
    came = labels(churn, FeatureMatrix(ids, moments, (), np.empty((len(ids), 0))), outcome)
    figures = evaluate(rows["churn_probability"].to_numpy(), came, churn.kind)
    sentence = (
        f"Of {len(ids):,} customers, {figures['base_rate']:.1%} did not buy again; ROC AUC {figures['roc_auc']:.3f}, "
        f"calibration error {figures['ece']:.3f}."
    )
    return Finding(about, sentence)


def _names(publication: Publication, customer_id: str) -> bool:
    tables = (publication.path / name for name in ("predictions.parquet", "memberships.parquet"))
    return any(
        pq.ParquetFile(path).read(columns=["customer_id"]).filter(pc.field("customer_id") == customer_id).num_rows
        for path in tables
    )


def _point_at_what_is_left(folder: Path) -> None:
    left = publications(folder)
    pointer = folder / LATEST
    if left:
        pointer.write_text(left[-1].publication_id + "\n", encoding="utf-8")
    else:
        pointer.unlink(missing_ok=True)
