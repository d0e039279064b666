"""The parameters of a Google Analytics event: a list of names with values of one of four types."""

import ibis

from pipeline.sources.ga4_names import PARAMETERS_WITH_A_COLUMN
from pipeline.sources.json_text import to_json
from pipeline.sources.members import NAMES, VALUES
from pipeline.sources.personal import harmless

_NUMBER = r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$"


def opened(rows: ibis.Table) -> dict[str, ibis.Value]:
    """Return the names of an event's parameters and their values, for `member`, and the others as JSON."""
    return {
        NAMES: rows.event_params.map(lambda one: one.key),
        VALUES: rows.event_params.map(lambda one: ibis.coalesce(one.value.string_value, _number(one.value))),
        "others": _others(rows.event_params),
    }


def _others(parameters: ibis.Value) -> ibis.Value:
    """Return the parameters that have no column of ours as one JSON object, without those that name somebody."""
    others = parameters.filter(lambda one: one.key.notin(PARAMETERS_WITH_A_COLUMN))
    return harmless(others.map(lambda one: ibis.struct({"key": one.key, "value": _as_json(one.value)})))


def _number(value: ibis.Value) -> ibis.Value:
    return ibis.coalesce(value.int_value, value.float_value, value.double_value)


def _as_json(value: ibis.Value) -> ibis.Value:
    number = _number(value)
    plain = ibis.ifelse(number.re_search(_NUMBER), number, to_json(number))
    return ibis.coalesce(to_json(value.string_value), plain, "null")
