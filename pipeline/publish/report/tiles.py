"""Three figures that stand alone: who may be lost, who will buy, and whether to believe it."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition, ModelFacts
from pipeline.publish.lists import column
from pipeline.publish.report.focus import RULE_AT_RISK, Focus, also_among, by_name, scored_by
from pipeline.publish.report.overview import BEST_CUSTOMERS
from pipeline.publish.report.trust import verdict
from pipeline.publish.report.wording import MINUS, Wording, in_a_hundred, number, sentence

PREDICTED_BUYERS = "likely_to_buy"
RULES_OF_SILENCE = (RULE_AT_RISK, "lapsed")


@dataclass(frozen=True)
class Tile:
    """One figure: `tone` is risk, good or plain; `notes` are short lines under it."""

    title: str
    figure: str
    unit: str
    tone: str
    notes: tuple[str, ...]


def tiles(edition: Edition, focus: Focus | None, words: Wording) -> tuple[Tile, ...]:
    """Return the three tiles, each saying something else where its prediction is missing."""
    return (_focus_tile(edition, focus, words), _buyers_tile(edition, words), _trust_tile(edition))


def _focus_tile(edition: Edition, focus: Focus | None, words: Wording) -> Tile:
    if focus is None:
        return Tile("Customers", number(len(edition.profiles)), "with an order", "plain", ())
    held = (f"{number(focus.held_out)} held out to measure the effect",) if focus.held_out else ()
    notes = (_change(edition, focus, words), *_beyond_rules(edition, focus), *held)
    return Tile(focus.segment.title, number(focus.size), "customers", "risk", notes)


def _change(edition: Edition, focus: Focus, words: Wording) -> str:
    if edition.earlier is None:
        return "First publication: nothing to compare with yet"
    if focus.change is None:
        return "New among the segments: nothing to compare with yet"
    in_and_out = f"+{number(focus.change.entered)} in, {MINUS}{number(focus.change.left)} out"
    return f"{in_and_out} since {words.date(edition.earlier.as_of)}"


def _beyond_rules(edition: Edition, focus: Focus) -> tuple[str, ...]:
    """Return how many of the predicted members no rule about silence has flagged."""
    rules = [rule for name in RULES_OF_SILENCE if (rule := by_name(edition, name))]
    if not focus.predicted or not rules:
        return ()
    unseen = focus.size - also_among(edition, focus.segment, *(rule.name for rule in rules))
    titles = [f"“{rule.title}”" for rule in rules]
    where = f"in neither {titles[0]} nor {titles[1]}" if len(titles) > 1 else f"not in {titles[0]}"
    return (f"{number(unseen)} that no rule has flagged: {where}",)


def _buyers_tile(edition: Edition, words: Wording) -> Tile:
    segment = scored_by(edition, "purchase_probability", PREDICTED_BUYERS) or by_name(edition, BEST_CUSTOMERS)
    if segment is None:
        return Tile("Segments", number(len(edition.decided)), "published", "plain", ())
    size = edition.memberships.of(segment.name).num_rows
    advice = (sentence(segment.send),) if segment.send else ()
    return Tile(segment.title, number(size), "customers", "good", (*advice, *_outlook(edition, words)))


def _outlook(edition: Edition, words: Wording) -> tuple[str, ...]:
    spend = pc.sum(column(edition.profiles.table, "expected_spend", pa.float64())).as_py()
    days = next((model.horizon_days for model in edition.models if model.task == "spend"), None)
    return (f"{words.money(spend)} expected from all customers in {days} days",) if spend and days else ()


def _trust_tile(edition: Edition) -> Tile:
    model = next((model for model in edition.models if model.task == "churn"), None)
    if model is None:
        figure = "Part rules" if edition.models else "Rules only"
        note = "No churn model is in service; every definition is below"
        return Tile("Can you trust it?", figure, "", "plain", (note,))
    if not model.reliability:
        return Tile("Can you trust it?", "Untested", "", "plain", ("No outcomes to check the churn model against yet",))
    return _surest_tile(model)


def _surest_tile(model: ModelFacts) -> Tile:
    """Say what came true for the group that the model was surest about."""
    said, came, count = model.reliability[-1]
    outcome = f"of the {number(count)} we were surest about did not order again; we had said {in_a_hundred(said)}"
    notes = (outcome, "Tested on a later period than it learned from", verdict(model)[0])
    return Tile("Can you trust it?", in_a_hundred(came), "of 100", "plain", notes)
