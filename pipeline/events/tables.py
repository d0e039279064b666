"""The tables at rest. Column names stand here once.

Instants are UTC to the microsecond; quantities and money are exact decimals, so that a sum does not depend on the order
in which rows arrived.
"""

import pyarrow as pa

from pipeline.events.contract import EXACT, INSTANT, LONGEST_NAME, LONGEST_OBJECT, LONGEST_TEXT, Contract, Field
from pipeline.events.event_types import EVENT_TYPES, ITEM_PURCHASED, ORDER_PLACED, ORDER_REFUNDED

__all__ = ["EVENT_TYPES", "EXACT", "INSTANT", "ITEM_PURCHASED", "ORDER_PLACED", "ORDER_REFUNDED", "Contract", "Field"]

_RECEIVED = Field(
    "received_at",
    INSTANT,
    "When the row became known. Where a source does not say: for its first load when it occurred, later when ingested, "
    "by a night just before its `as_of`.",
)


def _id(name: str, meaning: str, null: str = "") -> Field:
    return Field(name, pa.string(), meaning, null, longest=LONGEST_NAME)


EVENTS = Contract(
    name="events",
    meaning="What customers did, one row an event.",
    fields=(
        _id("event_id", "Tells the event from all others; derived from the event's content where a source has none."),
        _id(
            "customer_id",
            "Who did it: a customer's id, or the alias of somebody who was not known then. What stands for nobody "
            "(null, none, nan, undefined, a UUID of zeros) is no id.",
        ),
        Field("occurred_at", INSTANT, "When it happened."),
        _RECEIVED,
        _id("event_type", "What happened; a type that is not listed is kept under its own name."),
        _id("order_id", "The order that it belongs to.", "it belongs to none, or the source does not say"),
        _id("product_id", "The product.", "it is about none"),
        _id("category", "The product's category.", "unknown"),
        Field("quantity", EXACT, "How many pieces.", "unknown", above=0),
        Field("amount", EXACT, "Money in `currency`, net of discounts.", "unknown or none", at_least=0),
        Field("discount", EXACT, "Money taken off.", "unknown or none", at_least=0),
        Field("currency", pa.string(), "ISO 4217 code.", "the shop's own", pattern="^[A-Z]{3}$"),
        _id("channel", "Where it happened: web, app, email, store …", "unknown"),
        _id("device", "Kind of device: desktop, mobile, tablet …", "unknown"),
        _id("source", "What brought the customer: google, newsletter, direct …", "unknown"),
        _id("campaign_id", "The campaign that it belongs to.", "none"),
        Field("page", pa.string(), "Address or name of the page.", "it has none", longest=LONGEST_TEXT),
        Field("query", pa.string(), "What was searched for.", "nothing was", longest=LONGEST_TEXT),
        Field("duration_seconds", EXACT, "How long it lasted, in seconds.", "unknown", at_least=0),
        _id("country", "Where the customer was.", "unknown"),
        Field(
            "properties",
            pa.string(),
            "Whatever else the source says, as one JSON object.",
            "nothing",
            longest=LONGEST_OBJECT,
            is_object=True,
        ),
    ),
    key=("event_id",),
    dated_by="occurred_at",
    required_by_type={ITEM_PURCHASED: ("product_id",), ORDER_REFUNDED: ("amount",)},
)

CUSTOMERS = Contract(
    name="customers",
    meaning="Who the customers are: contact fields and traits. Personal data lives here and nowhere else.",
    fields=(
        _id("customer_id", "The customer."),
        _RECEIVED,
        Field("email", pa.string(), "E-mail address.", "unknown", longest=LONGEST_NAME, pattern="^[^@\\s]+@[^@\\s]+$"),
        Field("phone", pa.string(), "Telephone number.", "unknown", longest=LONGEST_NAME),
        _id("country", "Where the customer lives.", "unknown"),
        Field("birth_month", pa.int64(), "Month of birth, 1 to 12.", "unknown", at_least=1, at_most=12),
        Field(
            "traits",
            pa.string(),
            "Whatever else the source says, as one JSON object.",
            "nothing",
            longest=LONGEST_OBJECT,
            is_object=True,
        ),
    ),
    key=("customer_id", "received_at"),
    dated_by="received_at",
)

CONSENTS = Contract(
    name="consents",
    meaning="Who agreed to what, and when.",
    fields=(
        _id("customer_id", "The customer."),
        _id("purpose", "What was asked: profiling, email, sms, push …"),
        Field("granted", pa.bool_(), "Whether the answer was yes."),
        Field("occurred_at", INSTANT, "When the answer was given."),
        _RECEIVED,
    ),
    key=("customer_id", "purpose", "occurred_at"),
    dated_by="occurred_at",
)

IDENTITIES = Contract(
    name="identities",
    meaning="Which alias turned out to be which customer.",
    fields=(
        _id("alias", "An id under which events were logged: a cookie, a device, an old account."),
        _id("customer_id", "Whose it is: a customer's id, or another alias."),
        Field("occurred_at", INSTANT, "When the two were seen together first."),
        _RECEIVED,
    ),
    key=("alias", "customer_id"),
    dated_by="occurred_at",
)

QUARANTINE = Contract(
    name="quarantine",
    meaning="Rows that could not be kept, and why.",
    fields=(
        Field("source", pa.string(), "The source's name in `segcast.toml`."),
        Field("file", pa.string(), "SHA-256 digest of the file's content."),
        Field("line", pa.int64(), "The row's number in the file, from 1, the header not counted."),
        Field("reason", pa.string(), "Why it could not be kept."),
        Field(
            "row",
            pa.string(),
            "The row as it came, as JSON.",
            "it must not be kept either, because ids are pseudonymised or the row is past retention",
        ),
        Field("ingested_at", INSTANT, "When it was read."),
    ),
    key=("file", "line", "reason"),
    dated_by="ingested_at",
)

INGESTS = Contract(
    name="ingests",
    meaning="What became of every file: rows read = kept + duplicates + quarantined.",
    fields=(
        Field("source", pa.string(), "The source's name in `segcast.toml`."),
        Field("file", pa.string(), "The file's name."),
        Field("digest", pa.string(), "SHA-256 digest of the file's content."),
        Field("settings", pa.string(), "SHA-256 digest of the source's settings: other settings read the file anew."),
        Field("cursor", pa.string(), "Greatest value of the source's cursor column.", "the source has none"),
        Field("rows_read", pa.int64(), "Rows that the file has."),
        Field("rows_kept", pa.int64(), "Rows of which something new was kept."),
        Field("rows_written", pa.int64(), "Rows that the tables gained, orders made from lines included."),
        Field("duplicates", pa.int64(), "Rows that said nothing new."),
        Field("quarantined", pa.int64(), "Rows that could not be kept."),
        Field("ingested_at", INSTANT, "When it was read."),
    ),
    key=("source", "digest", "settings"),
    dated_by="ingested_at",
)

GAPS = Contract(
    name="gaps",
    meaning="Silences of the tracker, as found when the log was looked at; the newest finding about a gap counts.",
    fields=(
        Field("event_type", pa.string(), "The event type that fell silent or thinned out; `*` when all of them did."),
        Field("kind", pa.string(), "`silent` or `halved`."),
        Field("started_at", INSTANT, "The first midnight, in the shop's time zone, of the gap."),
        Field(
            "ended_at",
            INSTANT,
            "The midnight after its last day; of a gap that turned out to be none, when it began.",
            "it lasted when it was found",
        ),
        Field("expected_per_day", pa.float64(), "Events a day that were usual."),
        Field("seen_per_day", pa.float64(), "Events a day in the gap."),
        Field("found_at", INSTANT, "When the log was looked at."),
    ),
    key=("event_type", "started_at", "found_at"),
    dated_by="found_at",
)

DATA_TABLES = {contract.name: contract for contract in (EVENTS, CUSTOMERS, CONSENTS, IDENTITIES)}
TABLES = (*DATA_TABLES.values(), QUARANTINE, INGESTS, GAPS)
