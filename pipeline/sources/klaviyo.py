"""Klaviyo's events: documents of its API, with their metrics and profiles included, or lines of such objects."""

from pathlib import Path

import ibis

from pipeline.errors import SourceError
from pipeline.events.tables import CONSENTS, CUSTOMERS, EVENTS, IDENTITIES, ORDER_PLACED
from pipeline.settings.sources import KlaviyoSource
from pipeline.sources.documents import as_json_lines
from pipeline.sources.json_text import RAW
from pipeline.sources.klaviyo_names import (
    CHANNELS,
    CONSENTS_GIVEN,
    METRICS,
    OBJECT,
    OF_ORDERS,
    OF_SALES,
    ORDER_ID,
    PROPERTIES,
    PROPERTIES_OF_SALES,
    WITH_A_COLUMN,
)
from pipeline.sources.klaviyo_profiles import consents_of, customers, profiles_of, same_person
from pipeline.sources.mapped import LINE, REASON, Mapped
from pipeline.sources.members import entries, member, names_of, values_of
from pipeline.sources.money import rounded_amounts
from pipeline.sources.personal import harmless, id_of, without_addresses
from pipeline.sources.reading import UNREAD, kind_of, read_text
from pipeline.sources.scratch import Scratch
from pipeline.sources.shapes import IT, is_list, kept, no_text, read_shaped, shaped, told
from pipeline.sources.together import together
from pipeline.sources.typed import instant, typed, wrong

RECORDS, INCLUDED = "data", "included"
PROPERTIES_AT = "$.attributes.event_properties"
NOT_AN_EVENT = "not an event"
UNKNOWN_METRIC = "unknown metric"

_NEEDED = ("customer_id", "occurred_at", "event_type")
_GIVEN = "given_"


def klaviyo(scratch: Scratch, path: Path, source: KlaviyoSource) -> Mapped:
    """Make an event of each event object, and a customer of each profile that a document includes or a line is.

    Customers are known by the ids of their profiles, because those are in every export. A profile's external id, or
    else the digest of its e-mail address, says who it is in the shop's other sources.
    """
    place = source.model_copy(update={"records": source.records or RECORDS})
    lines, rows = read_shaped(
        scratch,
        path,
        place,
        OBJECT,
        names=lambda text: names_of(entries(text, PROPERTIES_AT)),
        values=lambda text: values_of(entries(text, PROPERTIES_AT)),
        others=lambda text: _others(entries(text, PROPERTIES_AT)),
    )
    included = kept(scratch, _included(scratch, path, place, rows))
    named = kept(scratch, _with_metrics(rows, ibis.union(included, rows.select(IT)), source))
    events = kept(scratch, _events(kept(scratch, _told(named, source)), source))
    profiles = kept(scratch, profiles_of(rows, included, events))
    found = {
        EVENTS.name: together(EVENTS, events, _no_events(rows)),
        CUSTOMERS.name: customers(profiles),
        CONSENTS.name: together(CONSENTS, _answers(events), *consents_of(profiles)),
        IDENTITIES.name: same_person(profiles),
    }
    return Mapped(lines, found, several=True)


def _others(members: ibis.Value) -> ibis.Value:
    """Return the properties that have no column of ours as one JSON object, without those that name somebody."""
    return harmless(members.filter(lambda one: one.key.lower().notin(WITH_A_COLUMN)))


def _included(scratch: Scratch, path: Path, source: KlaviyoSource, rows: ibis.Table) -> ibis.Table:
    """Return what a document includes beside its records: metrics and profiles."""
    if kind_of(path) != "document" or is_list(path, source):
        return rows.select(IT).limit(0)
    beside = ".".join([*str(source.records).split(".")[:-1], INCLUDED])
    try:
        found = as_json_lines(path, beside, scratch.folder, source.encoding)
    except SourceError:
        # A broken document was refused when its records were read: this one includes nothing.
        return rows.select(IT).limit(0)
    lines = read_text(scratch, found, source.model_copy(update={"encoding": "utf-8", "skip_lines": 0}))
    return lines.select(**{IT: shaped(lines[RAW], OBJECT)})


def _with_metrics(rows: ibis.Table, objects: ibis.Table, source: KlaviyoSource) -> ibis.Table:
    """Return the lines that are events, with the name of their metric."""
    metrics = objects.filter(objects[IT]["type"] == "metric")
    names = metrics.select(metric_id=metrics[IT].id, told=metrics[IT].attributes["name"]).distinct(on="metric_id")
    kind = rows[IT]["type"]
    events = rows.filter(kind.isnull() | (kind == "event"))
    events = events.mutate(metric_of=events[IT].relationships.metric.data.id)
    both = events.left_join(names, events.metric_of == names.metric_id).select(*events.columns, "told")
    configured = both.metric_of.cases(*source.metrics.items(), else_=None) if source.metrics else no_text()
    return both.mutate(metric=ibis.coalesce(configured, both.told)).drop("told")


def _told(rows: ibis.Table, source: KlaviyoSource) -> ibis.Table:
    """Return what each event says, as text, under the type of event that it is."""
    said = rows[IT].attributes
    given = told(rows, _usual(rows), source)
    given["customer_id"] = id_of(given["customer_id"])
    given |= {name: without_addresses(given[name]) for name in ("page", "query", "campaign_id")}
    metric = given["event_type"]
    spelled = metric.re_replace(r"[^\pL\pN]+", " ").lower().strip().replace(" ", "_")
    names = METRICS | source.event_types
    given["event_type"] = metric.cases(*names.items(), else_=spelled)
    return rows.select(
        LINE,
        UNREAD,
        "metric",
        "metric_of",
        "others",
        **{f"{_GIVEN}{name}": value for name, value in given.items()},
        profile=rows[IT].relationships.profile.data.id,
        own_id=member(rows, ORDER_ID),
        subtotal=said.event_properties["$extra"].subtotal_price,
        **{f"sale_{name}": member(rows, *names) for name, names in PROPERTIES_OF_SALES.items()},
    )


def _usual(rows: ibis.Table) -> dict[str, ibis.Value]:
    event = rows[IT]
    said = event.attributes.event_properties
    usual = {name: member(rows, *names) for name, names in PROPERTIES.items()}
    return {
        **usual,
        "event_id": event.id,
        "customer_id": event.relationships.profile.data.id,
        "occurred_at": ibis.coalesce(event.attributes.datetime, event.attributes.timestamp),
        "event_type": rows.metric,
        "category": ibis.coalesce(usual["category"], said.Categories[0]),
    }


def _events(rows: ibis.Table, source: KlaviyoSource) -> ibis.Table:
    """Return each event, typed, with its `metric`, `profile` and `reason`."""
    given = {name: rows[f"{_GIVEN}{name}"] for name in EVENTS.columns if f"{_GIVEN}{name}" in rows.columns}
    kind = given["event_type"]
    of_sales = {name: ibis.ifelse(kind.isin(OF_SALES), rows[f"sale_{name}"], no_text()) for name in PROPERTIES_OF_SALES}
    # An order's value has shipping in it where the shop's system does not say what its items cost.
    of_sales["amount"] = ibis.ifelse(
        kind == ORDER_PLACED, ibis.coalesce(rows.subtotal, of_sales["amount"]), of_sales["amount"]
    )
    given = of_sales | given
    given["order_id"] = ibis.coalesce(given["order_id"], ibis.ifelse(kind.isin(OF_ORDERS), rows.own_id, no_text()))
    values = {name: typed(value, name, EVENTS, source.time_format) for name, value in given.items()}
    values |= rounded_amounts(given)
    if source.time_format is None:
        values["occurred_at"] = ibis.coalesce(values["occurred_at"], instant(given["occurred_at"], "epoch_s"))
    channel = kind.re_extract(f"^({'|'.join(CHANNELS)})_", 1).nullif("")
    unknown = rows[UNREAD].isnull() & rows.metric_of.notnull() & kind.isnull()
    return rows.select(
        LINE,
        "metric",
        "profile",
        **({"channel": channel, "properties": rows.others} | values),
        **{REASON: ibis.ifelse(unknown, ibis.literal(UNKNOWN_METRIC), wrong(rows, given, values, _NEEDED))},
    )


def _no_events(rows: ibis.Table) -> ibis.Table:
    """Return a reason for each line that is neither an event nor a profile."""
    others = rows.filter(rows[IT]["type"].notin(["event", "profile"]))
    return others.select(LINE, **{REASON: ibis.literal(NOT_AN_EVENT)})


def _answers(events: ibis.Table) -> ibis.Table:
    """Return the answers that are given by doing something."""
    answers = events.select(
        LINE,
        REASON,
        "customer_id",
        "occurred_at",
        purpose=events.metric.cases(*((name, purpose) for name, (purpose, _) in CONSENTS_GIVEN.items()), else_=None),
        granted=events.metric.cases(*((name, granted) for name, (_, granted) in CONSENTS_GIVEN.items()), else_=None),
    )
    return answers.filter(answers.purpose.notnull())
