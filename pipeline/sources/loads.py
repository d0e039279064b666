"""What was loaded before: which files need not be read again, and which loads were their source's first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.events.store import Store
from pipeline.events.tables import INGESTS
from pipeline.settings.sources import SourceSettings
from pipeline.sources.files import Portion, digest_of_settings
from pipeline.sources.prepared import Arrival


@dataclass(frozen=True)
class Loads:
    """Identities of the portions that were read, and of each source the digests of its first load.

    `cursors` says where the last load of a source with these settings ended, for sources that have a cursor.
    """

    identities: frozenset[tuple[str, str, str]]
    first: dict[str, frozenset[str]]
    cursors: Mapping[tuple[str, str], str | None] = field(default_factory=dict)

    def new(self, portions: Sequence[Portion]) -> list[Portion]:
        """Return the portions that were not read before, one of those that are alike."""
        return list({one.identity: one for one in portions if one.identity not in self.identities}.values())

    def again(self, portions: Sequence[Portion]) -> list[Portion]:
        """Return the portions that were read before with other settings."""
        contents = {identity[:2] for identity in self.identities}
        return [one for one in portions if one.identity[:2] in contents]

    def cursor(self, source: SourceSettings) -> str | None:
        """Return where to go on reading a source, null at its beginning; other settings begin anew."""
        return self.cursors.get((source.name, digest_of_settings(source)))

    def arrival(self, portion: Portion, read_at: datetime, known_at: datetime) -> Arrival:
        """Say when a portion's rows arrived; a file of the first load that is read again still belongs to it."""
        first = self.first.get(portion.source.name)
        return Arrival(read_at, first is None or portion.digest in first, known_at)


def loads(store: Store) -> Loads:
    """Read what was loaded into a store."""
    columns = ("source", "digest", "settings", "cursor", "ingested_at")
    rows = store.engine.to_pyarrow(store.read(INGESTS).select(*columns).order_by("ingested_at")).to_pylist()
    begun: dict[str, datetime] = {}
    for row in rows:
        begun.setdefault(row["source"], row["ingested_at"])
    first = {
        source: frozenset(row["digest"] for row in rows if (row["source"], row["ingested_at"]) == (source, at))
        for source, at in begun.items()
    }
    cursors = {(row["source"], row["settings"]): row["cursor"] for row in rows}
    return Loads(frozenset((row["source"], row["digest"], row["settings"]) for row in rows), first, cursors)
