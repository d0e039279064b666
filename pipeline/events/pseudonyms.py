"""Ids under another name: pseudonyms that only whoever holds the key can make.

HMAC-SHA256 (RFC 2104, FIPS 180-4), of which half is kept: the same id and key always give the same pseudonym, so that
tables still join, and without the key an id cannot even be guessed and checked.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

from pipeline.errors import SettingsError
from pipeline.events.distinct import distinct_ids

DIGITS = 32
SHORTEST_KEY = 16


def checked_key(key: bytes) -> bytes:
    """Return the key; SettingsError when it is short enough to be guessed."""
    if len(key) < SHORTEST_KEY:
        raise SettingsError(
            f"Expected a pseudonym key of at least {SHORTEST_KEY} bytes, got {len(key)}. "
            'Try one made by `python3 -c "import secrets; print(secrets.token_hex(32))"`, and keep it safe.'
        )
    return key


def pseudonym_key(name: str | None, environment: Mapping[str, str]) -> bytes | None:
    """Return the key in the environment variable of that name; None where no name is given.

    SettingsError when the variable is not set, or its key is short.
    """
    if name is None:
        return None
    if name not in environment:
        raise SettingsError(
            f"Expected a pseudonym key in the environment variable {name}, which is not set. "
            "Try setting it to the key under which ids were stored, or removing pseudonym_key from segcast.toml."
        )
    return checked_key(environment[name].encode())


def pseudonym(text: str, key: bytes) -> str:
    """Return the pseudonym of one id: 32 hexadecimal digits. SettingsError for a short key."""
    return hmac.digest(checked_key(key), text.encode(), hashlib.sha256).hex()[:DIGITS]


def pseudonymised(engine: Backend, table: ibis.Table, columns: Sequence[str], key: bytes) -> ibis.Table:
    """Return the table with pseudonyms in place of the ids in `columns`; nulls stay null.

    Each distinct id is named once, page by page. The names rest in a temporary table of `engine`.
    """
    checked_key(key)
    place = ibis.util.gen_name("pseudonyms")
    names = engine.create_table(place, schema={"own_id": "string", "pseudonym": "string"}, temp=True)
    for ids in distinct_ids(engine, table, columns):
        engine.insert(place, _named(ids, key))
    renamed = table
    for column in columns:
        theirs = names.view()
        both = renamed.left_join(theirs, renamed[column] == theirs.own_id)
        renamed = both.mutate(**{column: both.pseudonym}).select(*table.columns)
    return renamed


def _named(ids: pa.Array, key: bytes) -> pa.Table:
    # The one-shot digest of the `hmac` module runs in C: a million ids take about a second.
    named = [hmac.digest(key, text.encode(), "sha256").hex()[:DIGITS] for text in ids.to_pylist()]
    return pa.table({"own_id": ids, "pseudonym": pa.array(named, pa.string())})
