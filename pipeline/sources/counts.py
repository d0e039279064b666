"""Counting what became of every line: read = kept + duplicates + quarantined."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import ibis

from pipeline.errors import SourceError
from pipeline.events.unwanted import UNWANTED
from pipeline.sources.batch import Batch
from pipeline.sources.mapped import LINE, PART, REASON
from pipeline.sources.reports import IngestReport


def counted(batch: Batch) -> tuple[IngestReport, ...]:
    """Return the report of every portion of a batch, in order."""
    engine = batch.staged.engine
    several = any(one.mapped.several for one in batch.read)
    read = _lines(engine, batch.staged.rows.values(), several=several)
    kept = _lines(engine, batch.staged.fresh.values(), several=several)
    written: Counter[int] = Counter()
    for _, rows in batch.written():
        written.update(_by_part(engine, rows.group_by(PART).aggregate(n=rows.count())))
    reasons = _reasons(batch)
    return tuple(
        IngestReport(
            source=one.portion.source.name,
            file=one.portion.name,
            rows_read=read[part] + len(one.rejects),
            rows_kept=kept[part],
            rows_written=written[part],
            duplicates=read[part] + len(one.rejects) - kept[part] - sum(reasons[part].values()),
            quarantined=dict(sorted(reasons[part].items())),
        )
        for part, one in enumerate(batch.read)
    )


def refuse_too_many_rejects(batch: Batch, reports: Sequence[IngestReport]) -> None:
    """Raise SourceError when a file has nothing to keep, or a source more to set aside than its settings allow."""
    for one, report in zip(batch.read, reports, strict=True):
        faults = _faults(report)
        if report.rows_read > one.portion.read_before and faults.total() == report.rows_read:
            raise SourceError(
                f"source {report.source}: expected rows that can be kept, got {report.rows_read:,} in {report.file} "
                f"and not one of them can ({_most(faults)}). "
                "Try the columns of this source in segcast.toml, or its time_format."
            )
    for name, most in {one.portion.source.name: one.portion.source.max_rejected_share for one in batch.read}.items():
        before = sum(one.portion.read_before for one in batch.read if one.portion.source.name == name)
        _refuse_share(name, most, [report for report in reports if report.source == name], before)


def _refuse_share(source: str, most: float, reports: Sequence[IngestReport], before: int) -> None:
    reasons: Counter[str] = Counter()
    for report in reports:
        reasons.update(_faults(report))
    # Rows that were fetched before may have been set aside then: only what is new can show that something broke.
    share = (reasons.total() - before) / max(sum(report.rows_read for report in reports) - before, 1)
    if share > most:
        raise SourceError(
            f"source {source}: expected at most {most:.0%} of the rows to be set aside, got {share:.1%} "
            f"({_most(reasons)}), and nothing was written. "
            "Try `segcast ingest --dry-run` to see them, or max_rejected_share in segcast.toml."
        )


def _faults(report: IngestReport) -> Counter[str]:
    """Count the rows by reason that speak against the data."""
    return Counter({reason: rows for reason, rows in report.quarantined.items() if reason not in UNWANTED})


def _most(reasons: Mapping[str, int]) -> str:
    return max(reasons, key=lambda name: reasons[name])


def _lines(engine: ibis.BaseBackend, tables: Iterable[ibis.Table], *, several: bool) -> Counter[int]:
    lines = [rows.select(PART, LINE) for rows in tables]
    together = ibis.union(*lines)
    count = together[LINE].nunique() if several else together.count()
    return _by_part(engine, together.group_by(PART).aggregate(n=count))


def _by_part(engine: ibis.BaseBackend, counts: ibis.Table) -> Counter[int]:
    table = engine.to_pyarrow(counts)
    return Counter(dict(zip(table[PART].to_pylist(), table["n"].to_pylist(), strict=True)))


def _reasons(batch: Batch) -> list[Counter[str]]:
    reasons = [Counter(one.rejects["reason"].to_pylist()) for one in batch.read]
    bad = batch.staged.bad
    counts = batch.staged.engine.to_pyarrow(bad.group_by(PART, REASON).aggregate(n=bad.count()))
    for row in counts.to_pylist():
        reasons[row[PART]][row[REASON]] += row["n"]
    return reasons
