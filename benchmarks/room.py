"""How much room a model has: how well the truth itself orders customers, beside simple rules that any shop can compute.

`python -m benchmarks.room [--json] [--customers N] [--seed N]`; needs no data. Two simulated logs are cut 90 days
before their end; judged are customers with an order in the 365 days before, by what they did after. `truth` knows each
customer's hidden state, `best` is the best possible prediction from the log (of the textbook process alone, where it is
a formula), `recency` ranks by the last order, `frequency` by the orders of the last year.

The keys: by process, `n` customers judged; for `churn`, `purchase` and `purchase_30d` the share of customers for whom
it came true and `{truth,best,recency,frequency}_auc`, each with its 95 % interval (`_low`, `_high`), and how far a
ceiling is above a rule, `{truth,best}_over_{recency,frequency}`; for `spend` of `truth`, `best` and `last_year` the
correlation with what was spent (`_pearson`, and of ranks, `_spearman`), the `_gini`, and predicted over actual total.
Churn and purchase within the same 90 days mirror each other, so that their AUCs are equal.
"""

import argparse
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.judged import CUT_OFF, END, START, Judged, Simulated, judge
from models.judging.bootstrap import RESAMPLES, Difference, ranking_difference
from models.judging.evaluation import evaluate
from models.link import Floats
from models.tasks import TaskKind
from pipeline.shop.simulate import simulate
from pipeline.shop.textbook.simulate import simulate_textbook
from pipeline.shop.truth import truth

HORIZON, SHORT_HORIZON = HORIZONS = timedelta(days=90), timedelta(days=30)
CEILINGS, RULES = ("truth", "best"), ("recency", "frequency")
SPEND_RULES = (*CEILINGS, "last_year")
CORRELATIONS = ("pearson", "spearman", "gini", "total_ratio")


def main() -> None:
    """Measure and print tables, or with `--json` one object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.room", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one object instead of tables")
    parser.add_argument("--customers", type=int, default=20_000, help="of each process")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = measure(options.customers, options.seed)
    if options.json:
        print(json.dumps(figures))
        return
    for name in PROCESSES:
        print(table(name, figures[name]), end="\n\n")


def measure(customers: int, seed: int, *, resamples: int = RESAMPLES) -> dict[str, Any]:
    """Return the room in each process that is simulated with so many customers."""
    rooms = {name: room(process(customers, seed), seed, resamples) for name, process in PROCESSES.items()}
    return {**rooms, "customers": customers, "seed": seed, "horizon_days": HORIZON.days}


def textbook(customers: int, seed: int) -> Simulated:
    """Simulate the textbook process."""
    simulated = simulate_textbook(customers, START, END, seed, truth_at=(CUT_OFF,), horizons=HORIZONS)
    return Simulated(simulated.events, simulated.truth)


def shop(customers: int, seed: int) -> Simulated:
    """Simulate the shop of many kinds of behaviour, whose best prediction from the log nobody knows."""
    events = simulate(customers, START, END, seed).events
    truths = [truth(customers, START, END, seed, moment=CUT_OFF, horizon=horizon) for horizon in HORIZONS]
    return Simulated(events, pa.concat_tables(truths))


PROCESSES: dict[str, Callable[[int, int], Simulated]] = {"textbook": textbook, "shop": shop}


def room(simulated: Simulated, seed: int, resamples: int) -> dict[str, Any]:
    """Return one process's figures by task."""
    judged, soon = judge(simulated, HORIZON), judge(simulated, SHORT_HORIZON)
    within_90_days = _auc_figures(judged, seed, resamples)
    return {
        "n": len(judged.ordered),
        "churn": {"share": round(1 - float(judged.ordered.mean()), 4), **within_90_days},
        "purchase": {"share": round(float(judged.ordered.mean()), 4), **within_90_days},
        "purchase_30d": {"share": round(float(soon.ordered.mean()), 4), **_auc_figures(soon, seed, resamples)},
        "spend": _spend_figures(judged),
    }


def _auc_figures(judged: Judged, seed: int, resamples: int) -> dict[str, Any]:
    """Return each score's AUC, and how far the ceilings are above the rules, all from the same draws of customers."""

    def above(first: Floats, second: Floats) -> Difference:
        actual, kind = judged.ordered, TaskKind.PROBABILITY
        return ranking_difference(first, second, actual, judged.customer_id, kind, seed=seed, resamples=resamples)

    coin = np.zeros(len(judged.ordered))  # one score for everybody: its AUC is a half in every draw
    figures: dict[str, Any] = {}
    for name, scores in judged.purchase.items():
        over = above(scores, coin)
        ends = {"auc": over.difference, "low": over.low, "high": over.high}
        figures |= {f"{name}_{end}": round(0.5 + value, 4) for end, value in ends.items()}
    for ceiling in (name for name in CEILINGS if name in judged.purchase):
        for rule in RULES:
            over = above(judged.purchase[ceiling], judged.purchase[rule])
            figures[f"{ceiling}_over_{rule}"] = {name: round(value, 4) for name, value in over.to_json().items()}
    return figures


def _spend_figures(judged: Judged) -> dict[str, float]:
    figures: dict[str, float] = {}
    for name, predicted in judged.spend.items():
        metrics = {"pearson": np.corrcoef(predicted, judged.spent)[0, 1]}
        metrics |= evaluate(predicted, judged.spent, TaskKind.AMOUNT)
        figures |= {f"{name}_{key}": round(float(metrics[key]), 4) for key in CORRELATIONS}
    return figures


def table(name: str, figures: dict[str, Any]) -> str:
    """Return one process's figures for a person."""
    lines = [f"{name}, {figures['n']:,} customers with an order in the last year"]
    for task in ("churn", "purchase", "purchase_30d"):
        lines.append(f"  {task}, {figures[task]['share']:.1%}: AUC")
        for scores in (*CEILINGS, *RULES):
            if f"{scores}_auc" in figures[task]:
                auc, low, high = (figures[task][f"{scores}_{end}"] for end in ("auc", "low", "high"))
                lines.append(f"    {scores:<10} {auc:.3f}  [{low:.3f}, {high:.3f}]")
    lines.append("  spend:   Pearson  Spearman  Gini  predicted/actual")
    for scores in SPEND_RULES:
        if f"{scores}_gini" in figures["spend"]:
            of = [figures["spend"][f"{scores}_{end}"] for end in CORRELATIONS]
            lines.append(f"    {scores:<10}" + "  ".join(f"{value:.3f}" for value in of))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
