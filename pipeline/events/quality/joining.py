"""Findings about ids: how many events are a known customer's, and which aliases could not be joined."""

from collections.abc import Iterator
from datetime import datetime

import ibis

from pipeline.events.identity import ITSELF, conflicts, resolutions
from pipeline.events.quality.finding import Finding, Severity, percent
from pipeline.events.store import Store
from pipeline.events.tables import CUSTOMERS, IDENTITIES

FEW_KNOWN = 0.5
MANY_CONFLICTS = 0.01


def about_ids(store: Store, ids: ibis.Table, as_of: datetime) -> Iterator[Finding]:
    """Yield how the ids of events, each with how many it has, join those of the customers and of the aliases."""
    owners = resolutions(store.read(IDENTITIES), as_of).select("alias", owner="customer_id")
    joined = ids.left_join(owners, ids.customer_id == owners["alias"])
    customers = store.read(CUSTOMERS).filter(lambda row: row.received_at < ibis.literal(as_of))
    known = customers.select(known="customer_id").distinct()
    whose = joined.mutate(whose=joined.owner.coalesce(joined.customer_id))
    told = whose.left_join(known, whose.whose == known.known)
    is_known, is_alias = told.known.notnull(), told.owner.notnull()
    counts = told.aggregate(
        ids=told.count(),
        events=told["events"].sum(),
        known_ids=is_known.sum(),
        known_events=told["events"].sum(where=is_known),
        joined_ids=is_alias.sum(),
        joined_events=told["events"].sum(where=is_alias),
    ).mutate(customers=known.count().as_scalar(), aliases=owners.count().as_scalar())
    row = {name: int(n or 0) for name, n in store.engine.to_pyarrow(counts).to_pylist()[0].items()}
    yield from _known(row)
    yield from _aliases(row)
    yield from _disputed(store, as_of, row["aliases"])


def _known(row: dict[str, int]) -> Iterator[Finding]:
    if not row["customers"] or not row["events"] or row["known_events"] == row["events"]:
        return
    share, strangers = row["known_events"] / row["events"], row["ids"] - row["known_ids"]
    yield Finding(
        "known customers",
        Severity.WARNING if share < FEW_KNOWN else Severity.NOTE,
        f"{percent(share)} of the events are a known customer's; {strangers:,} of {row['ids']:,} ids are not in the "
        "customers table, neither themselves nor through an alias.",
        "Check that events, customers and identities write an id alike.",
        {**row, "share": share},
    )


def _aliases(row: dict[str, int]) -> Iterator[Finding]:
    if row["aliases"] and row["events"]:
        yield Finding(
            "aliases",
            Severity.NOTE if row["joined_ids"] else Severity.WARNING,
            f"{percent(row['joined_events'] / row['events'])} of the events came under an alias of a customer; "
            f"known aliases seen in events: {row['joined_ids']:,} of {row['aliases']:,}.",
            "" if row["joined_ids"] else "Check that events and identities write an alias alike.",
            {name: row[name] for name in ("aliases", "joined_ids", "joined_events")},
        )


def _disputed(store: Store, as_of: datetime, aliases: int) -> Iterator[Finding]:
    found = conflicts(store.read(IDENTITIES), as_of)
    counted = found.group_by("reason").aggregate(n=found.count())
    by_reason = {row["reason"]: int(row["n"]) for row in store.engine.to_pyarrow(counted).to_pylist()}
    disputed = sum(n for reason, n in by_reason.items() if reason != ITSELF)
    if disputed:
        yield Finding(
            "identity conflicts",
            Severity.WARNING if disputed > MANY_CONFLICTS * aliases else Severity.NOTE,
            f"Aliases claimed by several customers or in a circle: {disputed:,}. What arrived since then stays under "
            "the alias and belongs to nobody.",
            "Shared devices and test accounts do that; so does a join on a value that means unknown.",
            by_reason,
        )
