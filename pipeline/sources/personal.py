"""Keeping personal data out of events: ids made from addresses, and what else a source says without naming people."""

import ibis
from ibis import udf
from ibis.expr import datatypes as dt

from pipeline.sources.json_text import to_json

# Somebody known by an address alone is known under its digest, so that the address itself rests in one table only.
BY_ADDRESS = "email:"
_DIGITS = 32
_ADDRESS = r"[^\s\"'<>=/?&:;,@\\]+(?:@|%40)[^\s\"'<>=/?&:;,@\\]+\.[A-Za-z]{2,}"
_HIDDEN = "(address)"
_NAMES_PEOPLE = (
    r"(?i)mail|phone|mobile|first.?name|last.?name|full.?name|customer.?name|recipient|address|street|city|zip|post.?code"
    r"|postal|latitude|longitude|birth|(^|[^a-z])ip([^a-z]|$)"
)


@udf.scalar.builtin(signature=((dt.string,), dt.string))  # type: ignore[untyped-decorator]
def sha256(text: ibis.Value) -> ibis.Value:
    """DuckDB's own: the SHA-256 digest of `text` in hexadecimal."""


def id_of_address(address: ibis.Value) -> ibis.Value:
    """Return the id of somebody who is known by an e-mail address, whatever its case; null without one."""
    plain = address.strip().lower().nullif("")
    return ibis.literal(BY_ADDRESS) + sha256(plain).substr(0, _DIGITS)


def id_of(name: ibis.Value) -> ibis.Value:
    """Return an id as it is, unless it is an e-mail address."""
    return ibis.ifelse(name.contains("@"), id_of_address(name), name)


def without_addresses(text: ibis.Value) -> ibis.Value:
    """Return text, such as a page's address, with the e-mail addresses in it blotted out."""
    return text.re_replace(_ADDRESS, _HIDDEN)


def harmless(entries: ibis.Value) -> ibis.Value:
    """Return as one JSON object the entries (`key`, `value` as JSON) that are plain and name nobody, or null."""
    kept = entries.filter(
        lambda entry: (
            ~entry.key.re_search(_NAMES_PEOPLE)
            & ~entry.value.re_search(_ADDRESS)
            & ~entry.value.re_search(r"^[\[{]|^null$")
        )
    )
    members = kept.map(lambda entry: to_json(entry.key) + ":" + entry.value)
    return ("{" + members.join(",") + "}").nullif("{}")
