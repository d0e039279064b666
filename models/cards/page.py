"""A model's card as a page: one HTML file that needs no network, no script and no other file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from models.cards.expects import best_list, level
from models.cards.made import made_from
from models.cards.plots import Block, Dot, blocks, gains_points, reliability_dots
from models.cards.words import (
    FIGURES,
    OF_AMOUNT,
    OF_PROBABILITY,
    Card,
    bar_label,
    is_probability,
    limits,
    question,
    reliability_label,
)

TEMPLATE = "card.html.j2"
MOST_FEATURES = 15
MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


@dataclass(frozen=True)
class Row:
    """One way to predict.

    Its figures in words, each beside its interval or nothing, and the model's AUC or Gini minus its own (empty for the
    model itself).
    """

    name: str
    cells: tuple[tuple[str, str], ...]
    against: str
    own: bool


@dataclass(frozen=True)
class Plots:
    """The marks of the three plots; empty where a card has no figures for one."""

    dots: tuple[Dot, ...]
    highest: float
    gains: str
    bars: tuple[Block, ...]
    last: float


def card_page(card: Card, *, version: int | None = None) -> str:
    """Return the page of a card as `models.artefacts.read_card` gives it; the same card gives the same text.

    A card without figures, or of an earlier version with fewer of them, has a shorter page.
    """
    judged, weights = card["backtest"], card.get("importance", [])
    shown = [name for name in (OF_PROBABILITY if is_probability(card) else OF_AMOUNT) if name in judged]
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            card=card,
            version=version,
            judged=judged,
            probability=is_probability(card),
            question=question(card),
            shown=[FIGURES[name] for name in shown],
            rows=_rows(card, shown) if judged else (),
            plots=_plots(card) if judged else None,
            topics=_topics(weights),
            weights=weights[:MOST_FEATURES],
            features=card.get("features", ()),
            limits=tuple(limits(card)),
            level=level(card),
            best_list=tuple(best_list(card)),
            made_from=tuple(made_from(card)),
            ranking="AUC" if is_probability(card) else "Gini",
            figure="roc_auc" if is_probability(card) else "gini",
        )
    )


def _rows(card: Card, shown: Sequence[str]) -> tuple[Row, ...]:
    """Return the model, the simple rules from the best down, and the champion that it met."""
    judged = card["backtest"]
    ranking = "roc_auc" if is_probability(card) else "gini"
    gaps = judged["auc_difference" if is_probability(card) else "gini_difference"]
    rules = sorted(judged["baselines"].items(), key=lambda rule: -(rule[1][ranking] or 0))
    return (
        Row("this model", _model_cells(judged, shown), "", own=True),
        *(Row(name.replace("_", " "), _cells(of, shown), difference(gaps[name]), own=False) for name, of in rules),
        *_champion(card, shown),
    )


def _champion(card: Card, shown: Sequence[str]) -> Iterable[Row]:
    met = (card.get("verdict") or {}).get("champion")
    if met:
        name = f"the champion before it, on {met['rows']:,} rows{'' if met['fair'] else ' (not a fair comparison)'}"
        yield Row(name, _cells(met["champion"], shown), difference(met["ranking_difference"]), own=False)


def _model_cells(judged: Mapping[str, Any], shown: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((figure(judged[name]), between(judged, name)) for name in shown)


def _cells(figures: Mapping[str, Any], shown: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((figure(figures.get(name)), "") for name in shown)


def between(part: Mapping[str, Any], name: str, *, in_per_cent: bool = False) -> str:
    """Return the interval of a part's figure, as `.650 to .710`; empty where it has none."""
    ends = part.get("intervals", {}).get(name)
    if not ends:
        return ""
    told = share if in_per_cent else figure
    return f"{told(ends['low'])} to {told(ends['high'])}"


def _plots(card: Card) -> Plots:
    judged, probability = card["backtest"], is_probability(card)
    groups, bars = judged["reliability"], judged.get("distribution", [])
    highest = 1.0 if probability else max([*(max(said, came) for said, came, _ in groups), 1e-9])
    return Plots(
        dots=reliability_dots(
            groups, [reliability_label(*group, probability=probability) for group in groups], highest=highest
        ),
        highest=highest,
        gains=gains_points([tenth["captured_share_so_far"] for tenth in judged.get("deciles", [])]),
        bars=blocks([n for _, _, n in bars], [bar_label(*bar, probability=probability) for bar in bars]),
        last=bars[-1][1] if bars else 1.0,
    )


def _topics(weights: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, float], ...]:
    """Return the share of each topic, the weightiest first."""
    shares: dict[str, float] = {}
    for weight in weights:
        shares[weight["topic"]] = shares.get(weight["topic"], 0.0) + weight["share"]
    return tuple(sorted(shares.items(), key=lambda topic: -topic[1]))


def figure(value: float | None) -> str:
    """Return a figure with three decimals, a large one with fewer; a dash where there is none."""
    if value is None:
        return DASH
    size = f"{abs(value):,.3f}" if abs(value) < 10 else f"{abs(value):,.1f}"  # noqa: PLR2004 - an amount
    return f"{MINUS}{size}" if value < 0 else size


def difference(gap: Mapping[str, float | None]) -> str:
    """Return a difference with its interval, as `+.021 (+.003 to +.040)`."""
    value, low, high = (_signed(gap[name]) for name in ("difference", "low", "high"))
    return f"{value} ({low} to {high})"


def share(value: float | None) -> str:
    """Return a share in per cent with one decimal."""
    return DASH if value is None else f"{value:.1%}"


def _signed(value: float | None) -> str:
    if value is None:
        return DASH
    return f"{'+' if value >= 0 else MINUS}{abs(value):.3f}"


def _environment() -> Environment:
    """Return a Jinja environment that escapes everything and refuses a name that it does not know."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"figure": figure, "share": share, "difference": difference, "between": between}
    return environment
