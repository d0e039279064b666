"""Whose alias is whose, as known at a moment: anonymous ids joined to customers, conflicts told apart and never merged.

A claim says that an alias is a customer. It is known from when it had both occurred and arrived, and an alias belongs
to the first customer who claims it. Once a second one does, the alias is contested: what had arrived before stays with
the first, what arrives later stays under the alias and belongs to nobody. So what is said about a moment never changes
with what becomes known after it. Of claims that form a circle, the one that closes it is disregarded.
"""

from datetime import datetime

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.events.contract import INSTANT
from pipeline.events.engine import epoch_us

SEVERAL, CIRCLE, ITSELF = "several customers", "circle", "itself"

_Ints = npt.NDArray[np.int64]
_Truths = npt.NDArray[np.bool_]
_NEVER = np.iinfo(np.int64).max
_ALWAYS = np.iinfo(np.int64).min


def resolutions(identities: ibis.Table, as_of: datetime) -> ibis.Table:
    """Return whom each alias belongs to at `as_of`, at the end of its chain of claims.

    One row an alias that belongs to somebody: `alias`, `customer_id`, `known_at` (when the last claim of the chain
    became known) and `contested_at` (when the first of them was disputed; null while none is).
    """
    claims = _first_claims(identities, as_of)
    ids, alias, owner = _numbered(claims)
    known, contested = claims["known_us"].to_numpy(), _contested(claims)
    onward = np.arange(len(ids))
    onward[alias] = owner
    since = np.full(len(ids), _ALWAYS)
    since[alias] = known
    until = np.full(len(ids), _NEVER)
    until[alias] = contested
    closing = _closing(onward, since)
    onward[closing], since[closing], until[closing] = closing, _ALWAYS, _NEVER
    end, since, until = _ends(onward, since, until)
    return ibis.memtable(_resolved(ids, alias[end[alias] != alias], end, since, until))


def joined(rows: ibis.Table, resolved: ibis.Table) -> ibis.Table:
    """Return events or consents under the customers whom their ids belong to, as known only when that was known too.

    A row's `customer_id` is replaced and its `received_at` raised; a row that arrived when its id was contested stays.
    """
    owners = resolved.select("alias", owner="customer_id", owned_from="known_at", owned_until="contested_at")
    instant = rows.received_at.type()
    owners = owners.mutate(owned_from=owners.owned_from.cast(instant), owned_until=owners.owned_until.cast(instant))
    undisputed = owners.owned_until.isnull() | (owners.owned_until > rows.received_at)
    both = rows.left_join(owners, [rows.customer_id == owners["alias"], undisputed])
    return both.mutate(
        customer_id=both.owner.coalesce(both.customer_id),
        received_at=ibis.greatest(both.received_at, both.owned_from.coalesce(both.received_at)),
    ).select(*rows.columns)


def conflicts(identities: ibis.Table, as_of: datetime) -> ibis.Table:
    """Return the aliases about which claims known at `as_of` disagree.

    `alias`, `customers` (how many claim it), `contested_at` (when the disagreement became known) and `reason`: several
    customers claim it, its claim closes a circle, or it is claimed to be itself, which is disregarded.
    """
    claims = _first_claims(identities, as_of, undisputed_from_the_start=False)
    several = claims.filter(pa.compute.greater(claims["customers"], 1))
    orderly = claims.filter(pa.compute.less(claims["known_us"], pa.array(_contested(claims))))
    itself = _claims(identities, as_of).filter(lambda claim: claim["alias"] == claim.customer_id)
    own = ibis.get_backend(identities).to_pyarrow(itself.select("alias", "known_us"))
    found = (
        _conflicts(several["alias"], several["customers"], several["contested_us"], SEVERAL),
        _circles(orderly),
        _conflicts(own["alias"], np.ones(len(own), np.int64), own["known_us"], ITSELF),
    )
    return ibis.memtable(pa.concat_tables(found))


def _claims(identities: ibis.Table, as_of: datetime) -> ibis.Table:
    """Return what was known at `as_of`: each alias and customer once, with the moment in microseconds."""
    known = ibis.greatest(identities.occurred_at, identities.received_at)
    heard = identities.filter(known < ibis.literal(as_of)).mutate(known_us=epoch_us(known))
    return heard.group_by("alias", "customer_id").aggregate(known_us=heard.known_us.min())


def _first_claims(identities: ibis.Table, as_of: datetime, *, undisputed_from_the_start: bool = True) -> pa.Table:
    """Return the first claim about each alias, how many customers claim it, and when the second was known or null."""
    claims = _claims(identities, as_of).filter(lambda claim: claim["alias"] != claim.customer_id)
    of_alias = ibis.window(group_by=claims["alias"], order_by=(claims.known_us, claims.customer_id))
    ranked = claims.mutate(
        place=ibis.row_number().over(of_alias),
        contested_us=claims.known_us.lead().over(of_alias),
        customers=claims.count().over(ibis.window(group_by=claims["alias"])),
    )
    first = ranked.filter(ranked.place == 0).drop("place")
    if undisputed_from_the_start:
        first = first.filter(first.known_us < first.contested_us.coalesce(_NEVER))
    return ibis.get_backend(identities).to_pyarrow(first)


def _contested(claims: pa.Table) -> _Ints:
    return np.asarray(claims["contested_us"].fill_null(_NEVER).to_numpy(), np.int64)


def _numbered(claims: pa.Table) -> tuple[pa.Array, _Ints, _Ints]:
    """Return all ids, and the positions among them of each claim's alias and customer."""
    both = pa.chunked_array([*claims["alias"].chunks, *claims["customer_id"].chunks], pa.string())
    coded = both.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.chunk(0) if coded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return coded.dictionary, codes[: len(claims)], codes[len(claims) :]


def _ends(onward: _Ints, since: _Ints, until: _Ints) -> tuple[_Ints, _Ints, _Ints]:
    """Follow every id to the end of its chain, twice as far at each step; without circles this comes to rest."""
    while not np.array_equal(further := onward[onward], onward):
        since, until = np.maximum(since, since[onward]), np.minimum(until, until[onward])
        onward = further
    return onward, since, until


def _closing(onward: _Ints, since: _Ints) -> _Ints:
    """Return the ids whose claim closes a circle: in each, the claim that became known last."""
    beyond = onward
    for _ in range(len(onward).bit_length()):
        if np.array_equal(further := beyond[beyond], beyond):
            break
        beyond = further
    # Further steps lead nowhere new, or more were taken than there are ids: who is reached is an end or in a circle.
    circling = np.unique(beyond[onward[beyond] != beyond])
    place = np.searchsorted(circling, onward[circling])
    latest = since[circling]
    for _ in range(len(circling).bit_length()):
        latest, place = np.maximum(latest, latest[place]), place[place]
    return np.asarray(circling[since[circling] == latest], np.int64)


def _circles(claims: pa.Table) -> pa.Table:
    ids, alias, owner = _numbered(claims)
    onward = np.arange(len(ids))
    onward[alias] = owner
    since = np.full(len(ids), _ALWAYS)
    since[alias] = claims["known_us"].to_numpy()
    closing = _closing(onward, since)
    return _conflicts(ids.take(closing), np.ones(len(closing), np.int64), since[closing], CIRCLE)


def _conflicts(alias: pa.ChunkedArray, customers: _Ints, known_us: _Ints, reason: str) -> pa.Table:
    return pa.table(
        {
            "alias": alias,
            "customers": pa.chunked_array([pa.array(customers, pa.int64())]),
            "contested_at": pa.array(np.asarray(known_us, np.int64), pa.int64()).cast(INSTANT),
            "reason": pa.repeat(pa.scalar(reason), len(alias)),
        }
    )


def _resolved(ids: pa.Array, alias: _Ints, end: _Ints, since: _Ints, until: _Ints) -> pa.Table:
    bound = until[alias]
    return pa.table(
        {
            "alias": ids.take(alias),
            "customer_id": ids.take(end[alias]),
            "known_at": pa.array(since[alias], pa.int64()).cast(INSTANT),
            "contested_at": pa.array(bound, pa.int64(), mask=bound == _NEVER).cast(INSTANT),
        }
    )
