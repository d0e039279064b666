"""A reader who looks again and again, and counts how often what they find is not whole."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

Look = Callable[[], bool]


@dataclass
class Reads:
    """How often each place was read, and what was amiss."""

    count: dict[str, int] = field(default_factory=dict)
    partial: list[str] = field(default_factory=list)


def read_on(folders: Mapping[str, Path], database: Callable[[], "str | None"] | None, told: Connection) -> None:
    """Read every place in turn until somebody says to stop, then tell what was found.

    `database` returns what is amiss in it at this moment, None where all is whole.
    """
    reads = Reads()
    while not told.poll():
        for name, folder in folders.items():
            _note(reads, name, amiss(folder))
        if database is not None:
            _note(reads, "postgres", database())
    told.send(reads)


def _note(reads: Reads, name: str, problem: str | None) -> None:
    reads.count[name] = reads.count.get(name, 0) + 1
    if problem:
        reads.partial.append(f"{name}: {problem}")


def amiss(folder: Path) -> str | None:
    """Return what is not as it should be with the publication that `LATEST` names; None before the first."""
    try:
        name = (folder / "LATEST").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    try:
        manifest = json.loads((folder / name / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        return f"{name} has no readable manifest ({problem})"
    return next((f"{name}/{file} is not what it says" for file in _changed(folder / name, manifest["files"])), None)


def _changed(folder: Path, files: Mapping[str, Any]) -> list[str]:
    return [name for name, entry in files.items() if _checksum(folder / name) != entry["sha256"]]


def _checksum(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None
