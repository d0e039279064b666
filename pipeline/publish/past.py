"""What publications tell of the past: who was in a segment at a moment, and how its members moved on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import PublicationError, did_you_mean
from pipeline.publish.published import Publication, publications
from pipeline.segments.definitions import Definitions, definitions_over
from pipeline.segments.moves import transitions


@dataclass(frozen=True)
class Transitions:
    """How customers moved between two publications; see `transitions` for `table`.

    `uncompared` are segments that only one of the two decided, whose members would seem to have come or gone.
    """

    before: Publication
    now: Publication
    table: pa.Table
    uncompared: tuple[str, ...]


def in_force(folder: Path, moment: datetime) -> Publication:
    """Return the publication in force at a moment: the newest of that moment or before.

    Raises PublicationError for a moment before the first one, as nobody was in any segment then.
    """
    found = publications(folder)
    past = [one for one in found if one.as_of <= moment]
    if not past:
        first = f"the first publication is of {found[0].as_of:%Y-%m-%d %H:%M}" if found else "nothing was published yet"
        raise PublicationError(f"Nobody was in a segment on {moment:%Y-%m-%d %H:%M}: {first}. Try a later moment.")
    return past[-1]


def members_then(publication: Publication, name: str) -> pa.Table:
    """Return the members of a segment as they were published, in order of customer, with since when they were in.

    Raises PublicationError for a segment that the publication did not decide, with the reason where it says one.
    """
    _require_decided(publication, name)
    return publication.memberships().of(name)


def rows_of_customer(publication: Publication, customer_id: str, segment: str | None = None) -> list[dict[str, Any]]:
    """Return a customer's memberships as they were published, all or those of one segment, without the id."""
    filters = [("customer_id", "=", customer_id), *([("segment", "=", segment)] if segment else [])]
    rows = pq.read_table(publication.path / "memberships.parquet", filters=filters).drop_columns("customer_id")
    return list(rows.to_pylist())


def transitions_between(before: Publication, now: Publication, names: Sequence[str]) -> Transitions:
    """Return how the members of segments moved on; a name may be a pattern, such as `stage_*`.

    Raises PublicationError for a name that neither publication decided.
    """
    decided = tuple(dict.fromkeys((*now.definitions, *before.definitions)))
    chosen = tuple(dict.fromkeys(name for pattern in names for name in _matching(pattern, decided, now)))
    both = tuple(name for name in chosen if name in before.definitions and name in now.definitions)
    table = transitions(before.memberships(), now.memberships(), both)
    return Transitions(before, now, table, tuple(name for name in chosen if name not in both))


def definitions_published(found: Iterable[Publication]) -> Definitions:
    """Return which definition of each segment was in force when."""
    return definitions_over([(one.as_of, one.definitions) for one in found])


def _matching(pattern: str, decided: Sequence[str], now: Publication) -> list[str]:
    matching = [name for name in decided if fnmatchcase(name, pattern)]
    if not matching:
        _require_decided(now, pattern)
    return matching


def _require_decided(publication: Publication, name: str) -> None:
    if name in publication.definitions:
        return
    reasons = {entry["segment"]: entry["reason"] for entry in publication.manifest["left_out"]}
    moment = f"{publication.as_of:%Y-%m-%d %H:%M}"
    if name in reasons:
        raise PublicationError(f'"{name}" was left out of the publication of {moment}: {reasons[name]}')
    hint = did_you_mean(name, publication.definitions)
    raise PublicationError(f'Expected a segment of the publication of {moment}, got "{name}".{hint}')
