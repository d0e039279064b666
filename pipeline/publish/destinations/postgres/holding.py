"""Which publication a database holds, and what it says of its segments."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.csv
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from pipeline.publish.destinations.postgres.tables import Tables
from pipeline.publish.plain import as_json
from pipeline.publish.published import Publication
from pipeline.publish.tables import SEGMENTS


@dataclass(frozen=True)
class Held:
    """The publication that the tables show; its manifest is another one once somebody was erased from it."""

    publication_id: str
    as_of: datetime
    manifest_sha256: str

    def is_still(self, publication: Publication) -> bool:
        """Say whether a publication is this one, and as it was when it was taken over."""
        return publication.publication_id == self.publication_id and fingerprint(publication) == self.manifest_sha256


def fingerprint(publication: Publication) -> str:
    """Return the SHA-256 of what a publication's manifest says, the checksums of its files among it."""
    return hashlib.sha256(as_json(publication.manifest).encode()).hexdigest()


def held(connection: Connection, tables: Tables) -> Held | None:
    """Return what the tables show, None for none."""
    table = tables.publications.c
    found = connection.execute(
        select(table.publication_id, table.as_of, table.manifest_sha256).where(table.holds)
    ).one_or_none()
    return None if found is None else Held(*found)


def hold(connection: Connection, tables: Tables, publication: Publication) -> None:
    """Write down that the tables show this publication from now on."""
    table, files = tables.publications, publication.manifest["files"]
    facts = {
        "as_of": publication.as_of,
        "taken_over_at": func.now(),
        "data_snapshot": publication.manifest["data_snapshot"],
        "code_version": publication.manifest["code_version"],
        "segments": len(publication.definitions),
        "memberships": files["memberships.parquet"]["rows"],
        "predictions": files["predictions.parquet"]["rows"],
        "manifest_sha256": fingerprint(publication),
        "holds": True,
    }
    connection.execute(update(table).where(table.c.holds).values(holds=False))
    statement = postgresql.insert(table).values(publication_id=publication.publication_id, **facts)
    connection.execute(statement.on_conflict_do_update(constraint=table.primary_key, set_=facts))


def replace_segments(connection: Connection, tables: Tables, publication: Publication, kept: Collection[str]) -> int:
    """Let `segments` say what the publication does, and of those `kept` what it said; return how many rows changed."""
    table, told = tables.segments, {row["segment"]: row for row in read_segments(publication.path / "segments.csv")}
    names = [table.c[name] for name in SEGMENTS.names]
    standing = connection.execute(select(*names).where(table.c.segment.not_in(kept))).mappings()
    stood = {row["segment"]: dict(row) for row in standing}
    connection.execute(delete(table).where(table.c.segment.not_in(kept)))
    if told:
        connection.execute(insert(table), [{**row, "as_of": publication.as_of} for row in told.values()])
    return sum(stood.get(name) != told.get(name) for name in stood.keys() | told.keys())


def read_segments(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a publication's `segments.csv`."""
    options = pyarrow.csv.ConvertOptions(
        column_types=SEGMENTS, strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    rows: list[dict[str, Any]] = pyarrow.csv.read_csv(path, convert_options=options).select(SEGMENTS.names).to_pylist()
    return rows
