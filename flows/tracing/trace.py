"""From a customer's published rows back to everything that made them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from features.vocabulary import Vocabulary
from flows.learning.looking_back import vocabulary_of
from flows.project import Project
from flows.tracing.back_then import kept_snapshot
from flows.tracing.comparisons import units_of
from flows.tracing.proving import Again, nothing_beside, prove, work_again
from flows.tracing.row_again import comparing_row
from flows.tracing.traced_row import Asked, trace_row
from models.registry import CHAMPION, CLUSTERS, Version
from pipeline.errors import UserError
from pipeline.publish.manifest import checksum, code_version
from pipeline.publish.past import members_then, rows_of_customer
from pipeline.publish.published import Publication, named

FIGURES = ("roc_auc", "gini", "ece", "total_ratio", "n")  # of a backtest, those that a line has room for


def trace(
    project: Project, customer_id: str, segment: str | None = None, publication_id: str | None = None
) -> dict[str, Any]:
    """Return what made a customer's published rows: the newest publication's, or those of the one named.

    `publication` says where it came from and whether its files are as they were published, `models` which models were
    in service, `segments` each segment that the customer was in, `predictions` what was predicted and `units` what that
    counts; with a segment, `segment` has everything about that row. `proof` compares what was published with what comes
    out when it is worked out again. UserError for whoever was not known then, and for names that nothing has.
    """
    publication = named(project.published, publication_id)
    if segment is not None:
        members_then(publication, segment)
    predictions = publication.predictions_of(customer_id)
    if predictions is None:
        raise UserError(_unknown(publication))
    again = work_again(project, publication)
    units = units_of(_vocabulary(again), predictions, again.project.tasks)
    asked = segment and Asked(project, publication, customer_id, segment, again, units)
    return {
        "customer_id": customer_id,
        "publication": _about(project, publication, _files(publication, segment)),
        "models": [_model(version, project) for version in _in_service(project, publication)],
        "predictions": {name: value for name, value in predictions.items() if value is not None},
        "units": {name: units[name] for name in predictions if units[name]},
        "segments": rows_of_customer(publication, customer_id),
        "segment": asked and trace_row(asked),
        "proof": _proof(again, publication, customer_id, asked or None),
    }


def _proof(again: Again, publication: Publication, customer_id: str, asked: Asked | None) -> dict[str, Any]:
    """Compare what was published of the customer, and of the row asked for, with what was worked out again."""
    proof = prove(again, publication, customer_id, comparing_row(asked) if asked else nothing_beside)
    return {"same": proof.same, **asdict(proof)}


def _unknown(publication: Publication) -> str:
    erased = publication.manifest.get("erased")
    since = " People who asked to be forgotten have been taken out of it since." if erased else ""
    return (
        f"Expected a customer of the publication {publication.publication_id}, got an id that it does not have.{since} "
        "Try another id, or another --publication."
    )


def _files(publication: Publication, segment: str | None) -> list[str]:
    lists = [f"lists/{segment}.csv"] if segment else []
    named = ["memberships.parquet", "predictions.parquet", *lists, "audiences.parquet"]
    return [name for name in named if name in publication.manifest["files"]]


def _about(project: Project, publication: Publication, files: Sequence[str]) -> dict[str, Any]:
    manifest = publication.manifest
    number, now = manifest["data_snapshot"], project.store.snapshot.number
    return {
        "id": publication.publication_id,
        "as_of": publication.as_of,
        "path": publication.path,
        "files": {name: _file(publication, name) for name in files},
        "data_snapshot": number,
        "data_snapshot_now": now,
        "data_snapshot_kept": number == now or kept_snapshot(project.store, number) is not None,
        "code_version": manifest["code_version"],
        "code_version_now": code_version(),
        "erased": manifest.get("erased"),
    }


def _file(publication: Publication, name: str) -> dict[str, Any]:
    """Return a file's checksum as the manifest has it, and whether the file still has it."""
    path, expected = publication.path / name, publication.manifest["files"][name]["sha256"]
    return {"sha256": expected, "intact": path.is_file() and checksum(path) == expected}


def _in_service(project: Project, publication: Publication) -> Iterator[Version]:
    for name, number in publication.manifest["model_versions"].items():
        versions = project.registry.versions(CLUSTERS if name == "cluster" else name)
        yield from (version for version in versions if version.number == int(number))


def _model(version: Version, project: Project) -> dict[str, Any]:
    """Return what a model was made from, and its backtest's main figures; null where it has none of that."""
    card: Mapping[str, Any] = version.card
    training, judged = card.get("training", {}), card.get("backtest") or {}
    present = project.registry.find(version.name, CHAMPION)
    columns = {*card.get("tree_columns", ()), *(name for part in card.get("linear_columns", ()) for name in part)}
    return {
        "task": "cluster" if version.name == CLUSTERS else version.name,
        "version": version.number,
        "trained_as_of": training.get("trained_as_of") or card.get("as_of"),
        "data_snapshot": card["data_snapshot"],
        "code_version": card["code_version"],
        "features": len(columns) or None,
        "backtest": {name: judged[name] for name in FIGURES if judged.get(name) is not None},
        "in_service_now": present is not None and present.number == version.number,
    }


def _vocabulary(again: Again) -> Vocabulary:
    """Return what the features of then tell apart: as the model learned last does."""
    champions = again.project.registry.champions(again.project.tasks)
    newest = max(champions.values(), key=lambda model: model.card.trained_as_of, default=None)
    history = again.project.history(again.profiles.as_of)
    return vocabulary_of(again.project, history) if newest is None else newest.card.vocabulary
