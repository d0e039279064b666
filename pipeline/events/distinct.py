"""The distinct ids of a table, page by page, so that memory does not grow with their number."""

from collections.abc import Iterator, Sequence
from functools import reduce

import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend

PAGE = 200_000


def distinct_ids(engine: Backend, table: ibis.Table, columns: Sequence[str]) -> Iterator[pa.Array]:
    """Yield what the columns hold, each value once and nulls never, in arrays of at most PAGE."""
    parts = [table.select(id=table[name]) for name in columns]
    ids = reduce(ibis.union, parts)
    named = ids.filter(ids.id.notnull()).distinct()
    name = ibis.util.gen_name("ids")
    pages = engine.create_table(name, named.mutate(page=ibis.row_number() // PAGE), temp=True)
    for page in range(1 + int(engine.execute(pages.page.max().fill_null(-1)))):
        yield engine.to_pyarrow(pages.filter(pages.page == page).select("id"))["id"].combine_chunks()
    engine.drop_table(name)
