"""How well the hidden truth of a simulated shop orders the very customers that a backtest judged."""

from datetime import datetime

import numpy as np
from sklearn.metrics import roc_auc_score

from models.judging.backtest import Backtest
from pipeline.shop.truth import truth


def truth_auc(result: Backtest, customers: int, start: datetime, end: datetime, seed: int) -> dict[str, float]:
    """Return `truth_auc`, and how far the model's AUC lies below it, of a backtest at one cut-off of a simulated shop.

    The shop is that of so many customers from `start` to `end` by `seed`. The truth knows each customer's hidden state
    and so more than any log: nobody can reach it. Rows of whom it does not know are left out of both figures.
    """
    (moment,) = result.cut_offs
    hidden = truth(customers, start, end, seed, moment=moment, horizon=result.task.horizon)
    known = dict(zip(*(hidden[name].to_pylist() for name in ("customer_id", "purchase_probability")), strict=True))
    rows, leaving = result.judged, result.task.target.startswith("never")
    best = np.array([known.get(customer, np.nan) for customer in rows.examples.matrix.customer_id])
    told, sign = ~np.isnan(best), -1 if leaving else 1
    label = rows.examples.label[told]
    reached = float(roc_auc_score(label, sign * best[told]))
    return {"truth_auc": reached, "below_truth": reached - float(roc_auc_score(label, rows.predicted[told]))}
