"""Who was forgotten, so that the next export does not bring them back, without naming them.

The store keeps a salt and a keyed digest (BLAKE2b, RFC 7693) of each forgotten id and address. Whoever has an id can
check it; nobody can read one off. As with every list that can be checked, short ids can still be tried one by one.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from pipeline.events.distinct import distinct_ids
from pipeline.events.rows import values_in
from pipeline.events.store import Store
from pipeline.events.whole import write_whole

FILE = "forgotten.txt"


@dataclass(frozen=True)
class Forgotten:
    """Digests of ids under one salt."""

    salt: str
    digests: frozenset[str] = frozenset()

    def digest(self, own_id: str) -> str:
        """Return what stands for an id here."""
        return hashlib.blake2b(own_id.encode(), key=bytes.fromhex(self.salt), digest_size=16).hexdigest()

    def __contains__(self, own_id: str) -> bool:
        return self.digest(own_id) in self.digests

    def is_in_row(self, text: str) -> bool:
        """Tell whether a row as it came holds a forgotten id or address as a whole value."""
        return any(value in self or value.casefold() in self for value in values_in(text))


def recall(store: Store) -> Forgotten:
    """Return whom the store remembers to have forgotten: under a new salt nobody, before the first."""
    path = store.folder / FILE
    if not path.exists():
        return Forgotten(secrets.token_hex(32))
    salt, *digests = path.read_text(encoding="ascii").split()
    return Forgotten(salt, frozenset(digests))


def remember(store: Store, ids: Iterable[str]) -> None:
    """Add ids, as they rest, and addresses to those forgotten. The file changes whole or not at all.

    To be called by who holds the store.
    """
    known = recall(store)
    digests = known.digests | {known.digest(own_id) for own_id in ids}
    if digests != known.digests:
        write_whole(store.folder / FILE, "\n".join((known.salt, *sorted(digests), "")))


def forgotten_ids(store: Store, ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return, for each id as it rests, whether it was forgotten; false for null."""
    known = recall(store)
    if not known.digests:
        return pa.repeat(pa.scalar(value=False), len(ids))
    gone = pa.array([own_id for own_id in ids.unique().to_pylist() if own_id is not None and own_id in known])
    mask = pa.compute.is_in(ids, gone.cast(pa.string()))
    return mask.combine_chunks() if isinstance(mask, pa.ChunkedArray) else mask


def forgotten_rows(store: Store, texts: pa.ChunkedArray) -> pa.Array:
    """Return, for each row as it came, as JSON or broken, whether a whole value in it was forgotten; false for null."""
    known = recall(store)
    if not known.digests:
        return pa.repeat(pa.scalar(value=False), len(texts))
    return pa.array([text is not None and known.is_in_row(text) for text in texts.to_pylist()], pa.bool_())


def forgotten_among(store: Store, engine: Backend, table: ibis.Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the ids in the table's columns, as they rest, that were forgotten; at once where nobody was."""
    known = recall(store)
    if not known.digests:
        return ()
    pages = distinct_ids(engine, table, columns)
    return tuple(own_id for page in pages for own_id in page.to_pylist() if own_id in known)
