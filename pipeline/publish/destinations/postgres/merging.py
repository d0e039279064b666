"""Bringing a table from what it holds to what a publication says, within the transaction that is open."""

from collections.abc import Collection, Sequence
from datetime import datetime

import psycopg
import pyarrow as pa
from psycopg import sql
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, DropConstraint, DropTable

from pipeline.publish.destinations.postgres.changes import Incoming
from pipeline.publish.destinations.postgres.copy import copy_rows, identifier
from pipeline.publish.destinations.postgres.tables import KEYS, MOMENT, Tables

CUSTOMER = ("customer_id",)


def fill(connection: Connection, table: Table, rows: pa.Table) -> int:
    """Copy rows into a table that this transaction has made; its key is built once they are there, which is faster."""
    key = _key(table)
    connection.execute(DropConstraint(key))
    count = copy_rows(raw(connection), table, rows, freeze=True)
    connection.execute(AddConstraint(key))
    return count


def merge_memberships(
    connection: Connection, tables: Tables, incoming: Incoming, moment: datetime, kept: Collection[str]
) -> int:
    """Let `memberships` hold what comes in, and close the time of who is in it no more; return how many rows changed.

    The members of the segments in `kept` stay, as nothing is known of them this time.
    """
    table, former = tables.memberships, tables.former
    fresh = _staged(connection, table, incoming.rows)
    gone = _gone(connection, table, incoming, fresh, KEYS, kept=kept)
    closing = ("customer_id", "segment", "kind", "since", "valid_from")
    over = select(*(table.c[name] for name in closing), literal(moment, MOMENT)).where(
        _same(table, gone, KEYS), table.c.valid_from < moment
    )
    connection.execute(insert(former).from_select([*closing, "valid_until"], over))
    count = connection.execute(delete(table).where(_same(table, gone, KEYS))).rowcount
    return count + _upsert(connection, table, fresh, KEYS, {"valid_from": literal(moment, MOMENT)})


def merge_predictions(connection: Connection, tables: Tables, incoming: Incoming) -> int:
    """Let `predictions` hold what comes in, null in columns that do not come; return how many rows changed.

    Who is no customer any more, having been forgotten for instance, leaves the memberships and their history too.
    """
    table = tables.predictions
    fresh = _staged(connection, table, _in_all_columns(table, incoming.rows))
    gone = _gone(connection, table, incoming, fresh, CUSTOMER)
    for holding in (tables.memberships, tables.former):
        connection.execute(delete(holding).where(_same(holding, gone, CUSTOMER)))
    count = connection.execute(delete(table).where(_same(table, gone, CUSTOMER))).rowcount
    return count + _upsert(connection, table, fresh, CUSTOMER, {})


def reopen(connection: Connection, tables: Tables, moment: datetime) -> None:
    """Undo what was closed at this very moment for those who are in again: it was published twice and had no gap."""
    table, former = tables.memberships, tables.former
    again = and_(_same(table, former, KEYS), former.c.valid_until == moment)
    connection.execute(update(table).where(again, table.c.valid_from == moment).values(valid_from=former.c.valid_from))
    connection.execute(delete(former).where(again, table.c.valid_from == former.c.valid_from))


def count_of(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> int:
    """Return how many rows a table has."""
    return connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()


def raw(connection: Connection) -> psycopg.Connection[object]:
    """Return the driver's own connection, on which COPY goes; it is in the same transaction."""
    found: psycopg.Connection[object] | None = connection.connection.driver_connection
    if found is None:
        raise psycopg.OperationalError("the connection is lost")
    return found


def _staged(connection: Connection, table: Table, rows: pa.Table) -> Table:
    """Return a table that lives as long as the transaction, with these rows."""
    staged = _temporary(connection, f"incoming_{table.name}", [table.c[name] for name in rows.column_names])
    copy_rows(raw(connection), staged, rows)
    _count_for_plans(connection, staged)
    return staged


def _in_all_columns(table: Table, rows: pa.Table) -> pa.Table:
    for name in sorted({column.name for column in table.columns} - set(rows.column_names)):
        rows = rows.append_column(name, pa.nulls(rows.num_rows))
    return rows


def _gone(
    connection: Connection,
    table: Table,
    incoming: Incoming,
    fresh: Table,
    key: Sequence[str],
    *,
    kept: Collection[str] = (),
) -> Table:
    """Return a table of the keys of those that are no longer to be there; the segments in `kept` lose nobody."""
    gone = _temporary(connection, f"outgoing_{table.name}", [table.c[name] for name in key])
    if incoming.gone is not None:
        copy_rows(raw(connection), gone, incoming.gone)
    else:
        absent = select(*(table.c[name] for name in key)).where(not_(exists().where(_same(table, fresh, key))))
        connection.execute(insert(gone).from_select(list(key), absent))
    if kept:
        connection.execute(delete(gone).where(gone.c.segment.in_(kept)))
    _count_for_plans(connection, gone)
    return gone


def _temporary(connection: Connection, name: str, columns: Sequence[Column[object]]) -> Table:
    table = Table(
        name,
        MetaData(),
        *(Column(column.name, column.type) for column in columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    connection.execute(DropTable(table, if_exists=True))
    table.create(connection, checkfirst=False)
    return table


def _upsert(
    connection: Connection, table: Table, fresh: Table, key: Sequence[str], added: dict[str, ColumnElement[object]]
) -> int:
    """Add what is new, change what is different, and leave alone what is the same."""
    names = [column.name for column in fresh.c]
    rest = [name for name in names if name not in key]
    statement = postgresql.insert(table).from_select([*names, *added], select(*fresh.c, *added.values()))
    if rest:
        held, coming = tuple_(*(table.c[name] for name in rest)), tuple_(*(statement.excluded[name] for name in rest))
        statement = statement.on_conflict_do_update(
            constraint=_key(table),
            set_={name: statement.excluded[name] for name in rest},
            where=held.is_distinct_from(coming),
        )
    else:
        statement = statement.on_conflict_do_nothing(constraint=_key(table))
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def _same(left: Table, right: Table, key: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(left.c[name] == right.c[name] for name in key))


def _key(table: Table) -> PrimaryKeyConstraint:
    return table.primary_key


def _count_for_plans(connection: Connection, table: Table) -> None:
    """Let the database see how many rows there are, which nobody else tells it of a table so short-lived."""
    raw(connection).execute(sql.SQL("ANALYZE {}").format(identifier(table)))
