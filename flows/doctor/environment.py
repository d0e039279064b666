"""What a project stands on: Python and its packages, memory and disk, text and time zones."""

import locale
import os
import platform
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from packaging.requirements import Requirement

from flows.doctor.said import amiss, fine, told
from pipeline.errors import UserError
from pipeline.events.quality.finding import Finding
from pipeline.events.readers import require_spark
from pipeline.settings import Settings

GIB = 2**30
LITTLE_MEMORY, LITTLE_DISK = 2 * GIB, GIB  # bytes


def environment(folder: Path, settings: Settings | None) -> Iterator[Finding]:
    """Yield what this machine has; without settings, nothing that only some projects need."""
    yield fine("python", f"Python {platform.python_version()} on {platform.system()} {platform.machine()}.")
    yield from packages()
    yield _memory()
    yield _disk(folder)
    yield _text()
    if settings is not None:
        yield _time_zone(settings.shop.time_zone)
        if settings.features.engine == "spark":
            yield _spark()


def packages() -> Iterator[Finding]:
    """Yield each package that is not as Segcast asks for, or one finding that all are."""
    asked = [Requirement(text) for text in metadata.requires("segcast") or ()]
    needed = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = [(one, _installed(one.name)) for one in needed if not _is_there(one)]
    for one, found in wrong:
        yield amiss(
            "packages",
            f"Expected {one.name} {one.specifier}, found {found or 'none'}.",
            f'pip install "{one.name}{one.specifier}"',
            severe=True,
        )
    if not wrong:
        yield fine("packages", f"All {len(needed)} packages are as Segcast asks for.")


def _is_there(asked: Requirement) -> bool:
    found = _installed(asked.name)
    return found is not None and asked.specifier.contains(found, prereleases=True)


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _memory() -> Finding:
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    sentence = f"{size / GIB:.1f} GiB of memory."
    if size < LITTLE_MEMORY:
        return amiss("memory", sentence, f"Take a machine with {LITTLE_MEMORY // GIB} GiB or more.", bytes=size)
    return fine("memory", sentence, bytes=size)


def _disk(folder: Path) -> Finding:
    """Say what is free; a night may write as much anew as the log has."""
    near = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    free = shutil.disk_usage(near).free
    needed = max(LITTLE_DISK, sum(path.stat().st_size for path in (folder / "store").rglob("*.parquet")))
    sentence = f"{free / GIB:.1f} GiB are free at {near}."
    if free < needed:
        line = 'retention = "400 days" under [publications] in segcast.toml lets old publications go.'
        return amiss("disk", sentence, f"Free {(needed - free) / GIB:.1f} GiB. {line}", severe=True, bytes=free)
    return fine("disk", sentence, bytes=free)


def _text() -> Finding:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    if encoding.casefold().replace("-", "") != "utf8":
        return amiss("text", f"This shell writes {encoding}, not UTF-8.", "export LC_ALL=C.UTF-8")
    return fine("text", "This shell writes UTF-8.")


def _time_zone(name: str) -> Finding:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        return amiss("time zone", f"The rules of {name} are not on this machine.", "pip install tzdata", severe=True)
    return fine("time zone", f"Days are those of {name}.")


def _spark() -> Finding:
    try:
        require_spark()
    except UserError as error:
        return told("spark", error)
    return fine("spark", "pyspark and Java are there.")
