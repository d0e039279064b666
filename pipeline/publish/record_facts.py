"""What the manifest says of a record: all that the report makes of it, long lists counted."""

from collections import Counter
from dataclasses import fields

from pipeline.publish.plain import Json, digest, plain
from pipeline.publish.record import AgainstRule, Record, Trend


def record_facts(record: Record) -> dict[str, Json]:
    """Return the record in plain values; `lead_days` as how many customers had a lead of so many days.

    The sizes of the trend are those of the manifests of its moments, and stand here as a digest of them.
    """
    return {
        "trend": _trend(record.trend),
        "moves": plain(record.moves),
        "against_rules": [_against_rule(one) for one in record.against_rules],
        "came_out": plain(record.came_out),
        "findings": plain(record.findings),
    }


def _trend(trend: Trend) -> dict[str, Json]:
    return {
        "moments": plain(trend.moments),
        "sizes_digest": digest(trend.sizes),
        "redefined": plain(trend.redefined),
    }


def _against_rule(one: AgainstRule) -> Json:
    days: dict[str, Json] = {str(days): number for days, number in sorted(Counter(one.lead_days).items())}
    return {field.name: days if field.name == "lead_days" else plain(getattr(one, field.name)) for field in fields(one)}
