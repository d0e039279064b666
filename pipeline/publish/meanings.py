"""What every column of a publication means: the one place that says so, to the folder, the report and the pages."""

from dataclasses import dataclass

TEXT, COUNT, NUMBER, MONEY = "text", "whole number", "number", "number with two decimals"
DATE, INSTANT, TRUTH, OBJECT = "date", "instant", "true or false", "object"
SHARE, CURRENCY = "0 to 1", "the shop's currency"
NEVER = "never empty"
NO_MODEL = "no model speaks of this customer"
LIST = "lists/<segment>.csv"


@dataclass(frozen=True)
class Meaning:
    """One column of one file, or one entry of the manifest.

    A part of a name in angle brackets stands for what differs: `<task>_probability` is `churn_probability`. `unit` is
    empty where there is none to speak of, `empty` says what an empty cell (a null) means.
    """

    file: str
    column: str
    type: str
    unit: str
    meaning: str
    empty: str
    example: str


MEANINGS: tuple[Meaning, ...] = (
    Meaning("segments.csv", "segment", TEXT, "", "The segment's name; one row a segment, largest first.", NEVER, "vip"),
    Meaning("segments.csv", "kind", TEXT, "", "What decides: rule, predicted or cluster.", NEVER, "predicted"),
    Meaning("segments.csv", "title", TEXT, "", "What people call the segment.", NEVER, "Predicted at risk"),
    Meaning("segments.csv", "size", COUNT, "customers", "Members, those held out among them.", NEVER, "412"),
    Meaning("segments.csv", "share", NUMBER, SHARE, "Members as a share of all customers.", NEVER, "0.0831"),
    Meaning(
        "segments.csv", "entered", COUNT, "customers", "Members who were none in the publication before.",
        "there is nothing to compare with", "31",
    ),
    Meaning(
        "segments.csv", "left", COUNT, "customers", "Members of the publication before who are none any more.",
        "there is nothing to compare with", "18",
    ),
    Meaning(
        "segments.csv", "definition_version", TEXT, "", "Twelve hexadecimal digits that change when what decides does.",
        NEVER, "3f9a0c51be77",
    ),
    Meaning(
        "segments.csv", "model_version", TEXT, "", "The models that decide, joined by a semicolon.",
        "no model decides: a rule", "churn 7",
    ),
    Meaning(
        "memberships.parquet", "customer_id", TEXT, "",
        "The customer's id; one row a customer and segment, in order of segment and customer.", NEVER, "C-1042",
    ),
    Meaning("memberships.parquet", "segment", TEXT, "", "The segment that the customer is in.", NEVER, "vip"),
    Meaning("memberships.parquet", "kind", TEXT, "", "What decides: rule, predicted or cluster.", NEVER, "rule"),
    Meaning(
        "memberships.parquet", "since", INSTANT, "UTC", "The first moment of the present unbroken stay.", NEVER,
        "2026-02-14T00:00:00Z",
    ),
    Meaning(
        "memberships.parquet", "score", NUMBER, "as the column that the segment ranks by",
        "What the segment ranks by, at full precision.", "the segment has no score", "0.612345678",
    ),
    Meaning(
        "memberships.parquet", "held_out", TRUTH, "",
        "Whether campaigns to this segment must not touch the customer, so that they can be measured.", NEVER, "false",
    ),
    Meaning(
        "predictions.parquet", "customer_id", TEXT, "", "The customer's id; one row a customer, in order of it.", NEVER,
        "C-1042",
    ),
    Meaning(
        "predictions.parquet", "<task>_probability", NUMBER, SHARE,
        "The probability of what the task predicts, such as churn: no order within its horizon.", NO_MODEL,
        "0.612345678",
    ),
    Meaning(
        "predictions.parquet", "expected_next_order_at", INSTANT, "UTC", "When the next order is expected.",
        "none is expected, or there are too few orders to say", "2026-04-02T09:30:00Z",
    ),
    Meaning(
        "predictions.parquet", "expected_next_order_from", INSTANT, "UTC",
        "Eight of ten such orders come between this and expected_next_order_until.", "as expected_next_order_at",
        "2026-03-11T00:00:00Z",
    ),
    Meaning(
        "predictions.parquet", "expected_next_order_until", INSTANT, "UTC",
        "Eight of ten such orders come between expected_next_order_from and this.", "as expected_next_order_at",
        "2026-06-20T00:00:00Z",
    ),
    Meaning(
        "predictions.parquet", "expected_value_365d", NUMBER, CURRENCY, "Net spend expected within a year.", NO_MODEL,
        "310.5",
    ),
    Meaning(
        "predictions.parquet", "expected_<task>", NUMBER, "money or a count, as the task's target",
        "The amount that the task predicts, such as spend: net spend within its horizon.", NO_MODEL, "84.2",
    ),
    Meaning(
        "predictions.parquet", "value_at_stake", NUMBER, CURRENCY,
        "The probability of churn times a horizon's worth of last year's spend.", NO_MODEL, "75.499",
    ),
    Meaning(
        "predictions.parquet", "<task>_value_at_stake", NUMBER, CURRENCY,
        "The probability times what is lost with the customer, or won with an order.", NO_MODEL, "22.1",
    ),
    Meaning("predictions.parquet", "<task>_band", TEXT, "", "The risk: high, medium or low.", NO_MODEL, "high"),
    Meaning(
        "predictions.parquet", "cluster", TEXT, "", "The natural group that the customer is in.",
        "there are no clusters", "Gift-season stockists",
    ),
    Meaning(
        "predictions.parquet", "<task>_reason_<number>", TEXT, "",
        "Why the task says so, in words; 1 is the strongest reason.", "no model speaks, or it has fewer reasons",
        "No order for 74 days, usually every 21",
    ),
    Meaning(
        "predictions.parquet", "next_category_<number>", TEXT, "",
        "A category that the customer is likely to buy from next; 1 is the likeliest.", NO_MODEL, "Kitchen",
    ),
    Meaning(
        "predictions.parquet", "next_category_<number>_probability", NUMBER, SHARE,
        "The probability of an order from that category within the horizon.", NO_MODEL, "0.31",
    ),
    Meaning(
        LIST, "customer_id", TEXT, "", "The customer's id; one row a member, best first.", NEVER, "C-1042",
    ),
    Meaning(
        LIST, "email", TEXT, "", "The address, only of those who agreed to e-mail.",
        "no consent to e-mail, or no address", "ana@example.org",
    ),
    Meaning(
        LIST, "score", NUMBER, f"{SHARE} for a probability, else as the column that the segment ranks by",
        "The segment's own figure: a probability with four decimals, anything else with two. The list is ordered by "
        "what the segment puts first, such as the value at stake, and then by this.",
        "the segment has no score", "0.6123",
    ),
    Meaning(
        LIST, "risk_band", TEXT, "", "The risk that the customer stops buying: high, medium or low.", NO_MODEL, "high",
    ),
    Meaning(
        LIST, "value_at_stake", MONEY, CURRENCY,
        "The probability of churn times a horizon's worth of last year's spend.", NO_MODEL, "75.50",
    ),
    Meaning(
        LIST, "reason_<number>", TEXT, "", "Why churn is as likely as it is, in words; 1 is the strongest reason.",
        "no model speaks, or it has fewer reasons", "No order for 74 days, usually every 21",
    ),
    Meaning(
        LIST, "also_in", TEXT, "", "The customer's other segments, joined by a semicolon.", "in no other segment",
        "one_time;vip",
    ),
    Meaning(
        LIST, "since", DATE, "the shop's time zone", "The day on which the present unbroken stay began.", NEVER,
        "2026-02-14",
    ),
    Meaning(
        LIST, "held_out", TRUTH, "",
        "Whether campaigns to this segment must not touch the customer, so that they can be measured.", NEVER, "false",
    ),
    Meaning(
        LIST, "contact", TRUTH, "", "Whether a campaign to this segment may contact the customer: the audience's word.",
        "there is no audience of the segment's name", "true",
    ),
    Meaning(LIST, "why_not", TEXT, "", "Why it may not.", "it may, or there is no audience", "bought 2 days ago"),
    Meaning(
        "audiences.csv", "audience", TEXT, "", "The audience's name; one row an audience, most members first.", NEVER,
        "predicted_at_risk",
    ),
    Meaning("audiences.csv", "title", TEXT, "", "What people call the audience.", NEVER, "Predicted at risk"),
    Meaning("audiences.csv", "members", COUNT, "customers", "All members: the sum of the columns after.", NEVER, "412"),
    Meaning("audiences.csv", "contact", COUNT, "customers", "Members whom a campaign may contact.", NEVER, "268"),
    Meaning(
        "audiences.csv", "excluded", COUNT, "customers", "Left out as members of a segment that is excluded.", NEVER,
        "40",
    ),
    Meaning("audiences.csv", "recent_buyer", COUNT, "customers", "Left out as they bought lately.", NEVER, "12"),
    Meaning("audiences.csv", "frequency_cap", COUNT, "customers", "Left out as contacted often enough.", NEVER, "9"),
    Meaning("audiences.csv", "quiet", COUNT, "customers", "Left in peace after the last contact.", NEVER, "3"),
    Meaning("audiences.csv", "no_consent", COUNT, "customers", "Left out for want of consent.", NEVER, "37"),
    Meaning("audiences.csv", "no_address", COUNT, "customers", "Left out for want of an address.", NEVER, "2"),
    Meaning("audiences.csv", "held_out", COUNT, "customers", "Held out, to measure what contacts bring.", NEVER, "41"),
    Meaning(
        "audiences.parquet", "customer_id", TEXT, "",
        "The customer's id; one row a member and audience, in order of audience and customer.", NEVER, "C-1042",
    ),
    Meaning("audiences.parquet", "audience", TEXT, "", "The audience.", NEVER, "predicted_at_risk"),
    Meaning("audiences.parquet", "included", TRUTH, "", "Whether a campaign may contact the customer.", NEVER, "true"),
    Meaning(
        "audiences.parquet", "reason", TEXT, "", "Why the customer is not to be contacted, in words.",
        "to be contacted", "bought 3 days ago",
    ),
    Meaning(
        "audiences.parquet", "left_out_by", TEXT, "",
        "The rule that left the customer out: one of the columns of audiences.csv.", "to be contacted", "recent_buyer",
    ),
    Meaning("columns.csv", "file", TEXT, "", "The file; one row a file and column.", NEVER, LIST),
    Meaning("columns.csv", "column", TEXT, "", "The column, or the entry of manifest.json.", NEVER, "score"),
    Meaning("columns.csv", "type", TEXT, "", "What kind of value it holds.", NEVER, NUMBER),
    Meaning("columns.csv", "unit", TEXT, "", "What a value counts.", "there is no unit to speak of", "customers"),
    Meaning("columns.csv", "meaning", TEXT, "", "What a value says.", NEVER, "Members, those held out among them."),
    Meaning("columns.csv", "empty", TEXT, "", "What an empty cell or a null means.", NEVER, NO_MODEL),
    Meaning("columns.csv", "example", TEXT, "", "An invented value.", NEVER, "412"),
    Meaning("manifest.json", "publication_id", TEXT, "", "The folder's name.", NEVER, "2026-03-01-3f9a0c51"),
    Meaning(
        "manifest.json", "as_of", INSTANT, "UTC", "The moment up to which events were read, itself excluded.", NEVER,
        "2026-03-01T00:00:00+00:00",
    ),
    Meaning("manifest.json", "shop", OBJECT, "", "The shop's name, time zone and currency.", NEVER, "{…}"),
    Meaning("manifest.json", "data_snapshot", COUNT, "", "The version of the event log that was read.", NEVER, "41"),
    Meaning("manifest.json", "data", OBJECT, "", "What the log held, and what was set aside.", NEVER, "{…}"),
    Meaning("manifest.json", "segment_definitions", TEXT, "", "A digest of all definitions.", NEVER, "9c0d1e2f"),
    Meaning(
        "manifest.json", "segment_texts", TEXT, "", "A digest of all that is said of segments.", NEVER, "1e2f3a4b",
    ),
    Meaning(
        "manifest.json", "segments", OBJECT, "",
        "By segment: its condition, what keeps a member, the definition's version, the size.", NEVER, "{…}",
    ),
    Meaning("manifest.json", "left_out", OBJECT, "", "Segments not decided, and why.", "all were decided", "[…]"),
    Meaning("manifest.json", "audiences", OBJECT, "", "By audience: its definition.", "there are none", "{…}"),
    Meaning(
        "manifest.json", "record", OBJECT, "",
        "What the report tells of the time before, how earlier publications came out, and what is amiss with the log.",
        NEVER, "{…}",
    ),
    Meaning(
        "manifest.json", "model_versions", OBJECT, "", "The version in service of each task and of the clusters.",
        "no model was in service", "{…}",
    ),
    Meaning("manifest.json", "models", OBJECT, "", "How the models did in their backtests.", "no model", "[…]"),
    Meaning("manifest.json", "code_version", TEXT, "", "The version of Segcast.", NEVER, "0.1.0+3f9a0c51"),
    Meaning(
        "manifest.json", "previous", TEXT, "", "The publication that this one was compared with.",
        "it is the first one", "2026-02-28-51be77aa",
    ),
    Meaning("manifest.json", "notes", OBJECT, "", "What a reader should know, in sentences.", "nothing", "[…]"),
    Meaning("manifest.json", "files", OBJECT, "", "By file: its rows and its SHA-256.", NEVER, "{…}"),
    Meaning(
        "manifest.json", "erased", OBJECT, "", "How many people and rows were taken out since, and when last.",
        "nobody was", "{…}",
    ),
)  # fmt: skip
