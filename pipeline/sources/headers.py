"""Headers among the rows of a CSV: where exports were pasted together, what follows may be in another order."""

import ibis

from pipeline.sources.mapped import LINE, PART, REASON

HEADER_AGAIN = "another header"
OTHER_HEADER = "a header in another order"
AFTER_OTHER_HEADER = "after a header in another order"


def header_among(table: ibis.Table, names: list[str]) -> ibis.Value:
    """Say which rows are headers, null for those that are none: half of their cells, and two, are columns' names."""
    again = ibis.and_(*(table[name] == name for name in names))
    hits = sum((table[name].isin(names).ifelse(1, 0) for name in names), ibis.literal(0))
    moved = hits >= max(2, (len(names) + 1) // 2)
    told = ibis.cases((again, HEADER_AGAIN), (moved, OTHER_HEADER), else_=ibis.null("string"))
    # Most rows are told by their first two cells, for the rest is asked only where one of these is a column's name.
    suspect = ibis.or_(*(table[name].isin(names) for name in names[:2]))
    return ibis.ifelse(suspect, told, ibis.null("string"))


def after_headers(lines: ibis.Table, bad: ibis.Table) -> ibis.Table:
    """Return the lines, with their reason, that come after a header in another order and are not bad themselves."""
    headers = bad.filter(bad[REASON] == OTHER_HEADER)
    first = headers.group_by(part_of_header=headers[PART]).aggregate(first=headers[LINE].min())
    after = lines.join(first, (lines[PART] == first.part_of_header) & (lines[LINE] > first.first))
    told = after.select(PART, LINE).distinct().anti_join(bad, [PART, LINE])
    return told.select(PART, LINE, ibis.literal(AFTER_OTHER_HEADER).name(REASON))
