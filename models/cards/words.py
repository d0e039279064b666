"""What a model card says in words: what is predicted for whom, what each figure means, and where the model ends."""

from collections.abc import Iterator, Mapping
from typing import Any

Card = Mapping[str, Any]

FIGURES = {
    "roc_auc": ("AUC", "how often of two customers who turned out differently the right one stands higher; chance: .5"),
    "average_precision": ("average precision", "the mean precision down to each one found; chance: the base rate"),
    "log_loss": ("log loss", "surprise at what came, in nats; lower is better"),
    "brier": ("Brier score", "squared distance of the chance from what came; lower is better"),
    "ece": ("calibration error", "by how much a stated chance is off on average; lower is better"),
    "lift_top_decile": ("lift of the top tenth", "how many times as many among the highest tenth as among all"),
    "gini": ("Gini", "how near the order comes to the perfect one: 1; chance: 0"),
    "spearman": ("rank correlation", "of what was expected with what came (Spearman)"),
    "mae": ("mean absolute error", "the mean distance from what came, in the target's own unit"),
    "total_ratio": ("total", "what was expected over what came, all customers together; 1 is right"),
    "captured_top_decile": ("captured by the top tenth", "the highest tenth's share of all that came"),
}
OF_PROBABILITY = ("roc_auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile")
OF_AMOUNT = ("gini", "spearman", "mae", "total_ratio", "captured_top_decile")
SURE_ROWS = 1000


def is_probability(card: Card) -> bool:
    """Say whether the card is of a probability; one that was never judged is told by its linear parts."""
    return "auc_difference" in card["backtest"] or ("gini_difference" not in card["backtest"] and _one_part(card))


def question(card: Card) -> str:
    """Return what is predicted, of whom and how far ahead, in a sentence."""
    task = card["task"]
    words: str = task.get("words", "")
    if words:
        return words.replace("{horizon}", f"{task['horizon']:g} days")
    what = f"The chance of {task['target']}" if is_probability(card) else f"The expected {task['target']}"
    return f"{what} within {task['horizon']:g} days, of customers with {task['population']}."


def limits(card: Card) -> Iterator[str]:
    """Yield where the model ends, in plain words."""
    judged, training = card["backtest"], card["training"]
    if not judged:
        yield "It was never held against a later outcome: nothing is known of how good it is."
    elif judged["n"] < SURE_ROWS:
        yield f"It was judged on {judged['n']:,} predictions only: its figures are uncertain, as their intervals say."
    if training["thin"]:
        yield (
            "It is a simple model on a few columns, because there were too few customers of the rarer kind for a full "
            "one: take its probabilities as rough."
        )
    if training.get("translated_from_days"):
        yield (
            f"It learned {training['translated_from_days']:g} days ahead, since no outcome of its own horizon was "
            "complete, and was carried over: its level is uncertain."
        )
    if training["season_shift"] is None:
        yield (
            "The log did not reach back to the same season a year before: what Christmas or a sale does to the level "
            "is not known to it. The order of customers holds better than the level."
        )
    for part in judged.get("slices", ()):
        if part["difference"]["high"] is not None and part["difference"]["high"] < 0:
            yield f"Among {part['title']} the rule {part['rule']} does better: prefer it there."
    yield f"It says nothing of customers outside {card['task']['population']}."
    yield "It says nothing of what an offer would change: a high chance is no reason to believe that a message helps."
    yield "It describes groups better than persons. Do not use it to refuse anybody a contract, a price or a service."


def reliability_label(said: float, came: float, count: int, *, probability: bool) -> str:
    """Return what one group says: what was said, what came, for how many."""
    if probability:
        return f"said {said:.0%}, came true for {came:.0%} of {count:,}"
    return f"expected {said:,.2f}, came {came:,.2f}, for {count:,}"


def bar_label(low: float, high: float, count: int, *, probability: bool) -> str:
    """Return how many predictions lie between two bounds."""
    bounds = f"{low:.0%} to {high:.0%}" if probability else f"{low:,.0f} to {high:,.0f}"
    return f"{bounds}: {count:,}"


def _one_part(card: Card) -> bool:
    return len(card["linear_columns"]) == 1
