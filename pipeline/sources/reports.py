"""What became of what was read."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class IngestReport:
    """What became of one file: rows read = kept + duplicates + quarantined, the last counted by reason.

    `rows_written` is what the tables gained, orders made from lines included. `known` marks a file whose content was
    ingested before, of which nothing was read again.
    """

    source: str
    file: str
    rows_read: int
    rows_kept: int
    rows_written: int
    duplicates: int
    quarantined: Mapping[str, int]
    known: bool = False


@dataclass(frozen=True)
class Reject:
    """A row that cannot be kept: its number in the file, why, and itself as JSON."""

    file: str
    line: int
    reason: str
    row: str | None


@dataclass(frozen=True)
class Preview:
    """What an ingest would do: the reports, the first rows of each table as they would rest, the first rejects."""

    reports: tuple[IngestReport, ...]
    rows: Mapping[str, pa.Table]
    rejects: tuple[Reject, ...]
