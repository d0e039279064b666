"""Making the tables where they are missing, and giving the predictions the columns that are new."""

from psycopg import sql
from sqlalchemy import Column, Connection, Table, inspect
from sqlalchemy.schema import CreateSchema, CreateView
from sqlalchemy.types import TypeEngine

from pipeline.errors import DestinationError
from pipeline.publish.destinations.postgres.copy import identifier
from pipeline.publish.destinations.postgres.merging import raw
from pipeline.publish.destinations.postgres.tables import HISTORY, Tables, history, predictions_table


def are_missing(connection: Connection, tables: Tables) -> bool:
    """Say whether nothing was ever taken over."""
    return not inspect(connection).has_table(tables.publications.name, schema=tables.publications.schema)


def make(connection: Connection, tables: Tables) -> None:
    """Make the schema, the tables and the view; a table of that name that is not ours stops it."""
    schema = str(tables.publications.schema)
    if not inspect(connection).has_schema(schema):
        connection.execute(CreateSchema(schema))
    for table in tables.all:
        table.create(connection, checkfirst=False)
    connection.execute(CreateView(history(tables), HISTORY, schema=schema))


def widened(connection: Connection, tables: Tables) -> Tables:
    """Add to the predictions the columns that they lack in the database, and return the tables with all that are there.

    DestinationError where one has another type there.
    """
    table = tables.predictions
    there = {found["name"]: found["type"] for found in inspect(connection).get_columns(table.name, table.schema)}
    for column in table.columns:
        if column.name not in there:
            _add(connection, table, column)
        elif _spelled(connection, there[column.name]) != _spelled(connection, column.type):
            raise DestinationError(
                f"Expected {table.fullname}.{column.name} to be of type {_spelled(connection, column.type)}, but the "
                f"database has {_spelled(connection, there[column.name])}. Rename that column there, then sync again."
            )
    known = {column.name: column.type for column in table.columns}
    return tables.with_predictions(predictions_table(table.schema, {**known, **there}))


def _add(connection: Connection, table: Table, column: Column[object]) -> None:
    statement = sql.SQL("ALTER TABLE {} ADD COLUMN {} ").format(identifier(table), sql.Identifier(column.name))
    kind = sql.SQL(_spelled(connection, column.type))
    raw(connection).execute(statement + kind)


def _spelled(connection: Connection, kind: TypeEngine[object]) -> str:
    return kind.compile(dialect=connection.dialect)
