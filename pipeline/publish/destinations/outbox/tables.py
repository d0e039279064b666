"""The tables of the outbox, as SQLite keeps them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, UniqueConstraint

METADATA = MetaData()

DESTINATIONS = Table(
    "destinations",
    METADATA,
    Column("name", String, primary_key=True),
    Column("identity", String, nullable=False),  # what it was when it was first told: its kind and address
    Column("publication_id", String),  # the last one that it was told of to the end, and when
    Column("told_at", String),
)
PARTS = Table(
    "parts",
    METADATA,
    Column("part_id", Integer, primary_key=True),
    Column("destination", String, nullable=False),
    Column("kept", String, nullable=False),
    Column("name", String, nullable=False),  # what the settings called the list last
    Column("remote", String, nullable=False),
    UniqueConstraint("destination", "kept", "remote"),
)
SHAPES = Table(  # names of properties, written once, not with each customer
    "shapes",
    METADATA,
    Column("shape_id", Integer, primary_key=True),
    Column("names", String, nullable=False, unique=True),
)
CONFIRMED = Table(
    "confirmed",
    METADATA,
    Column("part_id", Integer, ForeignKey("parts.part_id"), primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("shape_id", Integer, ForeignKey("shapes.shape_id"), nullable=False),
    Column("entries", String, nullable=False),  # a JSON array of values in the order of the shape's names
    sqlite_with_rowid=False,
)
REMOTES = Table(
    "remotes",
    METADATA,
    Column("destination", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("remote_id", String, nullable=False),
    sqlite_with_rowid=False,
)
REFUSED = Table(
    "refused",
    METADATA,
    Column("part_id", Integer, ForeignKey("parts.part_id"), primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("reason", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", String, nullable=False),
    Column("last_at", String, nullable=False),
    sqlite_with_rowid=False,
)
BATCHES = Table(
    "batches",
    METADATA,
    Column("batch_id", String, primary_key=True),
    Column("part_id", Integer, ForeignKey("parts.part_id"), nullable=False),
    Column("noted_at", String, nullable=False),
)
BATCH_ROWS = Table(
    "batch_rows",
    METADATA,
    Column("batch_id", String, ForeignKey("batches.batch_id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("customer_id", String, nullable=False),
    Column("values", String, nullable=False),
    Column("is_withdrawal", Boolean, nullable=False),
    sqlite_with_rowid=False,
)
CUSTOMER_INDEXES = tuple(Index(f"{one.name}_customer", one.c.customer_id) for one in (CONFIRMED, REMOTES, REFUSED))
