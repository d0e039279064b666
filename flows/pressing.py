"""From the log and the models in service to a publication."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import ibis
import pyarrow as pa

from features.engines import build_features
from features.vocabulary import Vocabulary
from flows.audiences import audiences_tonight
from flows.deciding import Decision, decide
from flows.looking_back import vocabulary_of
from flows.next_category import say_next_categories
from flows.project import Project
from flows.recording import record
from flows.training import Trained
from models.model import Model
from models.registry import CHAMPION, CLUSTERS, Version
from models.scoring import predict, predictions
from models.tasks import Task
from models.written import written_by
from pipeline.events.contactable import EMAIL, addresses, agreed
from pipeline.events.quality.finding import QualityReport
from pipeline.events.tables import INGESTS, QUARANTINE
from pipeline.publish.edition import DataFacts, Edition, ModelFacts, ShopFacts
from pipeline.publish.publication import Publication, latest, publish
from pipeline.publish.published import publications
from pipeline.publish.report.wording import symbol
from pipeline.segments.definitions import definitions_over
from pipeline.segments.guards import guards
from pipeline.segments.profiles import Profiles


def score(project: Project, as_of: datetime) -> Profiles:
    """Build every customer's features at a moment, and predict with the models in service.

    A model reads features in the vocabulary that it was trained with: models trained at different times may need a
    matrix each. The profiles show the newest one's; a shop without models, its vocabulary of the moment.
    """
    history, currency = project.history(as_of), symbol(project.settings.shop.currency)
    served = by_vocabulary(project.registry.champions(project.tasks)) or [(vocabulary_of(project, history), {})]
    (newest, champions), *earlier = served
    elsewhere = [
        predictions(
            build_features(history, (), vocabulary),
            models,
            currency=currency,
            economics=project.economics,
            history=history,
        )
        for vocabulary, models in earlier
    ]
    matrix = build_features(history, (), newest)
    profiles = predict(
        matrix,
        champions,
        project.registry.clusters(),
        currency=currency,
        economics=project.economics,
        history=history,
        next_order=project.registry.next_order(),
        elsewhere=(*elsewhere, *say_next_categories(project, history)),
    )
    return replace(profiles, predicted=profiles.predicted | project.predicted.keys())


def by_vocabulary(champions: Mapping[str, Model]) -> list[tuple[Vocabulary, Mapping[str, Model]]]:
    """Return models, by task, that share a vocabulary, those with the one learned last first."""
    trained = sorted(champions.values(), key=lambda model: model.card.trained_as_of, reverse=True)
    vocabularies: list[Vocabulary] = []
    for model in trained:
        if model.card.vocabulary not in vocabularies:
            vocabularies.append(model.card.vocabulary)
    return [
        (vocabulary, {task: model for task, model in champions.items() if model.card.vocabulary == vocabulary})
        for vocabulary in vocabularies
    ]


def press(
    project: Project,
    profiles: Profiles,
    trained: Sequence[Trained] = (),
    *,
    quality: QualityReport | None = None,
    keep_going: bool = False,
) -> Publication:
    """Decide the segments and publish; `trained` explains what is missing for want of a model.

    `quality` is what a look at the log found; without it, this looks. With `keep_going`, a segment that makes no sense
    is left out with its mistake; otherwise that is an error.
    """
    reasons = missing_predictions(project, trained)
    previous = latest(project.published, before=profiles.as_of)
    remembered = previous.memberships() if previous else None
    decision = decide(project, profiles, remembered, reasons=reasons, keep_going=keep_going)
    served = _in_service(project)
    edition = Edition(
        as_of=profiles.as_of,
        shop=ShopFacts(**project.settings.shop.model_dump()),
        segments=decision.segments,
        profiles=profiles,
        memberships=decision.memberships,
        previous=previous,
        contacts=contacts(project, profiles.as_of),
        models=tuple(_facts(version) for version in served),
        versions=_versions(project, served),
        audiences=audiences_tonight(project, decision),
        data=data_facts(project),
        notes=tuple(dict.fromkeys(reasons.values())),
        remarks=tuple(_remarks(project, decision)),
        record=record(project, profiles, decision, remembered, quality),
    )
    return publish(project.published, edition, byte_order_mark=project.settings.publications.byte_order_mark)


def _remarks(project: Project, decision: Decision) -> Iterator[str]:
    """Yield what a marketer should know of the segments as a whole."""
    found = decision.memberships
    if decision.replaced:
        names = ", ".join(decision.replaced)
        yield f"For want of what their first definition asks for, another one decides {names}."
    past = [(one.as_of, one.definitions) for one in publications(project.published, before=found.as_of)]
    now = {segment.name: segment.definition_version for segment in found.decided}
    yield from guards(found, definitions_over([*past, (found.as_of, now)]))


def missing_predictions(project: Project, trained: Sequence[Trained]) -> Mapping[str, str]:
    """Return, by each column that a task would write, why it has no model in service."""
    tried = {result.task: result for result in trained}
    missing = [task for task in project.tasks if project.registry.find(task.name, CHAMPION) is None]
    told = {task: _why(project, task, tried.get(task.name)) for task in missing}
    return {column: told[task] for task in missing for column in written_by(task)}


def _why(project: Project, task: Task, result: Trained | None) -> str:
    """Return what the training just done says, else what the gate said of the latest version, else what to do."""
    if result is not None and result.version is None:
        return " ".join(result.reasons)
    refused = project.registry.versions(task.name)
    if not refused:
        return f"No {task.name} model was trained yet. Try `segcast train`."
    reasons = " ".join(refused[-1].card["verdict"]["reasons"])
    return f"The {task.name} model, version {refused[-1].number}, did not pass its gate. {reasons}"


def contacts(project: Project, as_of: datetime) -> pa.Table:
    """Return `customer_id` and `email` of those who had consented to e-mail by the moment, their latest address."""
    store = project.store
    known = addresses(store, EMAIL, as_of).semi_join(agreed(store, EMAIL, as_of), "customer_id")
    return store.engine.to_pyarrow(known.select("customer_id", email="address").order_by("customer_id"))


def data_facts(project: Project) -> DataFacts:
    """Return what the log holds and what was set aside on the way in."""
    store = project.store
    first, last = store.span()
    records = store.read(INGESTS)
    # A file that was read again, because its source's settings were mended, counts once.
    latest = ibis.row_number().over(group_by=("source", "digest"), order_by=ibis.desc("ingested_at"))
    counts = records.mutate(latest=latest).filter(lambda record: record.latest == 0)
    columns = ("rows_read", "rows_kept", "duplicates")
    sums = store.engine.to_pyarrow(counts.aggregate(**{name: counts[name].sum() for name in columns})).to_pylist()[0]
    reasons = store.engine.to_pyarrow(store.read(QUARANTINE).group_by("reason").aggregate(rows=lambda t: t.count()))
    quarantined = zip(reasons["reason"].to_pylist(), reasons["rows"].to_pylist(), strict=True)
    by_frequency = dict(sorted(quarantined, key=lambda reason: (-reason[1], reason[0])))
    return DataFacts(store.snapshot.number, first, last, **sums, quarantined=by_frequency)


def _in_service(project: Project) -> tuple[Version, ...]:
    found = (project.registry.find(task.name, CHAMPION) for task in project.tasks)
    return tuple(version for version in found if version is not None)


def _versions(project: Project, served: Sequence[Version]) -> Mapping[str, str]:
    clusters = project.registry.find(CLUSTERS, CHAMPION)
    found = {version.name: str(version.number) for version in served}
    return found | ({"cluster": str(clusters.number)} if clusters else {})


def _facts(version: Version) -> ModelFacts:
    card = version.card
    judged, training = card["backtest"], card["training"]
    ranking = "roc_auc" if "roc_auc" in judged else "gini"
    differences = judged["auc_difference" if ranking == "roc_auc" else "gini_difference"]
    rules = {name: figures[ranking] for name, figures in judged["baselines"].items()}
    best = max(rules, key=lambda name: rules[name])
    return ModelFacts(
        task=version.name,
        version=str(version.number),
        trained_as_of=datetime.fromisoformat(training["trained_as_of"]),
        horizon_days=int(card["task"]["horizon"]),
        kind="probability" if ranking == "roc_auc" else "amount",
        metrics={name: value for name, value in judged.items() if isinstance(value, int | float)},
        baselines=rules,
        difference=(differences[best]["difference"], differences[best]["low"], differences[best]["high"]),
        reliability=tuple((predicted, observed, n) for predicted, observed, n in judged["reliability"]),
        summary=" ".join(card["verdict"]["reasons"]),
    )
