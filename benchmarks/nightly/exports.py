"""A simulated shop's exports as they come: all that was known before the first night, then a few files a night."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from pipeline.shop.simulate import SimulatedShop, simulate

FIRST = datetime(2026, 6, 1, tzinfo=UTC)  # the first night's moment, a midnight
DAY, INGESTED = timedelta(days=1), timedelta(hours=3)  # the night's work begins at three
EVENTS, CUSTOMERS, CONSENTS, IDENTITIES = "events", "customers", "consents", "identities"
SETTINGS = """
[shop]
name = "Corner shop"
time_zone = "Europe/Berlin"
currency = "EUR"

[training]
cut_offs = 2
"""
SOURCE = """
[[sources]]
name = "{table}"
format = "columns"
table = "{table}"
files = "data/{table}/*"

[sources.columns]
{columns}
"""

Change = Callable[[pa.Table], pa.Table]
"""What befalls a night's events on their way into the file."""


@dataclass(frozen=True)
class Exports:
    """What a shop's systems write: four tables, each row with the moment at which it was known."""

    tables: Mapping[str, pa.Table] = field(repr=False)

    def until(self, folder: Path, moment: datetime) -> None:
        """Write all that was known before a moment, one file a table."""
        self._write(folder, "before", datetime.min.replace(tzinfo=UTC), moment)

    def night(self, folder: Path, moment: datetime, change: Change = lambda events: events) -> None:
        """Write what became known in the day before a night's moment; `change` befalls the events."""
        self._write(folder, f"{moment - DAY:%Y-%m-%d}", moment - DAY, moment, change)

    def _write(
        self, folder: Path, name: str, start: datetime, end: datetime, change: Change = lambda events: events
    ) -> None:
        for table, rows in self.tables.items():
            found = between(rows, start, end)
            if found.num_rows:
                write(folder, table, name, change(found) if table == EVENTS else found)


def exports(customers: int, days_before: int, nights: int, seed: int) -> Exports:
    """Simulate a shop whose log begins `days_before` the first night and goes on to the last."""
    shop: SimulatedShop = simulate(customers, FIRST - timedelta(days=days_before), FIRST + DAY * nights, seed)
    return Exports({name: getattr(shop, name) for name in (EVENTS, CUSTOMERS, CONSENTS, IDENTITIES)})


def moments(nights: int) -> Iterator[datetime]:
    """Yield the moment of every night."""
    yield from (FIRST + DAY * night for night in range(nights))


def settings(tables: Mapping[str, pa.Table]) -> str:
    """Return a `segcast.toml` that reads the exports; destinations are to be added."""
    columns = {name: "\n".join(f'{one} = "{one}"' for one in rows.column_names) for name, rows in tables.items()}
    sources = (SOURCE.format(table=name, columns=mapped) for name, mapped in columns.items())
    return SETTINGS + "".join(sources)


def between(rows: pa.Table, start: datetime, end: datetime) -> pa.Table:
    """Return the rows that became known in [start, end)."""
    known = rows["received_at"]
    after = pc.greater_equal(known, pa.scalar(max(start, datetime(1970, 1, 1, tzinfo=UTC)), known.type))
    return rows.filter(pc.and_(after, pc.less(known, pa.scalar(end, known.type))))


def lately_known(rows: pa.Table, moment: datetime) -> pa.Table:
    """Return rows as known at a moment that were known before: they came late."""
    place = rows.column_names.index("received_at")
    then = pa.scalar(moment, rows.schema.field(place).type)
    return rows.set_column(
        place, "received_at", pc.if_else(pc.less(rows["received_at"], then), then, rows["received_at"])
    )


def write(folder: Path, table: str, name: str, rows: pa.Table) -> None:
    """Write a file of an export."""
    place = folder / "data" / table
    place.mkdir(parents=True, exist_ok=True)
    if table == EVENTS:
        pq.write_table(rows, place / f"{name}.parquet", compression="zstd")
    else:
        pyarrow.csv.write_csv(rows, place / f"{name}.csv")
