"""One publication on its way into the tables of a database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pyarrow as pa
from sqlalchemy import Connection

from pipeline.errors import DestinationError, PublicationError
from pipeline.publish.destinations.intact import require_intact
from pipeline.publish.destinations.postgres.changes import Incoming, differences, everything
from pipeline.publish.destinations.postgres.holding import Held, hold, replace_segments
from pipeline.publish.destinations.postgres.merging import (
    CUSTOMER,
    count_of,
    fill,
    merge_memberships,
    merge_predictions,
    reopen,
)
from pipeline.publish.destinations.postgres.tables import KEYS, Tables
from pipeline.publish.published import Publication, read_publication

MEMBERSHIPS, PREDICTIONS, SEGMENTS = "memberships.parquet", "predictions.parquet", "segments.csv"
FILES = (MEMBERSHIPS, PREDICTIONS, SEGMENTS)


@dataclass(frozen=True)
class Taking:
    """A publication, and the tables that take it over in the transaction of `connection`."""

    connection: Connection
    tables: Tables
    publication: Publication

    def all_of_it(self) -> Mapping[str, int]:
        """Fill tables that this transaction has made, and return how many rows each got."""
        members, predictions = (everything(self.publication.path / name).rows for name in (MEMBERSHIPS, PREDICTIONS))
        entered = pa.scalar(self.publication.as_of, pa.timestamp("us", "UTC"))
        dated = members.append_column("valid_from", pa.repeat(entered, members.num_rows))
        counts = {
            "memberships": fill(self.connection, self.tables.memberships, dated),
            "predictions": fill(self.connection, self.tables.predictions, predictions),
        }
        return self._held(counts, self._missing())

    def what_differs(self, held: Held | None) -> Mapping[str, int]:
        """Bring tables that show another publication to this one, and return how many rows of each changed."""
        counts = self._merged(self._beside(held))
        missing = self._missing()
        if missing:  # the tables were not as the publication before had left them
            counts = self._merged(None)
            missing = self._missing()
        if held is not None and held.as_of == self.publication.as_of:
            reopen(self.connection, self.tables, self.publication.as_of)
        return self._held(counts, missing)

    def _beside(self, held: Held | None) -> Publication | None:
        """Return the publication that the tables show, if it still lies beside this one and can be compared with it.

        A segment that was left out then, and is not now, has members in the tables that are in neither publication.
        """
        if held is None:
            return None
        try:
            found = read_publication(self.publication.path.parent / held.publication_id)
            require_intact(found, FILES)
        except (PublicationError, DestinationError):
            return None
        return found if held.is_still(found) and _left_out(found) <= _left_out(self.publication) else None

    def _merged(self, before: Publication | None) -> Mapping[str, int]:
        return {
            "memberships": merge_memberships(
                self.connection,
                self.tables,
                self._incoming(MEMBERSHIPS, KEYS, before),
                self.publication.as_of,
                _left_out(self.publication),
            ),
            "predictions": merge_predictions(
                self.connection, self.tables, self._incoming(PREDICTIONS, CUSTOMER, before)
            ),
        }

    def _incoming(self, file: str, key: Collection[str], before: Publication | None) -> Incoming:
        now = self.publication.path / file
        found = differences(before.path / file, now, tuple(key)) if before is not None else None
        return found or everything(now)

    def _held(self, counts: Mapping[str, int], missing: str | None) -> Mapping[str, int]:
        """Write down what is held now, unless anything is missing."""
        if missing:
            raise DestinationError(missing)
        segments = replace_segments(self.connection, self.tables, self.publication, _left_out(self.publication))
        hold(self.connection, self.tables, self.publication)
        return {**counts, "segments": segments}

    def _missing(self) -> str | None:
        """Say which table has not as many rows as the publication, None for none."""
        members, customers = self.tables.memberships, self.tables.predictions
        decided = members.c.segment.not_in(_left_out(self.publication))
        found = {
            MEMBERSHIPS: count_of(self.connection, members, decided),
            PREDICTIONS: count_of(self.connection, customers),
        }
        for file, count in found.items():
            wanted = self.publication.manifest["files"][file]["rows"]
            if count != wanted:
                return (
                    f"Expected the database to hold the {wanted} rows of {file} in the end, but it would hold {count}, "
                    "so that nothing was changed. Let nobody else change its tables, then sync again."
                )
        return None


def _left_out(publication: Publication) -> frozenset[str]:
    return frozenset(str(entry["segment"]) for entry in publication.manifest["left_out"])
