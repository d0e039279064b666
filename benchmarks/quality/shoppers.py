"""The estimator alone, without our features: sessions of Online Shoppers, who ends in an order, five folds.

`PageValues` is worked out by the shop's analytics with knowledge of the outcome: figures with and without it.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from benchmarks.quality.bars import Bar
from benchmarks.quality.data_sets import BUYS
from features.feature import FeatureColumn
from features.matrix import FeatureMatrix
from models.examples import Examples
from models.fitting import fit_rows
from models.link import Floats
from models.rounds import best_growth
from models.rows import Rows
from models.trees import THREADS, growth_for

FILE = Path("online_shoppers/online_shoppers_intention.csv")
LABEL, KNOWING = "Revenue", "PageValues"
BARS = {"online_shoppers": 0.935, "online_shoppers_without_page_values": 0.785}
FOLDS, SEED = 5, 0


def judged(data: Path) -> dict[str, dict[str, Any]]:
    """Return the figures with and without the column that knows."""
    sessions = pd.read_csv(data / FILE)
    return {
        name: _figures(sessions.drop(columns=[] if name == "online_shoppers" else [KNOWING]), bar)
        for name, bar in BARS.items()
    }


def _figures(sessions: pd.DataFrame, bar: float) -> dict[str, Any]:
    label = sessions[LABEL].to_numpy(float)
    read = pd.get_dummies(sessions.drop(columns=[LABEL])).astype(float)
    predicted = np.empty(len(label))
    for learned, left_out in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(read, label):
        some = Examples(_matrix(read.iloc[learned]), label[learned])
        rows = Rows(BUYS, some, some.label, SEED)
        growth = best_growth(rows, growth_for(len(rows.usable)), THREADS)
        trees = fit_rows(rows, rows.all, growth, THREADS)
        predicted[left_out] = trees.predict(_matrix(read.iloc[left_out]), threads=THREADS)
    figures = _ranking(label, predicted)
    about = "Sessions of a shop's visitors, the estimator alone, five folds"
    return {**figures, "about": about, "bars": [Bar("roc_auc", at_least=bar).held(figures)]}


def _ranking(label: Floats, predicted: Floats) -> dict[str, Any]:
    return {
        "n": len(label),
        "base_rate": float(label.mean()),
        "roc_auc": float(roc_auc_score(label, predicted)),
        "average_precision": float(average_precision_score(label, predicted)),
    }


def _matrix(read: pd.DataFrame) -> FeatureMatrix:
    described = tuple(FeatureColumn(name, "", "", "", "") for name in read.columns)
    moments = np.full(len(read), np.datetime64(0, "us"))
    return FeatureMatrix(read.index.astype(str).to_numpy(), moments, described, np.asfortranarray(read.to_numpy()))
