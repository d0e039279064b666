"""What became of what was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
class Preview:
    """What an ingest would do: the reports, the first rows of each table as they would be stored, and of each reason."""

    reports: tuple[IngestReport, ...]
    rows: Mapping[str, pa.Table] = field(default_factory=dict)
    rejected: pa.Table | None = None
