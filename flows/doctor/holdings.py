"""Whether what a project holds is whole: the event log, the models in service, the publications."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from flows.damage import damaged_databases, damaged_files, damaged_tables
from flows.doctor.said import amiss, damaged, fine, told
from flows.project import Project
from models.registry import CHAMPION
from models.tasks import Task
from pipeline.errors import SegcastError
from pipeline.events.damage import tables_at
from pipeline.events.quality.finding import Finding
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS
from pipeline.publish.published import LATEST, latest, publications

EVENT_LOG = "event log"


def event_log(project: Project, *, deep: bool) -> Iterator[Finding]:
    """Yield what there is of the log, or each file of it that is damaged; with `deep`, all rows are read."""
    store = project.store
    try:
        found = tuple(damaged_tables(store.folder, deep=deep))
        yield from (damaged(EVENT_LOG, one) for one in found)
        if not found:
            yield _whole_log(store, deep=deep)
    except SegcastError as error:
        yield told(EVENT_LOG, error)


def _whole_log(store: Store, *, deep: bool) -> Finding:
    if not store.files(EVENTS):
        return amiss(EVENT_LOG, "It holds no events yet.", "segcast ingest")
    first, last = store.span()
    tables = tables_at(store.folder, store.snapshot)
    files = sum(len(table.files()) for table in tables)
    read = ", all rows of which can be read" if deep else ""
    return fine(
        EVENT_LOG,
        f"Events from {first:%Y-%m-%d} to {last:%Y-%m-%d}, in {len(tables)} tables of {files:,} files{read}.",
        snapshot=store.snapshot.number,
        files=files,
    )


def models(project: Project) -> Iterator[Finding]:
    """Yield which version of each task is in service, or why it cannot be used."""
    broken = [one for one in damaged_databases(project.folder) if one.path.name == "mlflow.db"]
    if broken:
        yield damaged("models", broken[0])
        return
    if not (project.folder / "mlflow.db").exists():
        yield amiss("models", "None was trained yet.", "segcast train")
        return
    for task in project.tasks:
        yield _in_service(project, task)
    yield from _beside_tasks(project)
    yield from _orphans(project)


def publication(project: Project) -> Iterator[Finding]:
    """Yield what the newest publication is, or each file of it that is not as it was published."""
    about = "publication"
    try:
        found, count = latest(project.published), len(publications(project.published))
    except SegcastError as error:
        pointer = project.published / LATEST
        action = "Put its folder back from a backup. Without one, move it away, and let {} name the one before."
        yield amiss(about, str(error), action.format(pointer), severe=True)
        return
    if found is None:
        yield amiss(about, "There is none yet.", "segcast run")
        return
    changed = tuple(damaged_files(found))
    yield from (damaged(about, one) for one in changed)
    if not changed:
        yield fine(about, f"The latest of {count} is {found.publication_id}, as it was published.")


def _in_service(project: Project, task: Task) -> Finding:
    about, name, registry = f"model {task.name}", task.name, project.registry
    try:
        registry.champions([task])
        version = registry.find(name, CHAMPION)
        if version is not None:
            return fine(about, f"Version {version.number} is in service.")
        trained = registry.versions(name)
    except SegcastError as error:
        return amiss(about, str(error), f"segcast models rollback {name}, or segcast train --task {name}", severe=True)
    if trained:
        action = f"See why in `segcast models list`; `segcast models promote {name} {trained[-1].number}` overrules it."
        return amiss(about, "None is in service: its gate let none pass.", action)
    return amiss(about, "None is in service.", f"segcast train --task {name}")


def _beside_tasks(project: Project) -> Iterator[Finding]:
    """Yield each of what is learned beside the tasks that cannot be used."""
    registry = project.registry
    beside = (
        ("next category", registry.category),
        ("clusters", registry.clusters),
        ("next order", registry.next_order),
    )
    for about, load in beside:
        try:
            load()
        except SegcastError as error:
            yield amiss(about, str(error), "segcast train", severe=True)


def _orphans(project: Project) -> Iterator[Finding]:
    drafts = [path for path in _folders(project.folder / "mlruns") if not any(path.glob("artifacts/card.json"))]
    if drafts:
        sentence = f"{len(drafts)} folders of mlruns hold no model: a training was killed."
        yield fine("models", f"{sentence} The next `segcast run` sweeps them.", folders=len(drafts))


def _folders(path: Path) -> Iterable[Path]:
    return sorted(one for one in path.glob("[!.]*") if one.is_dir())
