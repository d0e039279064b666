"""The segment that the page opens with: who may be lost, by prediction or, without one, by rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.changes import Change
from pipeline.publish.edition import Edition
from pipeline.publish.lists import REASONS, column, member_table
from pipeline.publish.report.action import Action, actions, without_audience
from pipeline.publish.report.wording import Wording, chance, count_of
from pipeline.segments.segment import Segment

SHOWN, FIRST = 20, 8
"""So many members are on the page, and so many of them in sight from the start."""
PREDICTED_AT_RISK = "predicted_at_risk"
RULE_AT_RISK = "at_risk"
DEFAULT_HORIZON_DAYS = 90


@dataclass(frozen=True)
class Row:
    """One customer as the page shows them; `probability` is None where a rule decided, `weight` is within the list."""

    customer: str
    also_in: tuple[str, ...]
    probability: float | None
    chance: str
    band: str
    money: str
    weight: float
    reasons: tuple[str, ...]
    since: str
    new: bool
    action: Action


@dataclass(frozen=True)
class Focus:
    """The members who matter most, highest amount first, and the totals over all members."""

    segment: Segment
    predicted: bool
    horizon_days: int
    size: int
    total: str
    held_out: int
    change: Change | None
    rows: tuple[Row, ...]

    @property
    def first(self) -> tuple[Row, ...]:
        """Those in sight from the start."""
        return self.rows[:FIRST]

    @property
    def more(self) -> tuple[Row, ...]:
        """Those behind them."""
        return self.rows[FIRST:]


def focus(edition: Edition, since: Mapping[str, Change], words: Wording) -> Focus | None:
    """Return the opening segment, or None when the shop has neither a predicted nor a rule at-risk segment.

    `since` has the changes of each segment.
    """
    segment = scored_by(edition, "churn_probability", PREDICTED_AT_RISK) or by_name(edition, RULE_AT_RISK)
    if segment is None:
        return None
    predicted = edition.score_of(segment) == "churn_probability"
    amounts = "value_at_stake" if predicted else "revenue_365d"
    members = member_table(edition, segment)
    members = members.append_column("amount", column(members, amounts, pa.float64()))
    ranked = members.sort_by([("amount", "descending"), ("customer_id", "ascending")]).slice(0, SHOWN).to_pylist()
    told = actions(edition, segment, [row["customer_id"] for row in ranked])
    highest = max([row["amount"] or 0.0 for row in ranked], default=0.0) or 1.0
    return Focus(
        segment=segment,
        predicted=predicted,
        horizon_days=churn_horizon_days(edition),
        size=members.num_rows,
        total=words.money(pc.sum(members["amount"]).as_py() or 0.0),
        held_out=pc.sum(members["held_out"]).as_py() or 0,
        change=since.get(segment.name),
        rows=tuple(_row(row, highest, told.get(row["customer_id"]), edition, words) for row in ranked),
    )


def scored_by(edition: Edition, prediction: str, preferred: str) -> Segment | None:
    """Return the decided segment that scores its members by `prediction`: the preferred one, else the first."""
    ordered = sorted(edition.decided, key=lambda segment: segment.name != preferred)
    return next((segment for segment in ordered if edition.score_of(segment) == prediction), None)


def also_among(edition: Edition, segment: Segment, *others: str) -> int:
    """Count the members of `segment` who are in any of the `others` too."""
    elsewhere = edition.memberships.table.filter(pc.field("segment").isin(others))["customer_id"]
    return pc.sum(pc.is_in(edition.memberships.of(segment.name)["customer_id"], elsewhere)).as_py() or 0


def churn_horizon_days(edition: Edition) -> int:
    """Return the days that the churn model looks ahead."""
    return next((model.horizon_days for model in edition.models if model.task == "churn"), DEFAULT_HORIZON_DAYS)


def by_name(edition: Edition, name: str) -> Segment | None:
    """Return a decided segment, or None."""
    return next((segment for segment in edition.decided if segment.name == name), None)


def _row(row: Mapping[str, Any], highest: float, action: Action | None, edition: Edition, words: Wording) -> Row:
    titles = {segment.name: segment.title for segment in edition.segments}
    probability = row.get("churn_probability")
    return Row(
        customer=row["customer_id"],
        also_in=tuple(title for name, title in titles.items() if name in (row["also_in"] or ())),
        probability=probability,
        chance=chance(probability),
        band=row["risk_band"] or "",
        money=words.money(row["amount"]),
        weight=(row["amount"] or 0.0) / highest,
        reasons=tuple(row[name] for name in REASONS if row.get(name)) or _facts(row),
        since=words.date(row["since"]),
        new=edition.earlier is not None and row["since"] == edition.as_of,
        action=action or without_audience(held_out=row["held_out"]),
    )


def _facts(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is known of a customer's orders, for want of a model's reasons."""
    silent, orders = row.get("days_since_last_order"), row.get("orders_365d")
    last = None if silent is None else f"Last order {count_of(round(silent), 'day')} ago"
    year = None if orders is None else f"{count_of(round(orders), 'order')} in the last 365 days"
    return tuple(fact for fact in (last, year) if fact)
