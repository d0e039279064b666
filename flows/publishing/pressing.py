"""From the profiles of all customers to a publication."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import ibis
import pyarrow as pa

from flows.hindsight.recording import record
from flows.learning.missing import missing_predictions
from flows.learning.training import Trained
from flows.monitoring.watching import watch
from flows.project import Project
from flows.publishing.audiences import audiences_tonight
from flows.segmenting.deciding import Decision, decide
from models.registry import CHAMPION, CLUSTERS, Version
from pipeline.events.contactable import EMAIL, addresses, agreed
from pipeline.events.quality.assess import assess
from pipeline.events.quality.finding import Finding, QualityReport
from pipeline.events.tables import INGESTS, QUARANTINE
from pipeline.publish.edition import DataFacts, Edition, ModelFacts, ShopFacts
from pipeline.publish.publication import Publication, latest, publish
from pipeline.publish.published import publications
from pipeline.segments.definitions import definitions_over
from pipeline.segments.guards import guards
from pipeline.segments.membership import Memberships
from pipeline.segments.profiles import Profiles


@dataclass(frozen=True)
class Proof:
    """What is about to go to press: `quality` is what a look at the log found, `findings` all that is amiss."""

    profiles: Profiles
    decision: Decision
    quality: QualityReport
    findings: tuple[Finding, ...]


def press(
    project: Project, profiles: Profiles, trained: Sequence[Trained] = (), *, keep_going: bool = False
) -> Publication:
    """Decide the segments, see what is unlike before, and publish; `trained` explains missing predictions.

    With `keep_going`, a segment that makes no sense is left out with its mistake; otherwise that is an error.
    """
    quality = assess(project.store, profiles.as_of)
    decision = decide_tonight(project, profiles, trained, keep_going=keep_going)
    findings = watch(project, profiles, decision, quality)
    return press_proof(project, Proof(profiles, decision, quality, findings), trained)


def decide_tonight(
    project: Project, profiles: Profiles, trained: Sequence[Trained] = (), *, keep_going: bool = False
) -> Decision:
    """Decide the segments on top of the publication before."""
    reasons = missing_predictions(project, trained)
    return decide(project, profiles, _remembered(project, profiles.as_of), reasons=reasons, keep_going=keep_going)


def press_proof(project: Project, proof: Proof, trained: Sequence[Trained] = ()) -> Publication:
    """Publish what was decided."""
    profiles, decision = proof.profiles, proof.decision
    served = _in_service(project)
    seen = replace(proof.quality, findings=proof.findings)
    edition = Edition(
        as_of=profiles.as_of,
        shop=ShopFacts(**project.settings.shop.model_dump()),
        segments=decision.segments,
        profiles=profiles,
        memberships=decision.memberships,
        previous=latest(project.published, before=profiles.as_of),
        contacts=contacts(project, profiles.as_of),
        models=tuple(_facts(version) for version in served),
        versions=_versions(project, served),
        audiences=audiences_tonight(project, decision),
        data=data_facts(project),
        notes=tuple(dict.fromkeys(missing_predictions(project, trained).values())),
        remarks=tuple(_remarks(project, decision)),
        record=record(project, profiles, decision, _remembered(project, profiles.as_of), seen),
    )
    return publish(project.published, edition, byte_order_mark=project.settings.publications.byte_order_mark)


def _remembered(project: Project, as_of: datetime) -> Memberships | None:
    previous = latest(project.published, before=as_of)
    return previous.memberships() if previous else None


def _remarks(project: Project, decision: Decision) -> Iterator[str]:
    """Yield what a marketer should know of the segments as a whole."""
    found = decision.memberships
    if decision.replaced:
        names = ", ".join(decision.replaced)
        yield f"For want of what their first definition asks for, another one decides {names}."
    past = [(one.as_of, one.definitions) for one in publications(project.published, before=found.as_of)]
    now = {segment.name: segment.definition_version for segment in found.decided}
    yield from guards(found, definitions_over([*past, (found.as_of, now)]))


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
