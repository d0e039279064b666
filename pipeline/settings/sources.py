"""The settings of sources: where a shop's exports lie, and how their fields are called."""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.settings.values import Frozen, Share, TimeZone


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f'expected a regular expression, got "{pattern}": {error}.') from error
    return pattern


Patterns = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Regex = Annotated[str, AfterValidator(_regular)]
TableName = Literal["events", "customers", "consents", "identities"]


class SourceSettings(Frozen):
    """What every source can say.

    `columns` maps our fields to the source's own and overrides what its format takes for granted; `constants` gives
    fields one value; `event_types` renames the source's events. `repeats` says what rows are that agree in everything
    and have no id of their own: one row told twice (drop), or as many rows (keep).
    """

    name: str
    columns: dict[str, str] = Field(default={})
    constants: dict[str, str] = Field(default={})
    event_types: dict[str, str] = Field(default={})
    time_format: str | None = None
    time_zone: TimeZone | None = None
    repeats: Literal["drop", "keep"] = "drop"
    max_rejected_share: Share = 0.5


class FileSource(SourceSettings):
    """A source that is files: CSV, JSON lines, JSON documents or Parquet, plain or compressed with gzip.

    `files` are paths or patterns, or folders. `pattern`, a regular expression with named groups, takes text apart that
    is no CSV. `records` is where in a JSON document the list of records lies, such as "orders".
    """

    files: Patterns
    encoding: Literal["utf-8", "utf-16", "latin-1"] = "utf-8"
    delimiter: str | None = None
    pattern: Regex | None = None
    skip_lines: int = Field(default=0, ge=0)
    records: str | None = None


class ColumnsSource(FileSource):
    """Any file whose columns are named one by one."""

    format: Literal["columns"]
    columns: dict[str, str]
    table: TableName = "events"


class OrderLinesSource(FileSource):
    """One row an order line, from which orders, items and refunds are made."""

    format: Literal["order_lines"]
    columns: dict[str, str]
    refund_prefix: str | None = None
    product_pattern: Regex | None = None


class SegmentSource(FileSource):
    """An export of the Segment or RudderStack event spec: one table of events, or one file for each event.

    `details` are further files, one for each event, whose rows say more about events of the first and are joined to
    them by `details_id`, their column with the event's id. `items` are columns that each name a product of an order.
    What is spelled without an offset is UTC, as Segment and RudderStack export it.
    """

    format: Literal["segment"]
    time_zone: TimeZone | None = "UTC"
    details: Patterns = ()
    details_id: str = "id"
    items: tuple[str, ...] = ()


class Ga4Source(FileSource):
    """Google Analytics 4's export to BigQuery, as JSON lines or Parquet."""

    format: Literal["ga4"]


class ShopifyOrdersSource(FileSource):
    """Shopify's orders, as the CSV export of its admin or the JSON of its Admin API."""

    format: Literal["shopify_orders"]


class KlaviyoSource(FileSource):
    """Klaviyo's events, as the JSON of its API; `metrics` names metrics by id where the files do not."""

    format: Literal["klaviyo"]
    metrics: dict[str, str] = Field(default={})


class ClicksSource(FileSource):
    """A log of clicks with a code for what was done; `year` completes dates that have none.

    Where a day is all that is known of a click, clicks that agree in everything are as many clicks.
    """

    format: Literal["clicks"]
    repeats: Literal["drop", "keep"] = "keep"
    year: int | None = Field(default=None, ge=1990, le=2100)


class SqlSource(SourceSettings):
    """A query or a table of a database.

    `url` is SQLAlchemy's; `${NAME}` in it is read from the environment. With `cursor`, a column that only grows, each
    ingest reads from where the one before ended.
    """

    format: Literal["sql"]
    url: str
    query: str | None = None
    from_table: str | None = None
    table: TableName = "events"
    cursor: str | None = None


AnyExport = SegmentSource | Ga4Source | ShopifyOrdersSource | KlaviyoSource
AnyFileSource = ColumnsSource | OrderLinesSource | AnyExport | ClicksSource
AnySource = AnyFileSource | SqlSource
Source = Annotated[AnySource, Field(discriminator="format")]
FORMATS = tuple(get_args(kind.model_fields["format"].annotation)[0] for kind in get_args(AnySource))
