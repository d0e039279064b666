"""What is unlike before in tonight's scores: drift, a shifted population, segments beyond their usual size."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from features.catalogue import describe
from features.vocabulary import Vocabulary
from flows.hindsight.came_out import came_out, came_out_in_words
from flows.hindsight.matured import Hindsight
from flows.hindsight.recording import MOST
from flows.monitoring.policy import last_trained
from flows.project import Project
from flows.segmenting.deciding import Decision
from models.artefacts import load_reference
from models.link import Floats
from models.monitoring.drift import drift
from models.monitoring.outcomes import about_outcome
from models.monitoring.words import about_age, about_drift, about_level, without_reference
from models.registry import CHAMPION, Version
from models.tasks import Task
from pipeline.errors import ModelError
from pipeline.events.gaps import EVERY_TYPE
from pipeline.events.quality.amounts import about_amounts
from pipeline.events.quality.answers import about_answers
from pipeline.events.quality.fields import about_fields
from pipeline.events.quality.finding import Finding, QualityReport, Severity, severest_first
from pipeline.events.quality.intake import about_intake
from pipeline.events.quality.lately import lately
from pipeline.publish.plain import Json, plain
from pipeline.publish.published import Publication, publications
from pipeline.publish.record import CameOut
from pipeline.publish.sizes import KNOWN, about_population, about_sizes
from pipeline.publish.trend import one_a_moment, trend
from pipeline.segments.membership import Memberships
from pipeline.segments.profiles import Profiles

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Watched:
    """What is looked at: every customer's features and predictions at a moment, who predicted, who is in what.

    `served` has the version that wrote a task's prediction, by the task; `titles` are the segments'.
    """

    as_of: datetime
    table: pa.Table
    served: Mapping[Task, Version]
    memberships: Memberships
    titles: Mapping[str, str]


def watch(project: Project, profiles: Profiles, decision: Decision, quality: QualityReport) -> tuple[Finding, ...]:
    """Return findings about what would be published, the severest first; the log's own findings among them."""
    champions = {task: project.registry.find(task.name, CHAMPION) for task in project.tasks}
    served = {task: version for task, version in champions.items() if version is not None}
    seen = Watched(
        profiles.as_of,
        profiles.table,
        served,
        decision.memberships,
        {segment.name: segment.title for segment in decision.segments},
    )
    return severest_first((*quality.findings, *about_the_log(project, quality), *unlike_before(project, seen, quality)))


def about_the_log(project: Project, quality: QualityReport) -> Iterator[Finding]:
    """Yield what is unlike before in what events say, and in tonight's files."""
    store, as_of = project.store, quality.as_of
    past = lately(store, as_of)
    yield from about_fields(past, as_of, store.time_zone)
    yield from about_amounts(past, as_of, store.time_zone)
    yield from about_answers([one for one in past if not _in_a_gap(one.event_type, quality)], as_of, store.time_zone)
    told = {finding.about for finding in quality.findings}
    yield from (one for one in about_intake(store, past, as_of) if one.about != "freshness" or one.about not in told)


def _in_a_gap(event_type: str, quality: QualityReport) -> bool:
    """Say whether it is known that an event type is silent, or halved, to this day."""
    return any(gap.event_type in {event_type, EVERY_TYPE} and gap.ended_at is None for gap in quality.gaps)


def unlike_before(project: Project, seen: Watched, quality: QualityReport, most: int = 1) -> Iterator[Finding]:
    """Yield what is unlike earlier publications, and unlike the times that the models in service were trained in.

    Of those whose horizon is over, `most` are told of by task.
    """
    earlier = one_a_moment(publications(project.published, before=seen.as_of))
    yield from about_population(earlier[-MOST:], _told_of(seen), seen.as_of)
    yield from about_sizes(trend(earlier[-MOST:], seen.memberships), seen.titles)
    newest = newest_vocabulary(seen.served.values())
    for task, version in seen.served.items():
        yield from _about_age(project, task, seen.as_of)
        yield from _about_drift(task, version, seen, newest)
    customers = seen.table["customer_id"].combine_chunks()
    yield from how_it_came(Hindsight(project, quality.as_of, customers, quality.gaps), earlier, most)


def _told_of(seen: Watched) -> Mapping[str, int]:
    """Return of how many customers something is known, and something predicted by each model in service."""
    columns = (KNOWN, *(task.prediction for task in seen.served))
    return {name: len(seen.table) - seen.table[name].null_count for name in columns if name in seen.table.column_names}


def newest_vocabulary(served: Iterable[Version]) -> Vocabulary | None:
    """Return the vocabulary in which profiles show their features: that of the model trained last."""
    told = [version.card["training"] for version in served]
    last = max(told, key=lambda one: datetime.fromisoformat(one["trained_as_of"]), default=None)
    return _vocabulary(last) if last else None


def _vocabulary(training: Mapping[str, Any]) -> Vocabulary | None:
    return Vocabulary.from_dict(training["vocabulary"]) if "vocabulary" in training else None


def _about_age(project: Project, task: Task, as_of: datetime) -> Iterator[Finding]:
    trained = last_trained(project, task.name, as_of + INSTANT)
    if trained is not None:
        yield from about_age(task.name, trained, as_of)


def _about_drift(task: Task, version: Version, seen: Watched, shown: Vocabulary | None) -> Iterator[Finding]:
    """Yield what moved since a model was trained; the features are shown in the vocabulary `shown`."""
    if task.prediction not in seen.table.column_names:
        return
    reference = load_reference(version.folder)
    if reference is None:
        yield without_reference(task.name, version.number)
        return
    spoken_of = seen.table.filter(seen.table[task.prediction].is_valid())
    scores = _floats(spoken_of, task.prediction)
    if scores is None or not len(scores):
        return
    # What is told apart by another vocabulary is called the same, and may not be the same.
    alike = _vocabulary(version.card["training"]) == shown
    comparable = reference.features.keys() if alike else {column.name for column in describe()}
    found = drift(reference, lambda name: _floats(spoken_of, name) if name in comparable else None, scores, seen.as_of)
    yield from about_drift(task.name, reference, found)


def _floats(table: pa.Table, name: str) -> Floats | None:
    """Return a column of numbers, NaN for null; None of one that these profiles do not have."""
    if name not in table.column_names:
        return None
    return np.asarray(table[name].cast(pa.float64()).to_numpy(), np.float64)


def how_it_came(hindsight: Hindsight, earlier: Sequence[Publication], most: int = 1) -> Iterator[Finding]:
    """Yield how the newest publications came out whose horizon is over, `most` of them by task.

    Where the newest of a task came out worse than its model had promised, that is told beside.
    """
    judged: set[str] = set()
    for one in came_out(hindsight, earlier, most=most):
        told = {"task": one.task, "published": one.as_of, "customers": one.customers, **one.metrics, **_in_parts(one)}
        about = f"The predictions of {one.as_of:%Y-%m-%d}: {came_out_in_words(one)}"
        yield Finding("came out", Severity.NOTE, about, figures=told)
        card = None if one.task in judged else _card(hindsight.project, one.task, one.model_version)
        judged.add(one.task)
        if card is None:
            continue
        if "base_rate" in one.metrics:
            yield from about_level(one.task, card, one.as_of, one.metrics["base_rate"], one.customers)
        yield from about_outcome(one.task, card, one.as_of, one.metrics, one.reliability)


def _in_parts(one: CameOut) -> Mapping[str, Json]:
    """Return what came by level of what was predicted, by list that the prediction decided, and of who was held out."""
    decided = [own for own in one.lists if own.decided]
    return {"reliability": plain(one.reliability), "lists": plain(decided), "held_out": plain(one.held_out)}


def _card(project: Project, name: str, version: str) -> Mapping[str, Any] | None:
    """Return what a version says of itself, None of one that was cleared away or cannot be read."""
    found = next((one for one in project.registry.versions(name) if str(one.number) == version), None)
    try:
        return None if found is None else found.card
    except ModelError:
        return None
