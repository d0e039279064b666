"""The tables that a Postgres database holds of publications, as SQLAlchemy Core knows them.

`publications`  one row a publication that was taken over; `holds` is true for the one that the other tables show
`segments`      one row a segment; `as_of` tells which publication its row and its members are from
`memberships`   one row a customer and segment, of those who are in it; `valid_from` is the moment of the publication
                that brought them in
`former_memberships`   one row a customer, segment and time that is over
`memberships_history`  a view: both together, `valid_until` null for who is still in
`predictions`   one row a customer; a column that a later publication adds is added, one that it lacks becomes null
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Double,
    MetaData,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    cast,
    null,
    select,
)
from sqlalchemy.types import TypeEngine

from pipeline.errors import DestinationError

LONGEST_NAME_BYTES = 63  # what Postgres keeps of a name; two longer ones could become one
MOMENT = TIMESTAMP(timezone=True)
HISTORY = "memberships_history"
KEYS = ("customer_id", "segment")


@dataclass(frozen=True)
class Tables:
    """The tables in one schema."""

    publications: Table
    segments: Table
    memberships: Table
    former: Table
    predictions: Table

    @property
    def all(self) -> tuple[Table, ...]:
        """Every table, in the order in which they are made."""
        return self.publications, self.segments, self.memberships, self.former, self.predictions

    def with_predictions(self, predictions: Table) -> "Tables":
        """Return the same tables with other columns of predictions."""
        return replace(self, predictions=predictions)


def tables_of(schema: str, predictions: pa.Schema) -> Tables:
    """Return the tables of a schema whose predictions have these columns."""
    known = MetaData(schema=schema)
    typed = {field.name: column_type(field.name, field.type) for field in predictions}
    return Tables(
        _publications(known), _segments(known), _memberships(known), _former(known), predictions_table(schema, typed)
    )


def predictions_table(schema: str | None, columns: Mapping[str, TypeEngine[Any]]) -> Table:
    """Return the table of predictions with these columns, the customer's among them."""
    typed = [Column(name, kind) for name, kind in columns.items() if name != "customer_id"]
    key = PrimaryKeyConstraint("customer_id", name="predictions_pkey")
    return Table("predictions", MetaData(schema=schema), Column("customer_id", Text, nullable=False), *typed, key)


def history(tables: Tables) -> Select[Any]:
    """Return who was in what when, of those who are in it still and of those who are not."""
    now, former = tables.memberships.c, tables.former.c
    named = ("customer_id", "segment", "kind", "since", "valid_from")
    standing = select(*(now[name] for name in named), cast(null(), MOMENT).label("valid_until"))
    over = select(*(former[name] for name in named), former.valid_until)
    return select(standing.union_all(over).subquery())


def column_type(name: str, type_: pa.DataType) -> TypeEngine[Any]:
    """Return the type of a column of predictions; DestinationError for one that is not foreseen."""
    if len(name.encode()) > LONGEST_NAME_BYTES:
        raise DestinationError(
            f'Expected names of at most {LONGEST_NAME_BYTES} bytes for Postgres, got the column "{name}". '
            "Give its task a shorter name."
        )
    kinds: Mapping[str, TypeEngine[Any]] = {
        "double": Double(),
        "int64": BigInteger(),
        "bool": Boolean(),
        "string": Text(),
        "timestamp[us, tz=UTC]": MOMENT,
        "list<element: string>": ARRAY(Text()),
        "list<item: string>": ARRAY(Text()),
    }
    if str(type_) not in kinds:
        raise DestinationError(f'Expected a column that Postgres can hold, got "{name}" of type {type_}.')
    return kinds[str(type_)]


def _publications(known: MetaData) -> Table:
    return Table(
        "publications",
        known,
        Column("publication_id", Text, nullable=False),
        Column("as_of", MOMENT, nullable=False),
        Column("taken_over_at", MOMENT, nullable=False),
        Column("data_snapshot", BigInteger, nullable=False),
        Column("code_version", Text, nullable=False),
        Column("segments", BigInteger, nullable=False),
        Column("memberships", BigInteger, nullable=False),
        Column("predictions", BigInteger, nullable=False),
        Column("manifest_sha256", Text, nullable=False),
        Column("holds", Boolean, nullable=False),
        PrimaryKeyConstraint("publication_id", name="publications_pkey"),
    )


def _segments(known: MetaData) -> Table:
    return Table(
        "segments",
        known,
        Column("segment", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("share", Double, nullable=False),
        Column("entered", BigInteger),
        Column("left", BigInteger),
        Column("definition_version", Text, nullable=False),
        Column("model_version", Text),
        Column("as_of", MOMENT, nullable=False),
        PrimaryKeyConstraint("segment", name="segments_pkey"),
    )


def _memberships(known: MetaData) -> Table:
    return Table(
        "memberships",
        known,
        Column("customer_id", Text, nullable=False),
        Column("segment", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("since", MOMENT, nullable=False),
        Column("score", Double),
        Column("held_out", Boolean, nullable=False),
        Column("valid_from", MOMENT, nullable=False),
        PrimaryKeyConstraint(*KEYS, name="memberships_pkey"),
    )


def _former(known: MetaData) -> Table:
    return Table(
        "former_memberships",
        known,
        Column("customer_id", Text, nullable=False),
        Column("segment", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("since", MOMENT, nullable=False),
        Column("valid_from", MOMENT, nullable=False),
        Column("valid_until", MOMENT, nullable=False),
        PrimaryKeyConstraint(*KEYS, "valid_from", name="former_memberships_pkey"),
    )
