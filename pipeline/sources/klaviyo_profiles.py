"""Klaviyo's profiles, wherever they are told of: as customers, their answers, and who they are elsewhere.

A profile is a row with `line`, `reason`, `id`, `known_at` and `it`.
"""

from collections.abc import Iterator

import ibis

from pipeline.sources.mapped import LINE, REASON
from pipeline.sources.personal import id_of, id_of_address
from pipeline.sources.shapes import IT
from pipeline.sources.typed import instant, text

NO_ID = "no customer_id"


def profiles_of(rows: ibis.Table, included: ibis.Table, events: ibis.Table) -> ibis.Table:
    """Return the profiles that lines are, and those that a document includes beside its events.

    The latter belong to the line of the first event of theirs.
    """
    own = _of_type(rows, "profile").select(LINE, IT, first_at=ibis.null(events.occurred_at.type()))
    told = events.filter(events[REASON].isnull() & events.profile.notnull())
    first = told.group_by("profile").aggregate(**{LINE: told[LINE].min()}, first_at=told.occurred_at.min())
    beside = _of_type(included, "profile")
    beside = beside.select(IT, profile_id=beside[IT].id).distinct(on="profile_id")
    of_events = beside.join(first, beside.profile_id == first.profile).select(LINE, IT, "first_at")
    both = ibis.union(own, of_events)
    profile = both[IT]
    created = instant(text(profile.attributes.created), None)
    return both.select(
        LINE,
        IT,
        id=text(profile.id),
        known_at=ibis.coalesce(created, both.first_at),
        **{REASON: ibis.ifelse(text(profile.id).isnull(), ibis.literal(NO_ID), ibis.null("string"))},
    )


def customers(profiles: ibis.Table) -> ibis.Table:
    """Return how to reach each customer."""
    told = profiles[IT].attributes
    return profiles.select(
        LINE,
        REASON,
        customer_id=profiles.id,
        email=text(told.email),
        phone=text(told.phone_number),
        country=text(told.location.country),
    )


def consents_of(profiles: ibis.Table) -> Iterator[ibis.Table]:
    """Yield the answers to e-mail and to text messages; those without a date say nothing that a model may use."""
    for purpose in ("email", "sms"):
        marketing = profiles[IT].attributes.subscriptions[purpose].marketing
        answers = profiles.select(
            LINE,
            REASON,
            customer_id=profiles.id,
            purpose=ibis.literal(purpose),
            granted=marketing.consent.cases(("SUBSCRIBED", True), ("UNSUBSCRIBED", False), else_=None),
            occurred_at=instant(text(marketing.consent_timestamp), None),
        )
        yield answers.filter(answers.granted.notnull() & answers.occurred_at.notnull())


def same_person(profiles: ibis.Table) -> ibis.Table:
    """Return who each profile is in the shop's own sources, by its external id or else by its address."""
    told = profiles[IT].attributes
    claims = profiles.select(
        LINE,
        REASON,
        alias=profiles.id,
        customer_id=ibis.coalesce(id_of(text(told.external_id)), id_of_address(told.email)),
        occurred_at=profiles.known_at,
    )
    return claims.filter(
        claims.customer_id.notnull() & (claims.customer_id != claims["alias"]) & claims.occurred_at.notnull()
    )


def _of_type(rows: ibis.Table, name: str) -> ibis.Table:
    return rows.filter(rows[IT]["type"] == name)
