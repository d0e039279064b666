"""Calls of the Segment event spec as customers and as aliases of theirs."""

import ibis

from pipeline.events.tables import CUSTOMERS, IDENTITIES
from pipeline.settings.sources import SegmentSource
from pipeline.sources.json_paths import look_up, object_or_null, plain_fields
from pipeline.sources.mapped import LINE, REASON
from pipeline.sources.segment_calls import BAG, Texts
from pipeline.sources.segment_spec import ALIAS, IDENTIFY, OF_A_PERSON, STRUCTURE, paths
from pipeline.sources.typed import typed, wrong

OF_ITSELF = "alias of itself"
_TAKEN = {name.split(".")[0] for names in OF_A_PERSON.values() for name in names}


def customers_of(calls: ibis.Table, source: SegmentSource) -> ibis.Table:
    """Return what each `identify` says of a customer, known from when it arrived on."""
    identified = calls.filter(calls.call == IDENTIFY)
    traits = ibis.coalesce(object_or_null(identified.traits), identified[BAG])
    told = look_up(traits, paths(OF_A_PERSON))
    own: Texts = {name: identified[name] for name in ("email", "phone", "country") if name in source.columns}
    given = {
        "customer_id": ibis.coalesce(identified.user_id, identified.anonymous_id),
        "received_at": ibis.coalesce(identified.received_at, identified.occurred_at),
        **{name: told[name] for name in ("email", "phone")},
        "country": ibis.coalesce(told["country"], told["address_country"]),
        **own,
    }
    values = {name: typed(text, name, CUSTOMERS, source.time_format) for name, text in given.items()}
    month = told["birthday"].substr(0, 10).try_cast("date").month().cast("int64")
    given, values = {**given, "birthday": told["birthday"]}, {**values, "birthday": month}
    reason = wrong(identified, given, values, ("customer_id",))
    values["birth_month"] = values.pop("birthday")
    return identified.select(LINE, **{REASON: reason}, **values, traits=plain_fields(traits, _TAKEN, STRUCTURE))


def identities_of(calls: ibis.Table, source: SegmentSource) -> ibis.Table:
    """Return whose an alias is: told by each `alias`, and by each call with an anonymous and a known id."""
    is_alias = calls.call == ALIAS
    alias = ibis.ifelse(is_alias, ibis.coalesce(calls.previous_id, calls.anonymous_id), calls.anonymous_id)
    told = calls.mutate(alias=alias)
    both = told.filter((told.call == ALIAS) | (told["alias"] != told.user_id))
    given = {"alias": both["alias"], "customer_id": both.user_id, "occurred_at": both.occurred_at}
    given["received_at"] = both.received_at
    values = {name: typed(text, name, IDENTITIES, source.time_format) for name, text in given.items()}
    itself = ibis.ifelse(both["alias"] == both.user_id, OF_ITSELF, ibis.null("string"))
    reason = ibis.coalesce(wrong(both, given, values, ("alias", "customer_id", "occurred_at")), itself)
    return both.select(LINE, **{REASON: reason}, **values)
