"""What a project and its destinations hold, so that two can be compared, and what a killed process left behind."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pyarrow as pa
from deltalake import DeltaTable

from benchmarks.nightly.world import MLFLOW, World, files
from flows.project import Project
from models.registry import Version
from pipeline.events.snapshot import Snapshot
from pipeline.events.tables import TABLES
from pipeline.settings import load_settings

MOMENTS_OF_WORK = ("ingested_at",)  # of the store: when a file was read, which is later where a night was begun again
DRAFTS = (".writing", ".unfinished-*", ".*.fresh", "tmp*", "*-journal", "*.tmp")
CARD, ARCHIVE = "card.json", ".skops"
BY_CHANCE = ("store", "runs", "mlruns")  # folders whose files have names by chance, or are one a run
"""What may differ: the names of files by chance, the records of the runs themselves, and moments of work."""


@dataclass(frozen=True)
class Held:
    """What is held, as digests by name: equal digests are equal bytes, rows or members. `publication` is the newest."""

    publication: str
    published: Mapping[str, str]
    models: Mapping[str, str]
    store: Mapping[str, str]
    outside: Mapping[str, str]


def held(world: World) -> Held:
    """Look at all that a world holds."""
    project = Project(world.project, load_settings(world.project))
    pointer = world.project / "published" / "LATEST"
    hook = world.receiver.hook
    told = json.dumps([hook.profiles, sorted(hook.listed)], sort_keys=True)
    return Held(
        pointer.read_text(encoding="utf-8").strip() if pointer.exists() else "",
        _bytes(world.project / "published"),
        dict(_models(project)),
        dict(_tables(project)),
        {**_bytes(world.share), "hook": _digest(told.encode())},
    )


def differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """Return the names of what two hold differently, or one of them only."""
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def orphans(world: World, twin: World) -> list[str]:
    """Return what lies about in a world, once its night is over, that nothing needs."""
    project = Project(world.project, load_settings(world.project))
    beyond = Counter(_named(world.project)) - Counter(_named(twin.project))
    found = {
        *(str(path.relative_to(world.root)) for path in files(world.temporary)),
        *(str(path.relative_to(world.root)) for draft in DRAFTS for path in world.project.rglob(draft)),
        *(str(path.relative_to(world.root)) for path in files(world.project / "work")),
        *beyond,
        *_runs_without_version(project),
        *_files_of_no_snapshot(project),
    }
    return sorted(found)


def _named(project: Path) -> Iterator[str]:
    """Yield the paths of files whose names are not by chance, of a publication only the folder."""
    found = {path.relative_to(project).parts[:2] for path in files(project)}
    yield from ("/".join(parts) for parts in found if parts[0] not in BY_CHANCE)


def _versions(project: Project) -> list[Version]:
    """Return every version of every name that the registry knows; none before there is one."""
    if not (project.folder / MLFLOW).exists():
        return []
    client = project.registry._client()  # noqa: SLF001 - a benchmark looks behind the registry
    names = sorted(model.name.removeprefix("segcast-") for model in client.search_registered_models())
    return [version for name in names for version in project.registry.versions(name)]


def _models(project: Project) -> Iterator[tuple[str, str]]:
    for version in _versions(project):
        named = " ".join([version.name, str(version.number), *version.aliases])
        yield from ((f"{named}: {path.name}", of_model(path)) for path in sorted(version.folder.iterdir()))


def of_model(path: Path) -> str:
    """Return the digest of a model's file, of an archive of skops that of its arrays.

    It names them by their places in memory and notes when it was written, so that the card has another checksum of it.
    """
    if path.suffix == ARCHIVE:
        with ZipFile(path) as archive:
            arrays = [archive.read(name) for name in archive.namelist() if name.endswith(".npy")]
        return _digest("".join(sorted(map(_digest, arrays))).encode())
    if path.name == CARD:
        card = json.loads(path.read_text(encoding="utf-8"))
        card["files"] = {name: checksum for name, checksum in card["files"].items() if not name.endswith(ARCHIVE)}
        return _digest(json.dumps(card).encode())
    return _digest(path.read_bytes())


def _runs_without_version(project: Project) -> Iterator[str]:
    """Yield what a training left that was killed before it registered a version: in MLflow, and as files."""
    versions = _versions(project)
    registered = {version.folder.parent.name for version in versions}
    for run_id in _runs(project) - registered:
        yield f"{MLFLOW}: the run {run_id} without a version"
    for place in {path for path in project.registry.artefacts.glob("[!.]*") if path.name not in registered}:
        yield f"mlruns/{place.name}: a folder without a version"
    for version in versions:
        if len(list(version.folder.parent.iterdir())) > 1:
            yield f"mlruns/{version.folder.parent.name}: a draft beside a version"


def _runs(project: Project) -> set[str]:
    """Return the ids of the runs that MLflow knows and that were not given up."""
    if not (project.folder / MLFLOW).exists():
        return set()
    client = project.registry._client()  # noqa: SLF001 - as above
    experiments = [one.experiment_id for one in client.search_experiments()]
    return {run.info.run_id for run in client.search_runs(experiments)}


def _files_of_no_snapshot(project: Project) -> Iterator[str]:
    """Yield the Parquet files of the store that no snapshot names: of writes that were killed, or taken back."""
    snapshots = [Snapshot(**json.loads(path.read_text())) for path in (project.store.folder / "snapshots").glob("0*")]
    for table in TABLES:
        folder = project.store.folder / table.name
        numbers = {one.versions[table.name] for one in snapshots if table.name in one.versions}
        named = {Path(path) for number in numbers for path in DeltaTable(folder, version=number).file_uris()}
        known = {str(path.relative_to(folder)) for path in named}
        for path in folder.rglob("*.parquet"):
            if "_delta_log" not in path.parts and str(path.relative_to(folder)) not in known:
                yield f"store/{table.name}/{path.relative_to(folder)}: a file of no snapshot"


def _tables(project: Project) -> Iterator[tuple[str, str]]:
    yield "snapshot", str(project.store.snapshot.number)
    for table in TABLES:
        rows = project.store.engine.to_pyarrow(project.store.read(table))
        kept = rows.drop_columns([name for name in MOMENTS_OF_WORK if name in rows.column_names])
        yield table.name, _rows(kept)


def _rows(rows: pa.Table) -> str:
    told = sorted(json.dumps(row, default=str, sort_keys=True) for row in rows.to_pylist())
    return _digest("\n".join(told).encode())


def _bytes(folder: Path) -> dict[str, str]:
    found = {str(path.relative_to(folder)): _digest(path.read_bytes()) for path in files(folder)}
    return dict(sorted(found.items()))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
