"""A predicted list beside the rule that looks for the same customers: whom each finds, how early, and who was right."""

from dataclasses import dataclass
from statistics import median

from pipeline.publish.edition import Edition
from pipeline.publish.record import AgainstRule
from pipeline.publish.report.wording import Wording, count_of, gap_in_a_hundred, number, percent

PARTS = (("only_predicted", "The prediction alone"), ("both", "Both"), ("only_rule", "The rule alone"))
WIDTH, HEIGHT = 340, 96
"""The histogram's box in SVG units."""
MOST_COLUMNS = 16
STEPS = (1, 2, 5, 7, 14, 28, 56)
"""Days a column, so that a column is a day, a week or weeks."""


@dataclass(frozen=True)
class Part:
    """Customers found by one or by both: how many, their share of all found, and for how many it came true."""

    key: str
    title: str
    count: str
    width: float
    came_true: str


@dataclass(frozen=True)
class Column:
    """One column of the histogram, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Lead:
    """By how many days the prediction was earlier, and for how many; `middle` is where the median stands."""

    columns: tuple[Column, ...]
    median: str
    middle: float
    last: str
    label: str
    counts: str


@dataclass(frozen=True)
class BesideRule:
    """One pair of segments."""

    predicted: str
    rule: str
    parts: tuple[Part, ...]
    known: str
    lead: Lead | None
    verdict: str


def beside_rules(edition: Edition, words: Wording) -> tuple[BesideRule, ...]:
    """Return each pair of which both were decided and have members, in the order of the record."""
    titles = {segment.name: segment.title for segment in edition.decided}
    known = [pair for pair in edition.record.against_rules if pair.predicted in titles and pair.rule in titles]
    pairs = [pair for pair in known if pair.both + pair.only_predicted and pair.both + pair.only_rule]
    return tuple(_beside(pair, titles[pair.predicted], titles[pair.rule], words) for pair in pairs)


def _beside(pair: AgainstRule, predicted: str, rule: str, words: Wording) -> BesideRule:
    lead = _lead(pair)
    return BesideRule(predicted, rule, _parts(pair), _known(pair, words), lead, _verdict(pair))


def _known(pair: AgainstRule, words: Wording) -> str:
    """Say what being right means and of whom it is known."""
    if not pair.came_true or pair.came_true_as_of is None:
        return "Which of them are right about how many is known once a horizon is over."
    means = f"Right means {pair.happened}, " if pair.happened else "Right "
    return f"{means}of those named on {words.date(pair.came_true_as_of)}."


def _parts(pair: AgainstRule) -> tuple[Part, ...]:
    sizes = {"only_predicted": pair.only_predicted, "both": pair.both, "only_rule": pair.only_rule}
    total = max(1, sum(sizes.values()))
    return tuple(
        Part(key, title, number(sizes[key]), round(sizes[key] / total * 100, 2), _came_true(pair, key))
        for key, title in PARTS
    )


def _came_true(pair: AgainstRule, key: str) -> str:
    if key not in pair.came_true:
        return ""
    share, count = pair.came_true[key]
    return f"right about {percent(share)} of {number(count)}" if count else ""


def _verdict(pair: AgainstRule) -> str:
    """Say who was right more often of those whom only one of them found, if that is known."""
    one, other = (pair.came_true.get(key) for key in ("only_predicted", "only_rule"))
    if not one or not other or not one[1] or not other[1]:
        return ""
    told = (
        f"Where they disagree, the prediction was right about {percent(one[0])} and the rule about {percent(other[0])}"
    )
    if pair.apart is None:
        return f"{told}: of too few to say which of them is right more often."
    gap, low, high = map(gap_in_a_hundred, pair.apart)
    chance = " and may be chance" if pair.apart[1] <= 0 <= pair.apart[2] else ""
    return f"{told}. The difference is {gap} in 100 ({low} to {high}){chance}."


def _lead(pair: AgainstRule) -> Lead | None:
    if not pair.lead_days:
        return None
    step = next((days for days in STEPS if max(pair.lead_days) / days < MOST_COLUMNS), STEPS[-1])
    counts = [0] * (max(pair.lead_days) // step + 1)
    for days in pair.lead_days:
        counts[days // step] += 1
    middle, across = median(pair.lead_days), WIDTH / len(counts)
    told = f"{number(len(pair.lead_days))} named first by the prediction, {number(pair.same_day)} on the same day"
    return Lead(
        columns=tuple(_column(at, count, step, max(counts), across) for at, count in enumerate(counts) if count),
        median=f"{middle:g} {'day' if middle == 1 else 'days'}",
        middle=round((middle / step + (0.5 if step == 1 else 0)) * across, 1),
        last=count_of(len(counts) * step, "day"),
        label=f"Days by which the prediction was earlier: {told}; half of them by {middle:g} days or more",
        counts=f"{told}, {number(pair.later)} first by the rule, {number(pair.never)} by the rule alone, over the last "
        f"{count_of(pair.watched_days, 'day')}",
    )


def _column(at: int, count: int, step: int, most: int, across: float) -> Column:
    height = count / most * HEIGHT
    days = f"{at * step}" if step == 1 else f"{at * step} to {(at + 1) * step - 1}"
    return Column(
        round(at * across + 1, 1),
        round(HEIGHT - height, 1),
        round(across - 2, 1),
        round(height, 1),
        f"{days} days: {count:,}",
    )
