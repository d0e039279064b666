"""Where a database was read to: the greatest value of a column that only grows."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, FromClause, Select, bindparam, func, literal_column, or_, select
from sqlalchemy.types import NullType

from pipeline.errors import SourceError
from pipeline.sources.spelled import spell


@dataclass(frozen=True)
class Stretch:
    """What is read of a table this time.

    `reached` is the greatest value of the cursor, null for an empty table and without a cursor. `again` counts the
    rows that were read before too: those at the value where the last reading ended, and those that have none.
    """

    rows: Select[Any]
    reached: str | None
    again: int


def stretch(connection: Connection, table: FromClause, cursor: str | None, since: str | None) -> Stretch:
    """Return the rows of a table from `since` on. Rows at `since` are among them: more of them may have come."""
    rows: Select[Any] = select(literal_column("*")).select_from(table)
    if cursor is None:
        return Stretch(rows, None, 0)
    column = table.c[cursor]
    greatest = connection.scalar(select(func.max(column)))
    reached = spell(greatest)
    if since is None or greatest is None:
        return Stretch(rows, reached, 0)
    # Without a type the value travels as the driver's own: SQLAlchemy's would drop the zone of an instant.
    begin = bindparam(None, _like(since, greatest, cursor), type_=NullType())
    told_before = select(func.count()).select_from(table).where(or_(column == begin, column.is_(None)))
    again = connection.scalar(told_before) or 0
    return Stretch(rows.where(or_(column >= begin, column.is_(None))), reached, again)


def _like(text: str, value: object, cursor: str) -> object:
    """Read a value that was spelled as the kind of value that the column has now."""
    try:
        match value:
            case date():  # and moments, which are dates to Python
                return type(value).fromisoformat(text)
            case int() | float() | Decimal():
                return type(value)(text)
            case _:
                return text
    except (ValueError, ArithmeticError):
        raise SourceError(
            f'Expected the cursor "{cursor}" to go on from {text}, got {spell(value)}, which is of another kind. '
            "Try a column whose type does not change."
        ) from None
