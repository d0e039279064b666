"""Figures for a person: a table in a terminal, and the page of all of them."""

from collections.abc import Iterator, Mapping
from typing import Any

SHOWN = (
    *("roc_auc", "average_precision", "log_loss", "brier", "ece"),
    *("spearman", "pearson", "gini", "mae", "total_ratio"),
)
BOUNDS = {"at_least": "at least", "at_most": "at most"}
HEAD = """# How good the predictions are

Written by `python -m benchmarks.quality --page docs/quality.md`. Every figure is of customers after the moment of
training, with the same code and defaults on every log; simple rules stand beside the model, and the difference has a
95 % interval by resampling customers. Bars were set before; one that is missed is printed like one that is held.
"""


def table(name: str, figures: Mapping[str, Any]) -> str:
    """Return a data set's figures as lines."""
    rules = figures.get("baselines", {})
    title = f"{name}: {figures['about']}; {figures['n']:,} judged"
    shown = [figure for figure in SHOWN if figure in figures]
    rows = [("model", figures), *rules.items()]
    lines = [title, f"{'':<12}" + "".join(f"{figure:>18}" for figure in shown)]
    lines += [f"{label:<12}" + "".join(f"{_number(row.get(figure)):>18}" for figure in shown) for label, row in rows]
    lines += [f"  model minus {rule}: {_gap(gap)}" for rule, gap in _gaps(figures)]
    return "\n".join([*lines, *(f"  {_bar(bar)}" for bar in figures["bars"])])


def page(by_name: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page of all figures, in Markdown."""
    return "\n".join([HEAD, *(_section(name, figures) for name, figures in by_name.items())])


def _section(name: str, figures: Mapping[str, Any]) -> str:
    shown = [figure for figure in SHOWN if figure in figures]
    rows = [("model", figures), *figures.get("baselines", {}).items()]
    body = [f"| {label} | " + " | ".join(_number(row.get(figure)) for figure in shown) + " |" for label, row in rows]
    head = [f"| | {' | '.join(shown)} |", "|---|" + "---|" * len(shown)]
    gaps = [f"- model minus {rule}: {_gap(gap)}" for rule, gap in _gaps(figures)]
    bars = [f"- {_bar(bar)}" for bar in figures["bars"]]
    about = f"{figures['about']}; {figures['n']:,} judged."
    return "\n".join([f"## {name}\n\n{about}\n", *head, *body, "", *gaps, *_ceilings(figures), *bars, ""])


def _ceilings(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield what nobody can rank better than, where a log is simulated."""
    for name, words in (("best", "the best possible from the log"), ("truth", "each customer's hidden truth")):
        if f"below_{name}" in figures:
            yield f"- {words} ranks {figures[f'below_{name}']:.4f} better"


def _gaps(figures: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, float]]]:
    for name in ("auc_difference", "gini_difference"):
        yield from figures.get(name, {}).items()


def _gap(gap: Mapping[str, float]) -> str:
    return f"{gap['difference']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]"


def _bar(bar: Mapping[str, Any]) -> str:
    bounds = " and ".join(f"{words} {bar[name]:g}" for name, words in BOUNDS.items() if name in bar)
    return f"{bar['figure']} {_number(bar['value'])}, {bounds}: {'held' if bar['held'] else 'MISSED'}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4f}"
