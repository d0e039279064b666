"""What the contracts ask of a row beyond its types."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import ibis

from pipeline.events.contract import Contract, Field
from pipeline.sources.json_text import is_object

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
# Who did it is never unknown in the log: what programs write for nothing would be one very busy customer, and a list or
# an object is no id. In other columns these are texts like any other.
PEOPLE = ("customer_id", "alias")
NOBODY = r"^(?i:null|none|nil|nan|undefined|true|false|\\N|[0-]+-[0-]+)$|^[\[{]|\x00"
AHEAD = timedelta(days=1)  # clocks differ

Problem = tuple[ibis.Value, str]


def breach(rows: ibis.Table, contract: Contract, ingested_at: datetime) -> ibis.Value:
    """Return the first of the contract's terms that a row breaks, null where it breaks none."""
    present = [field for field in contract.fields if field.name in rows.columns]
    problems = [problem for field in present for problem in _of_field(rows[field.name], field, ingested_at)]
    return ibis.cases(*problems, *_of_type(rows, contract), else_=ibis.null("string"))


def _of_field(value: ibis.Value, field: Field, ingested_at: datetime) -> Iterator[Problem]:
    name = field.name
    if name == "occurred_at":
        yield value < ibis.literal(EARLIEST), f"{name} before {EARLIEST:%Y}"
        yield value > ibis.literal(ingested_at + AHEAD), f"{name} in the future"
    if name in PEOPLE:
        yield value.re_search(NOBODY), f"{name} is nobody's"
    if field.above is not None:
        yield value <= field.above, f"{name} not above {field.above}"
    if field.at_least is not None:
        yield value < field.at_least, f"{name} below {field.at_least}"
    if field.at_most is not None:
        yield value > field.at_most, f"{name} above {field.at_most}"
    if field.longest is not None:
        yield value.length() > field.longest, f"{name} longer than {field.longest:,} characters"
    if field.pattern is not None:
        yield ~value.re_search(field.pattern), f"malformed {name}"
    if field.is_object:
        yield ~is_object(value), f"{name} is no JSON object"


def _of_type(rows: ibis.Table, contract: Contract) -> Iterator[Problem]:
    for event_type, names in contract.required_by_type.items():
        for name in names:
            absent = rows[name].isnull() if name in rows.columns else ibis.literal(value=True)
            yield (rows.event_type == event_type) & absent, f"no {name}"
