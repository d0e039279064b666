"""Figures that stand alone: who may be lost, whom to contact, whether to believe it, and who will buy."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.edition import Edition
from pipeline.publish.lists import column
from pipeline.publish.report.came_out import newest, surest
from pipeline.publish.report.focus import RULE_AT_RISK, Focus, also_among, by_name, scored_by
from pipeline.publish.report.overview import BEST_CUSTOMERS
from pipeline.publish.report.sparkline import Spark, sparkline
from pipeline.publish.report.whom import Slice, Whom
from pipeline.publish.report.wording import MINUS, Wording, number, sentence
from pipeline.segments.segment import Segment

PREDICTED_BUYERS = "likely_to_buy"
TRUST = "Can you trust it?"
RULES_OF_SILENCE = (RULE_AT_RISK, "lapsed")


@dataclass(frozen=True)
class Tile:
    """One figure: `tone` is risk, good or plain; `notes` are short lines under it."""

    title: str
    figure: str
    unit: str
    tone: str
    notes: tuple[str, ...]
    spark: Spark | None = None
    slices: tuple[Slice, ...] = ()


def tiles(edition: Edition, focus: Focus | None, whom: Sequence[Whom], words: Wording) -> tuple[Tile, ...]:
    """Return the tiles, each saying something else where its prediction is missing."""
    return (
        _focus_tile(edition, focus, words),
        *_contact_tile(focus, whom),
        _trust_tile(edition, words),
        _buyers_tile(edition, words),
    )


def _focus_tile(edition: Edition, focus: Focus | None, words: Wording) -> Tile:
    if focus is None:
        return Tile("Customers", number(len(edition.profiles)), "with an order", "plain", ())
    notes = (_change(edition, focus, words), *_beyond_rules(edition, focus))
    spark = sparkline(edition.record.trend, focus.segment.name, words)
    return Tile(focus.segment.title, number(focus.size), "customers", "risk", notes, spark)


def _contact_tile(focus: Focus | None, whom: Sequence[Whom]) -> tuple[Tile, ...]:
    """Return how many of the opening segment to contact, nothing where that was not decided."""
    if focus is None:
        return ()
    own = next((one for one in whom if one.name == focus.segment.name), None)
    if own is None:
        held = focus.held_out
        note = "Held out at random, so that the effect of a campaign can be measured: send them nothing"
        return (Tile("Leave alone", number(held), "of them", "plain", (note,)),) if held else ()
    return (Tile("To contact", own.contact, f"of {own.members}", "act", (), slices=own.slices),)


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
    spark = sparkline(edition.record.trend, segment.name, words)
    return Tile(segment.title, number(size), "customers", "good", (*_outlook(edition, segment, words), *advice), spark)


def _outlook(edition: Edition, segment: Segment, words: Wording) -> tuple[str, ...]:
    table = edition.profiles.table
    members = pc.is_in(table["customer_id"], edition.memberships.of(segment.name)["customer_id"].combine_chunks())
    spend = pc.sum(column(table, "expected_spend", pa.float64()).filter(members)).as_py()
    days = next((model.horizon_days for model in edition.models if model.task == "spend"), None)
    return (f"{words.money(spend)} expected from them in {days} days",) if spend and days else ()


def _trust_tile(edition: Edition, words: Wording) -> Tile:
    """Say what came true for the group that the model was surest about: as published, else as tested on the past."""
    model = next((model for model in edition.models if model.task == "churn"), None)
    if model is None:
        figure = "Part rules" if edition.models else "Rules only"
        note = "No churn model is in service; every definition is below"
        return Tile(TRUST, figure, "", "plain", (note,))
    past = newest(edition, "churn")
    if past is not None:
        said, came, count = surest(past.reliability)
        note = (
            f"of the {count} whom we called surest on {words.date(past.as_of)} did not order again; we had said {said}%"
        )
        return Tile(TRUST, f"{came}%", "", "plain", (note, "As published then, and as it came out since"))
    if not model.reliability:
        return Tile(TRUST, "Untested", "", "plain", ("No outcomes to check the churn model against yet",))
    said, came, count = surest(model.reliability)
    note = f"of the {count} we were surest about did not order again; we had said {said}%"
    return Tile(TRUST, f"{came}%", "", "plain", (note, "A test on the past: nothing published has come out yet"))
