"""The contracts of the tables at rest: columns, types and which of them a row cannot do without.

Column names stand here once. Instants are UTC to the microsecond; quantities and money are exact decimals, so that a
sum does not depend on the order in which rows arrived.
"""

from dataclasses import dataclass

import pyarrow as pa

INSTANT = pa.timestamp("us", tz="UTC")
EXACT = pa.decimal128(18, 4)

ORDER_PLACED = "order_placed"
ITEM_PURCHASED = "item_purchased"
ORDER_REFUNDED = "order_refunded"

EVENT_TYPES = frozenset(
    {
        "page_viewed",
        "product_viewed",
        "searched",
        "cart_added",
        "cart_removed",
        "checkout_started",
        "order_placed",
        "item_purchased",
        "order_refunded",
        "email_delivered",
        "email_opened",
        "email_clicked",
        "email_forwarded",
        "email_bounced",
        "email_unsubscribed",
        "email_complained",
        "sms_delivered",
        "sms_clicked",
        "push_delivered",
        "push_opened",
        "ad_clicked",
        "content_downloaded",
        "video_watched",
        "signed_up",
        "logged_in",
        "feature_used",
        "survey_answered",
        "support_contacted",
        "subscription_started",
        "subscription_renewed",
        "subscription_cancelled",
    }
)


@dataclass(frozen=True)
class Contract:
    """A table's name, its columns and types, the columns that are never null, and the one that dates a row.

    `key` identifies a row: two rows with the same key are the same row, told twice.
    """

    name: str
    schema: pa.Schema
    required: tuple[str, ...]
    key: tuple[str, ...]
    dated_by: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(self.schema.names)


EVENTS = Contract(
    name="events",
    schema=pa.schema(
        {
            "event_id": pa.string(),
            "customer_id": pa.string(),
            "occurred_at": INSTANT,
            "received_at": INSTANT,
            "event_type": pa.string(),
            "order_id": pa.string(),
            "product_id": pa.string(),
            "category": pa.string(),
            "quantity": EXACT,
            "amount": EXACT,
            "discount": EXACT,
            "currency": pa.string(),
            "channel": pa.string(),
            "device": pa.string(),
            "source": pa.string(),
            "campaign_id": pa.string(),
            "page": pa.string(),
            "query": pa.string(),
            "duration_seconds": EXACT,
            "country": pa.string(),
            "properties": pa.string(),
        }
    ),
    required=("event_id", "customer_id", "occurred_at", "received_at", "event_type"),
    key=("event_id",),
    dated_by="occurred_at",
)

CUSTOMERS = Contract(
    name="customers",
    schema=pa.schema(
        {"customer_id": pa.string(), "received_at": INSTANT, "email": pa.string(), "country": pa.string()}
    ),
    required=("customer_id", "received_at"),
    key=("customer_id", "received_at"),
    dated_by="received_at",
)

CONSENTS = Contract(
    name="consents",
    schema=pa.schema(
        {
            "customer_id": pa.string(),
            "purpose": pa.string(),
            "granted": pa.bool_(),
            "occurred_at": INSTANT,
            "received_at": INSTANT,
        }
    ),
    required=("customer_id", "purpose", "granted", "occurred_at", "received_at"),
    key=("customer_id", "purpose", "occurred_at"),
    dated_by="occurred_at",
)

QUARANTINE = Contract(
    name="quarantine",
    schema=pa.schema(
        {
            "source": pa.string(),
            "file": pa.string(),
            "line": pa.int64(),
            "reason": pa.string(),
            "row": pa.string(),
            "ingested_at": INSTANT,
        }
    ),
    required=("source", "file", "line", "reason", "row", "ingested_at"),
    key=("file", "line", "reason"),
    dated_by="ingested_at",
)

INGESTS = Contract(
    name="ingests",
    schema=pa.schema(
        {
            "source": pa.string(),
            "file": pa.string(),
            "digest": pa.string(),
            "rows_read": pa.int64(),
            "rows_kept": pa.int64(),
            "rows_written": pa.int64(),
            "duplicates": pa.int64(),
            "quarantined": pa.int64(),
            "ingested_at": INSTANT,
        }
    ),
    required=("source", "file", "digest", "rows_read", "rows_kept", "duplicates", "quarantined", "ingested_at"),
    key=("source", "digest"),
    dated_by="ingested_at",
)

DATA_TABLES = {contract.name: contract for contract in (EVENTS, CUSTOMERS, CONSENTS)}
