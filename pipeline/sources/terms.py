"""The terms on which a shop keeps rows: under which names, of whom, and how far back."""

from dataclasses import dataclass
from datetime import datetime

import ibis
from ibis.backends.duckdb import Backend

from pipeline.events.contract import Contract
from pipeline.events.forgotten import forgotten_among
from pipeline.events.pseudonyms import pseudonymised
from pipeline.events.store import Store
from pipeline.events.tables import EVENTS, IDENTITIES
from pipeline.events.unwanted import FORGOTTEN, PAST_RETENTION
from pipeline.sources.mapped import REASON


@dataclass(frozen=True)
class Terms:
    """`key` makes pseudonyms of ids, None leaves them; events from before `oldest` are not kept, None keeps all."""

    key: bytes | None = None
    oldest: datetime | None = None


def on_terms(engine: Backend, store: Store, rows: ibis.Table, contract: Contract, terms: Terms) -> ibis.Table:
    """Return rows under the names that they may rest under; those that may not rest have the reason why."""
    ids = ("alias", "customer_id") if contract is IDENTITIES else ("customer_id",)
    named = rows if terms.key is None else pseudonymised(engine, rows, ids, terms.key)
    gone = forgotten_among(store, engine, named, ids)
    problems = [(named[name].isin(gone), FORGOTTEN) for name in ids if gone]
    if contract is EVENTS and terms.oldest is not None:
        problems.append((named.occurred_at < ibis.literal(terms.oldest), PAST_RETENTION))
    return named.mutate(**{REASON: ibis.cases(*problems, else_=named[REASON])}) if problems else named
