"""The log of a run: JSON lines, each with the run's id, a moment, an event and its figures; no personal data."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from structlog.typing import FilteringBoundLogger

from flows.night.runs import RUNS, RunRecord
from pipeline.errors import SegcastError

SOURCES = Path(__file__).parent.parent.parent


@contextmanager
def run_log(folder: Path, run: RunRecord) -> Iterator[FilteringBoundLogger]:
    """Give the log of a run, in `runs/<run_id>.jsonl`; every line is on the disk's side before the next begins."""
    with (folder / RUNS / f"{run.run_id}.jsonl").open("a", encoding="utf-8") as file:
        yield structlog.wrap_logger(
            structlog.PrintLogger(file),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                structlog.processors.JSONRenderer(default=str),
            ],
            wrapper_class=structlog.make_filtering_bound_logger("debug"),
            run_id=run.run_id,
        )


def in_a_sentence(error: BaseException) -> str:
    """Return what may be written down of an error: our own sentence, or of a foreign one its kind and where it arose.

    What a library says may quote a value out of somebody's row.
    """
    if isinstance(error, SegcastError):
        return str(error)
    ours = [one for one in traceback.extract_tb(error.__traceback__) if Path(one.filename).is_relative_to(SOURCES)]
    where = f" in {Path(ours[-1].filename).relative_to(SOURCES)}, line {ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}{where}."
