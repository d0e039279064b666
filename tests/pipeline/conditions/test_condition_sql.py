from datetime import UTC, datetime

import duckdb
import pytest

from pipeline.conditions.known import Kind, Known
from pipeline.conditions.parse import parse
from pipeline.conditions.sql import as_sql
from pipeline.errors import ConditionError

KNOWN = Known({"orders": Kind.NUMBER, "met_at": Kind.MOMENT, "tags": Kind.TEXTS}, segments=frozenset({"vip"}))
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def found(sql: str, *columns: str) -> list[str]:
    with duckdb.connect() as engine:
        engine.execute(f"create table profiles as select {', '.join(columns)}")
        return [customer_id for (customer_id,) in engine.sql(sql).fetchall()]


def test_each_question_is_a_column_named_as_its_text() -> None:
    sql = as_sql(parse("count(viewed, where => category='boots') > orders and not in_segment('vip')"), KNOWN)
    assert "\"count(viewed, where => category = 'boots')\"" in sql
    columns = ("'ada' as customer_id", "1 as orders", 'false as "in_segment(vip)"')
    assert found(sql, *columns, "2 as \"count(viewed, where => category = 'boots')\"") == ["ada"]
    assert found(sql, *columns, "1 as \"count(viewed, where => category = 'boots')\"") == []


def test_the_moment_is_a_column_unless_it_is_given() -> None:
    columns = ("'ada' as customer_id", "timestamptz '2026-11-30 00:00:00+00' as met_at", "['a'] as tags")
    condition = parse("days_since(met_at) < 1 and tags contains 'a' and percentile(days_until(met_at)) = 0")
    assert found(as_sql(condition, KNOWN, NOON), *columns) == ["ada"]
    assert found(as_sql(condition, KNOWN), *columns, "timestamptz '2026-11-30 23:59:59+00' as as_of") == ["ada"]
    assert found(as_sql(condition, KNOWN), *columns, "timestamptz '2026-12-01 00:00:00+00' as as_of") == []


def test_what_makes_no_sense_has_no_sql() -> None:
    with pytest.raises(ConditionError, match=r'expected a known segment, got "vipp".*Did you mean "vip"'):
        as_sql(parse("in_segment(vipp)"), KNOWN)
