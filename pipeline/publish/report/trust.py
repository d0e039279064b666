"""How far each model can be trusted, in plain words and without flattery."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite

from pipeline.publish.edition import ModelFacts
from pipeline.publish.report.plot import Mark, Pair, Span, amount_pairs, interval_span, most_of, reliability_marks
from pipeline.publish.report.wording import Wording, count_of, gap_in_a_hundred, in_a_hundred, number, percent

GOOD_CALIBRATION, FAIR_CALIBRATION = 0.05, 0.1
FAIR_TOTAL = (0.8, 1.2)
QUESTIONS = {
    "churn": "Who will not order again",
    "purchase": "Who will buy",
    "spend": "How much each will spend",
}
RULES = {
    "recency": "recency (days since the last order)",
    "frequency": "frequency (number of orders)",
    "rfm": "recency, frequency and spend taken together",
    "bgnbd": "the orders to expect from each customer's own rhythm",
    "last_year": "the spend of last year carried on",
}


@dataclass(frozen=True)
class Bar:
    """How well one way of ranking does, of a hundred, and the length of its bar in per cent."""

    name: str
    hits: str
    length: float
    model: bool


@dataclass(frozen=True)
class Trust:
    """One model's card: a verdict (`tone` good, warn or none) and the figures behind it."""

    question: str
    version: str
    tested_on: str
    verdict: str
    tone: str
    ranking: str
    calibration: str
    bars: tuple[Bar, ...]
    span: Span | None
    difference: str
    marks: tuple[Mark, ...]
    pairs: tuple[Pair, ...]
    most: str
    groups: tuple[tuple[str, str, str], ...]
    summary: str


def trust(model: ModelFacts, words: Wording) -> Trust:
    """Return the card of one model; whatever was not measured is left out."""
    said, tone = verdict(model)
    likely = model.kind == "probability"
    return Trust(
        question=question(model.task, model.horizon_days),
        version=f"{model.task} {model.version}, learned from outcomes known by {words.date(model.trained_as_of)}",
        tested_on=_tested_on(model.metrics),
        verdict=said,
        tone=tone,
        ranking=_ranking(model),
        calibration=calibration_in_words(model.metrics) if likely else total_in_words(model.metrics),
        bars=_bars(model),
        span=interval_span(model.difference) if _compared(model) and model.difference else None,
        difference=_difference(model),
        marks=reliability_marks(model.reliability) if likely else (),
        pairs=() if likely else amount_pairs(model.reliability),
        most="" if likely else words.money(most_of(model.reliability)),
        groups=_groups(model, percent if likely else words.money),
        summary=model.summary,
    )


def verdict(model: ModelFacts) -> tuple[str, str]:
    """Return whether the model beat the best simple rule beyond its interval, and the tone in which to say it."""
    if model.difference is None or not _compared(model):
        return "Not compared with a rule", "none"
    _, low, high = model.difference
    if low > 0:
        return "Better than the best simple rule", "good"
    if high < 0:
        return "Worse than the best simple rule: prefer the rule", "warn"
    return "Not shown to beat the best simple rule", "warn"


def question(task: str, horizon_days: int) -> str:
    """Return what a task asks, in words."""
    return f"{QUESTIONS.get(task, task.replace('_', ' ').capitalize())} in {horizon_days} days"


def _compared(model: ModelFacts) -> bool:
    """Say whether the model was set against a rule with an interval that means something."""
    return model.difference is not None and all(isfinite(value) for value in model.difference)


def _measured(metrics: Mapping[str, float], name: str) -> float | None:
    """Return a metric, or None if it was not measured or could not be."""
    value = metrics.get(name)
    return value if value is not None and isfinite(value) else None


def _tested_on(metrics: Mapping[str, float]) -> str:
    count = _measured(metrics, "n")
    if count is None:
        return ""
    return f"Tested on {count_of(round(count), 'prediction')}, each of a later period than any it learned from"


def _ranking(model: ModelFacts) -> str:
    likely = model.kind == "probability"
    score = _measured(model.metrics, "roc_auc" if likely else "gini")
    if score is None:
        return ""
    rule = _best_rule(model)
    best = f"; the best simple rule, {rule[0]}, {in_a_hundred(rule[1])}" if rule else ""
    if likely:
        pairs = "Shown two customers who turned out differently, the model puts them in the right order"
        return f"{pairs} {in_a_hundred(score)} times in 100{best}. A coin manages 50."
    return f"At putting the big spenders first the model scores {in_a_hundred(score)} of 100{best}. Chance scores 0."


def _best_rule(model: ModelFacts) -> tuple[str, float] | None:
    """Return the strongest rule in words, and its score."""
    name = max(model.baselines, key=lambda rule: model.baselines[rule], default=None)
    return None if name is None else (RULES.get(name, name.replace("_", " ")), model.baselines[name])


def _difference(model: ModelFacts) -> str:
    if model.difference is None or not _compared(model):
        return ""
    value, low, high = map(gap_in_a_hundred, model.difference)
    return f"{value} in 100 against that rule, 95% interval {low} to {high}, {_consequence(model.difference)}"


def _consequence(difference: tuple[float, float, float]) -> str:
    _, low, high = difference
    if low > 0:
        return "so it is more than luck."
    if high < 0:
        return "so the rule did better."
    return "which includes zero: on this evidence the rule may be just as good."


def calibration_in_words(metrics: Mapping[str, float]) -> str:
    """Return how far chances are off and how to take them, nothing where it was not measured."""
    error = _measured(metrics, "ece")
    if error is None:
        return ""
    off = f"On average the chances are off by {error * 100:.1f} points in 100"
    if error <= GOOD_CALIBRATION:
        return f"{off}: a stated chance is close to what came true."
    if error <= FAIR_CALIBRATION:
        return f"{off}: take a stated chance as a rough one."
    return f"{off}: trust the order of the list more than the percentages."


def total_in_words(metrics: Mapping[str, float]) -> str:
    """Return how the sum of what was expected compares with what was spent, nothing where it was not measured."""
    total = _measured(metrics, "total_ratio")
    if total is None:
        return ""
    off = f"Together it expected {total * 100:.0f} for every 100 that customers then spent"
    fair = FAIR_TOTAL[0] <= total <= FAIR_TOTAL[1]
    return f"{off}." if fair else f"{off}: use it to rank customers, not to plan revenue."


def _bars(model: ModelFacts) -> tuple[Bar, ...]:
    """Return the model's bar and then the rules', the strongest first."""
    likely = model.kind == "probability"
    score = _measured(model.metrics, "roc_auc" if likely else "gini")
    if score is None:
        return ()
    by_chance = 0.5 if likely else 0.0
    rules = sorted(model.baselines.items(), key=lambda rule: -rule[1])
    return (
        _bar("model", score, by_chance, is_model=True),
        *(_bar(name.replace("_", " "), value, by_chance, is_model=False) for name, value in rules),
    )


def _bar(name: str, score: float, by_chance: float, *, is_model: bool) -> Bar:
    """Return a bar that starts where chance stands and is full at a perfect order."""
    length = max(0.0, score - by_chance) / (1 - by_chance)
    return Bar(name, f"{score * 100:.1f}", round(min(1.0, length) * 100, 1), model=is_model)


def _groups(model: ModelFacts, worded: Callable[[float], str]) -> tuple[tuple[str, str, str], ...]:
    """Return what was said, what came true and for how many, for each group of customers."""
    return tuple((worded(said), worded(came), number(count)) for said, came, count in model.reliability)
