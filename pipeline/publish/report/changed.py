"""What is different from the publication before: who moved, what is beyond the usual, and what we changed ourselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.publish.changes import redefined
from pipeline.publish.edition import Edition
from pipeline.publish.report.flow import Flow, flow, said, tone
from pipeline.publish.report.focus import Focus
from pipeline.publish.report.sparkline import Spark, sparkline
from pipeline.publish.report.unusual import Step, unusual
from pipeline.publish.report.wording import Wording, count_of, named, number, signed

MOVES_SHOWN, STEPS_SHOWN, NAMED = 5, 6, 4


@dataclass(frozen=True)
class Turn:
    """A segment that grew or shrank by more than usual."""

    name: str
    title: str
    size: str
    change: str
    usual: str
    spark: Spark | None


@dataclass(frozen=True)
class Changed:
    """All of it; `ours` are the changes that we made ourselves, which no customer did."""

    since: str
    entered: str
    left: str
    flow: Flow | None
    moves: tuple[tuple[str, str], ...]
    turns: tuple[Turn, ...]
    calm: str
    ours: tuple[str, ...]


def changed(edition: Edition, focus: Focus | None, words: Wording) -> Changed | None:
    """Return what changed, None for a first publication."""
    if edition.earlier is None:
        return None
    titles = {segment.name: segment.title for segment in edition.segments}
    change = focus.change if focus else None
    moves, steps = edition.record.moves, unusual(edition.record.trend)
    return Changed(
        since=words.date(edition.earlier.as_of),
        entered=f"+{number(change.entered)}" if change else "",
        left=signed(-change.left) if change else "",
        flow=flow(moves, titles),
        moves=tuple((tone(move), said(move, titles)) for move in moves[:MOVES_SHOWN]),
        turns=tuple(_turn(step, edition, words) for step in (steps or ())[:STEPS_SHOWN] if step.segment in titles),
        calm=_calm(edition, steps),
        ours=tuple(_ours(edition, titles)),
    )


def _turn(step: Step, edition: Edition, words: Wording) -> Turn:
    titles = {segment.name: segment.title for segment in edition.segments}
    between = f"{signed(step.least)} to {signed(step.most)}" if step.least != step.most else signed(step.least)
    return Turn(
        name=step.segment,
        title=titles[step.segment],
        size=number(step.size),
        change=signed(step.change),
        usual=f"usually {between} from one publication to the next",
        spark=sparkline(edition.record.trend, step.segment, words),
    )


def _calm(edition: Edition, steps: Sequence[Step] | None) -> str:
    """Return what to say where no segment stands out, which is news only once it is known what is usual."""
    if steps:
        return ""
    if steps is None:
        return "What is usual for a segment is known after six publications at about the same distance."
    count = len(edition.record.trend.moments)
    return f"No segment grew or shrank beyond what is usual for it in the last {count} publications."


def _ours(edition: Edition, titles: dict[str, str]) -> Iterator[str]:
    """Yield what was changed by people or by a training, so that nobody takes it for what customers did."""
    if edition.earlier is None:
        return
    moved = [titles[segment.name] for segment in edition.decided if segment.name in redefined(edition)]
    if moved:
        told = f"{count_of(len(moved), 'definition')} changed: {named(moved, NAMED)}"
        yield f"{told}. Who came and went there may be our doing."
    before = edition.earlier.definitions
    fresh = [segment.title for segment in edition.decided if segment.name not in before]
    if fresh:
        yield f"New among the segments: {named(fresh, NAMED)}."
    decided = {segment.name for segment in edition.decided}
    gone = [titles.get(name, name) for name in before if name not in decided]
    if gone:
        yield f"Not among them this time: {named(gone, NAMED)}."
    yield from _models(edition)


def _models(edition: Edition) -> Iterator[str]:
    if edition.earlier is None:
        return
    before = edition.earlier.manifest.get("model_versions", {})
    for task, version in edition.versions.items():
        if task not in before:
            yield f"A model of {task} is in service for the first time, version {version}."
        elif before[task] != version:
            yield f"Another model decides {task}: version {version}, before {before[task]}."
    for task in sorted(before.keys() - edition.versions.keys()):
        yield f"No model of {task} is in service any more."
