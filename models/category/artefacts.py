"""A model of the next category as files in safe formats: LightGBM's text for the trees, JSON for the rest."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import lightgbm as lgb

from features.vocabulary import Vocabulary
from models.artefacts import TREES, loaded, write_card
from models.category.linear import PairLinear
from models.category.model import CategoryCard, CategoryModel
from models.category.pairs import COLUMNS, candidates
from models.model import Calibration
from models.tasks import Task


def save_category(folder: Path, model: CategoryModel, about: Mapping[str, Any]) -> None:
    """Write the model into an empty folder; `about` joins the card: snapshot, code version, figures."""
    if model.trees is not None:
        model.trees.save_model(folder / TREES)
    told = model.card
    card = {
        **about,
        "task": model.task.as_dict(),
        "columns": model.columns,
        "linear": asdict(model.linear),
        "calibration": asdict(model.calibration),
        "trained": {  # not "training", by which the page of a task's model is known
            **asdict(told),
            "vocabulary": told.vocabulary.as_dict(),
        },
    }
    write_card(folder, card)


def load_category(folder: Path) -> CategoryModel:
    """Read a model back; a missing, changed or foreign file, or one that reads other columns, is a ModelError."""
    return loaded(folder, _model)


def _model(folder: Path, card: Mapping[str, Any]) -> CategoryModel:
    linear = _linear(card["linear"])
    unknown = [name for name in (*card["columns"], *linear.columns) if name not in COLUMNS]
    if unknown:
        raise ValueError(f"columns that are not known here: {', '.join(unknown)}")
    trained = _trained(card["trained"])
    return CategoryModel(
        task=Task.from_dict(card["task"]),
        among=candidates(trained.vocabulary),
        columns=tuple(card["columns"]),
        trees=lgb.Booster(model_file=folder / TREES) if TREES in card["files"] else None,
        linear=linear,
        calibration=Calibration(**card["calibration"]),
        card=trained,
    )


def _linear(told: Mapping[str, Any]) -> PairLinear:
    lists = {name: tuple(numbers) for name, numbers in told.items() if name != "intercept"}
    return PairLinear(**lists, intercept=told["intercept"])


def _trained(told: Mapping[str, Any]) -> CategoryCard:
    return CategoryCard(
        **{
            **told,
            "trained_as_of": datetime.fromisoformat(told["trained_as_of"]),
            "cut_offs": tuple(datetime.fromisoformat(moment) for moment in told["cut_offs"]),
            "vocabulary": Vocabulary.from_dict(told["vocabulary"]),
        }
    )
