"""What `segcast backtest` prints for a person: the figures beside the rules', by tenths and by kinds of customers."""

from collections.abc import Mapping
from typing import Any

from flows.cli.printing import print_table, shown

SHOWN = ("roc_auc", "average_precision", "log_loss", "brier", "ece", "lift_top_decile")
SHOWN_OF_AMOUNTS = ("mean_actual", "mae", "spearman", "gini", "total_ratio", "captured_top_decile")
TEXTS = ("who", "rule")

Figures = Mapping[str, Any]


def print_backtest(figures: Figures) -> None:
    """Print a model's figures above the rules', and the differences with their intervals."""
    ranking = "auc" if "auc_difference" in figures else "gini"
    named = SHOWN if ranking == "auc" else SHOWN_OF_AMOUNTS
    rows = [("model", figures), *figures["baselines"].items(), *_of_champion(figures, "champion")]
    body = [(name, *(row[figure] for figure in named)) for name, row in rows]
    print_table(_title(figures), ("", *named), body, numbers=named)
    against = [*figures[f"{ranking}_difference"].items(), *_of_champion(figures, "ranking_difference")]
    gaps = [(name, gap["difference"], gap["low"], gap["high"]) for name, gap in against]
    header = ("model minus", f"{ranking} difference", "95 % from", "to")
    print_table("Better than a simple rule?", header, gaps, numbers=header[1:])


def print_deciles(figures: Figures) -> None:
    """Print a row for each tenth of the customers, the highest predictions first."""
    header = ("decile", "n", "predicted", "observed", "95 % from", "to", "lift", "captured_share_so_far")
    rows = [_tenth(tenth) for tenth in figures["deciles"]]
    print_table("By tenths, the highest predictions first", header, rows, numbers=header)


def print_slices(figures: Figures) -> None:
    """Print a row for each kind of customer with enough of them, beside the better simple rule among them."""
    ranking, level = ("roc_auc", "ece") if "auc_difference" in figures else ("gini", "total_ratio")
    header = ("who", "customers", ranking, "95 %", level, "rule", f"its {ranking}", "difference", "95 % from", "to")
    rows = [
        (
            *(part["title"], part["customers"], part[ranking], _ends(part["intervals"][ranking]), part[level]),
            *(part["rule"], part["rule_metrics"][ranking]),
            *(part["difference"][name] for name in ("difference", "low", "high")),
        )
        for part in figures["slices"]
    ]
    print_table("For whom it is good", header, rows, numbers=tuple(name for name in header if name not in TEXTS))


def _title(figures: Figures) -> str:
    title = f"{figures['task']}, {figures['horizon_days']:g} days, {figures['n']:,} customers"
    if "base_rate" in figures:
        title += f", base rate {figures['base_rate']:.3f}"
    if "expected_share" in figures:
        low, high = figures["expected_share_low"], figures["expected_share_high"]
        title += f", expected {figures['expected_share']:.3f} ({low:.3f} to {high:.3f})"
    return title


def _of_champion(figures: Figures, what: str) -> list[tuple[str, Figures]]:
    """Return a row of the champion's, none where there is no fair comparison."""
    met = figures.get("champion")
    return [("champion", met[what])] if met else []


def _tenth(tenth: Figures) -> tuple[object, ...]:
    ends = tenth["intervals"].get("observed", {})
    first = (tenth[name] for name in ("decile", "n", "predicted", "observed"))
    return (*first, ends.get("low"), ends.get("high"), tenth["lift"], tenth["captured_share_so_far"])


def _ends(interval: Figures) -> str:
    return f"{shown(interval['low'])} to {shown(interval['high'])}"
