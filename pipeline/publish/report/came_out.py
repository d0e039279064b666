"""How earlier publications came out: what was said then, and what came, one small panel each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.publish.edition import Edition
from pipeline.publish.record import CameOut
from pipeline.publish.report.lists_came_out import ListOutcomes, list_outcomes
from pipeline.publish.report.plot import Mark, Pair, amount_pairs, most_of, reliability_marks
from pipeline.publish.report.trust import calibration_in_words, question, total_in_words
from pipeline.publish.report.wording import Wording, count_of, in_a_hundred, number, percent

SHOWN = 6
WHOLE_FROM = 100
"""Numbers from here on are shown without decimals."""


@dataclass(frozen=True)
class Panel:
    """One publication's predictions: dots for chances, pairs for anything else.

    `told` is the outcome in one line, `ranked` how well the order was, "" where it was not measured.
    """

    title: str
    about: str
    told: str
    ranked: str
    marks: tuple[Mark, ...]
    pairs: tuple[Pair, ...]
    most: str
    groups: tuple[tuple[str, str, str], ...]
    label: str


@dataclass(frozen=True)
class Outcomes:
    """The panels of one question, the newest first, and what the newest one says of its predictions as a whole.

    `lists` is what came of the lists of the newest.
    """

    question: str
    summary: str
    panels: tuple[Panel, ...]
    lists: ListOutcomes
    published: str


def outcomes(edition: Edition, words: Wording) -> tuple[Outcomes, ...]:
    """Return what came of earlier predictions, by question; nothing while no horizon is over."""
    told = [one for one in edition.record.came_out if one.reliability]
    order = {model.task: place for place, model in enumerate(edition.models)}
    titles = {segment.name: segment.title for segment in edition.segments}
    ordered = sorted(told, key=lambda one: (order.get(one.task, len(order)), one.task, -one.as_of.timestamp()))
    return tuple(
        Outcomes(
            question(task, those[0].horizon_days),
            _summary(those[0], words),
            tuple(_panel(one, words) for one in those[:SHOWN]),
            list_outcomes(those[0], titles, _worded(those[0], words)),
            words.date(those[0].as_of),
        )
        for task, those in ((task, list(group)) for task, group in groupby(ordered, key=lambda one: one.task))
    )


def newest(edition: Edition, task: str) -> CameOut | None:
    """Return how the newest publication came out whose chances of a task are known of."""
    told = [one for one in edition.record.came_out if one.task == task and one.reliability and _is_likely(one)]
    return max(told, key=lambda one: one.as_of, default=None)


def surest(groups: Sequence[tuple[float, float, int]]) -> tuple[str, str, str]:
    """Return, of the group with the highest predictions, what was said and what came, of a hundred, and its number."""
    said, came, count = groups[-1]
    return in_a_hundred(said), in_a_hundred(came), number(count)


def _panel(one: CameOut, words: Wording) -> Panel:
    likely, worded = _is_likely(one), _worded(one, words)
    groups = tuple((worded(said), worded(came), number(count)) for said, came, count in one.reliability)
    told = "; ".join(f"said {said}, came {came} of {count}" for said, came, count in groups)
    return Panel(
        title=words.date(one.as_of),
        about=f"{count_of(one.customers, 'customer')}, model {one.model_version}",
        told=_surest_told(one) if likely else _total_told(one),
        ranked=_ranked(one),
        marks=reliability_marks(one.reliability) if likely else (),
        pairs=() if likely else amount_pairs(one.reliability),
        most="" if likely else worded(most_of(one.reliability)),
        groups=groups,
        label=f"Published {words.date(one.as_of)}: {told}",
    )


def _ranked(one: CameOut) -> str:
    """Return how often of two customers the right one stood first, and how much denser the first tenth was."""
    right, lift = one.metrics.get("roc_auc"), one.metrics.get("lift_top_decile")
    if right is None or lift is None:
        return ""
    return f"Right order {in_a_hundred(right)} times in 100; the first tenth {lift:.1f} times as often as all."


def _summary(one: CameOut, words: Wording) -> str:
    said = calibration_in_words(one.metrics) if _is_likely(one) else _total_in_words(one)
    return f"As published on {words.date(one.as_of)}: {said[:1].lower()}{said[1:]}" if said else ""


def _surest_told(one: CameOut) -> str:
    said, came, count = surest(one.reliability)
    return f"For the {count} with the highest chance: said {said} in 100, came {came}."


def _total_told(one: CameOut) -> str:
    total, done = one.metrics.get("total_ratio"), "were spent" if one.kind == "money" else "came"
    return "" if total is None else f"Said {total * 100:.0f} for every 100 that {done}."


def _total_in_words(one: CameOut) -> str:
    """Return how the sum of what was expected compares with what came, nothing where it was not measured."""
    total = one.metrics.get("total_ratio")
    if one.kind == "money" or total is None:
        return total_in_words(one.metrics)
    return f"Together it expected {total * 100:.0f} for every 100 that came."


def _is_likely(one: CameOut) -> bool:
    return one.kind == "probability"


def _worded(one: CameOut, words: Wording) -> Callable[[float], str]:
    """Return how what was predicted is written."""
    return {"probability": percent, "money": words.money}.get(one.kind, _mean)


def _mean(value: float) -> str:
    """Return a mean as `1.35`, whole where it is large."""
    return f"{value:,.0f}" if value >= WHOLE_FROM else f"{value:,.2f}"
