"""Watching a project outside its nights: the log as it is, the newest publication, and how earlier ones came out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.engines import build_features
from flows.monitoring.watching import Watched, about_the_log, newest_vocabulary, unlike_before
from flows.project import Project
from models.registry import Version
from models.tasks import Task
from pipeline.events.quality.assess import assess
from pipeline.events.quality.finding import Finding, severest_first
from pipeline.publish.published import Publication, publications
from pipeline.publish.sizes import PREDICTIONS

INSTANT = timedelta(microseconds=1)
TOLD = 6  # publications whose horizon is over


def monitor(project: Project, as_of: datetime) -> tuple[Finding, ...]:
    """Return findings about the log as known at a moment and the newest publication up to then, the severest first.

    They are what a night finds. The features are built again as of the publication, its predictions are read from it.
    """
    quality = assess(project.store, as_of)
    found = (*quality.findings, *about_the_log(project, quality))
    published = publications(project.published, before=as_of + INSTANT)
    if published:
        found = (*found, *unlike_before(project, _watched(project, published[-1]), quality, TOLD))
    return severest_first(found)


def _watched(project: Project, publication: Publication) -> Watched:
    """Return what a publication was made of, as a night had it before its eyes."""
    served = _served(project, publication)
    known = project.segments(project.registry.clusters())
    decided = tuple(one for one in known if publication.definitions.get(one.name) == one.definition_version)
    return Watched(
        publication.as_of,
        _profiles(project, publication, served),
        served,
        replace(publication.memberships(), decided=decided),
        {segment.name: segment.title for segment in known},
    )


def _served(project: Project, publication: Publication) -> Mapping[Task, Version]:
    """Return the versions that predicted in a publication, by task; those that are still kept."""
    told = {model["task"]: str(model["version"]) for model in publication.manifest["models"]}
    kept = {task: project.registry.versions(task.name) for task in project.tasks if task.name in told}
    return {task: one for task, versions in kept.items() for one in versions if str(one.number) == told[task.name]}


def _profiles(project: Project, publication: Publication, served: Mapping[Task, Version]) -> pa.Table:
    """Return a publication's customers with their predictions and, where models predicted, their features then."""
    predicted = pq.read_table(publication.path / PREDICTIONS)
    vocabulary = newest_vocabulary(served.values())
    if vocabulary is None:
        return predicted
    features = build_features(project.history(publication.as_of), (), vocabulary).table()
    rows = pc.index_in(predicted["customer_id"], value_set=features["customer_id"].combine_chunks())
    for name in features.column_names:
        if name not in predicted.column_names:
            predicted = predicted.append_column(name, features[name].take(rows))
    return predicted
