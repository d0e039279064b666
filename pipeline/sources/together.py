"""Rows of several kinds as rows of one table."""

import ibis

from pipeline.events.contract import Contract
from pipeline.sources.mapped import LINE, REASON


def together(contract: Contract, *kinds: ibis.Table) -> ibis.Table:
    """Return the rows of all kinds with the columns of the contract that any of them has, null where one lacks it."""
    named = [name for name in contract.columns if any(name in rows.columns for rows in kinds)]
    alike = [_widened(rows, contract, named) for rows in kinds]
    return ibis.union(*alike) if len(alike) > 1 else alike[0]


def _widened(rows: ibis.Table, contract: Contract, named: list[str]) -> ibis.Table:
    schema = ibis.Schema.from_pyarrow(contract.schema)
    given = {name: rows[name] if name in rows.columns else ibis.null(schema[name]) for name in named}
    return rows.select(LINE, REASON, **{name: value.cast(schema[name]) for name, value in given.items()})
