"""A Postgres database: what holds now, who was in what when, and nothing personal but the customers' ids.

A publication is taken over in one transaction, so that a reader sees the one before or this one, whole. The same one
again changes nothing. One of an earlier moment than the database shows is refused: its history would run backwards.
Of a segment that was left out this time the members stay as they were; its row in `segments` says as of when.
"""

from collections.abc import Mapping

import pyarrow.parquet as pq
from sqlalchemy import Connection, func, select

from pipeline.errors import DestinationError
from pipeline.publish.destinations.intact import require_intact
from pipeline.publish.destinations.postgres.connection import postgres_url, transaction
from pipeline.publish.destinations.postgres.holding import Held, held
from pipeline.publish.destinations.postgres.making import are_missing, make, widened
from pipeline.publish.destinations.postgres.tables import tables_of
from pipeline.publish.destinations.postgres.taking import FILES, PREDICTIONS, Taking
from pipeline.publish.published import Publication
from pipeline.settings.destinations import PostgresDestination

UNCHANGED = {"memberships": 0, "predictions": 0, "segments": 0}
PATIENCE = "60s"  # with somebody who holds a table


class Postgres:
    """A database as a destination; `url` is its address with user and password."""

    def __init__(self, settings: PostgresDestination, url: str) -> None:
        """Remember the address; SettingsError where it is none."""
        self.name = settings.name
        self._schema = settings.schema_name
        self._url = postgres_url(settings.name, url)

    def deliver(self, publication: Publication, *, forgotten: bool = False) -> Mapping[str, int]:
        """Take over a publication, and return how many rows of each table changed.

        Whoever was `forgotten` is in no publication any more, and leaves the history with the next one.
        """
        del forgotten
        return self._taken_over(publication, rehearsed=False)

    def preview(self, publication: Publication, *, forgotten: bool = False) -> Mapping[str, int]:
        """Do what `deliver` does, and undo it."""
        del forgotten
        return self._taken_over(publication, rehearsed=True)

    def _taken_over(self, publication: Publication, *, rehearsed: bool) -> Mapping[str, int]:
        require_intact(publication, FILES)
        with transaction(self.name, self._url, rehearsed=rehearsed) as connection:
            _wait_for_others(connection, self._schema)
            tables = tables_of(self._schema, pq.read_schema(publication.path / PREDICTIONS))
            if are_missing(connection, tables):
                make(connection, tables)
                return Taking(connection, tables, publication).all_of_it()
            standing = held(connection, tables)
            if standing is not None and standing.is_still(publication):
                return UNCHANGED
            _require_not_older(publication, standing)
            return Taking(connection, widened(connection, tables), publication).what_differs(standing)


def _wait_for_others(connection: Connection, schema: str) -> None:
    """Let one sync at a time change a schema; the second finds done what it came to do."""
    key = func.hashtextextended(f"segcast {schema}", 0)
    connection.execute(select(func.pg_advisory_xact_lock(key)))
    connection.execute(select(func.set_config("lock_timeout", PATIENCE, True)))  # noqa: FBT003 - for this transaction


def _require_not_older(publication: Publication, standing: Held | None) -> None:
    if standing is not None and publication.as_of < standing.as_of:
        raise DestinationError(
            f"Expected a publication of {standing.as_of:%Y-%m-%d %H:%M} or later, which is what the database shows, "
            f"got {publication.publication_id} of {publication.as_of:%Y-%m-%d %H:%M}. Publish again, or let the "
            "destination name another schema."
        )
