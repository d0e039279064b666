"""A model as files in safe formats: LightGBM's text, skops for scikit-learn, JSON for the rest; never a pickle."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import lightgbm as lgb
import skops.io
from sklearn.pipeline import Pipeline

from features.vocabulary import Vocabulary
from models.clusters.model import Clusters
from models.linear import Linear
from models.model import Calibration, Card, Model, Searched
from models.monitoring.reference import Reference
from models.orders.foresight import Foresight
from models.orders.next_order import NextOrder
from models.orders.translation import Translation
from models.tasks import Task
from models.trees import Growth, Trees
from pipeline.errors import FeatureError, ModelError

CARD, TREES, CLUSTERS, REFERENCE = "card.json", "trees.txt", "clusters.json", "reference.json"
NEXT_ORDER = "next_order"
LINEAR = ("linear.skops", "amount.skops")  # a probability has the first; an amount, its chance and how much
FORMAT = 1
TRUSTED = ("numpy.dtype", "sklearn._loss.loss.HalfGammaLoss")  # beyond what skops trusts by itself
T = TypeVar("T")


def save_model(folder: Path, model: Model, about: Mapping[str, Any], reference: Reference | None = None) -> None:
    """Write the model into an empty folder; `about` joins the card: snapshot, code version, figures.

    The `reference` that later nights are compared with lies beside it.
    """
    if reference is not None:
        (folder / REFERENCE).write_text(json.dumps(reference.as_dict()), encoding="utf-8")
    if model.trees is not None:
        model.trees.booster.save_model(folder / TREES)
    for part, name in zip(model.linear, LINEAR, strict=False):
        skops.io.dump(part.pipeline, folder / name)
    foresight = model.trees.foresight if model.trees else None
    card = {
        "task": model.task.as_dict(),
        "tree_columns": model.trees.columns if model.trees else (),
        "foresight": foresight.as_dict() if foresight else None,
        "linear_columns": [part.columns for part in model.linear],
        "calibration": asdict(model.calibration),
        "translation": model.translation.as_dict() if model.translation else None,
        "training": {**asdict(model.card), "vocabulary": model.card.vocabulary.as_dict()},
    }
    write_card(folder, {**about, **card})


def load_model(folder: Path) -> Model:
    """Read a model back; a missing, changed or foreign file is a ModelError."""
    return loaded(folder, _model)


def load_reference(folder: Path) -> Reference | None:
    """Read what a model's later nights are compared with; None of a model that was trained before there was one."""
    return loaded(folder, _reference)


def save_clusters(folder: Path, clusters: Clusters, about: Mapping[str, Any]) -> None:
    """Write clusters into an empty folder."""
    (folder / CLUSTERS).write_text(json.dumps(clusters.as_dict()), encoding="utf-8")
    write_card(folder, {**about, **clusters.card})


def load_clusters(folder: Path) -> Clusters:
    """Read clusters back; a missing, changed or foreign file is a ModelError."""
    return loaded(folder, lambda read, _: _clusters(read))


def save_next_order(folder: Path, fitted: NextOrder, about: Mapping[str, Any]) -> None:
    """Write how customers wait into an empty folder."""
    write_card(folder, {**about, NEXT_ORDER: fitted.as_dict()})


def load_next_order(folder: Path) -> NextOrder:
    """Read it back; a missing, changed or foreign file is a ModelError."""
    return loaded(folder, lambda _, card: NextOrder.from_dict(card[NEXT_ORDER]))


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card, once every file that it names is found unchanged."""
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        changed = [name for name, sha in card["files"].items() if _sha256(folder / name) != sha]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(folder, str(error)) from error
    if changed or card.get("format") != FORMAT:
        raise _unreadable(folder, f"{', '.join(changed)} changed" if changed else f"format {card.get('format')}")
    return card


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write the card last of all, with the digests of the files that lie beside it."""
    files = {path.name: _sha256(path) for path in sorted(folder.iterdir())}
    text = json.dumps({**card, "format": FORMAT, "files": files}, indent=2, default=_plain)
    (folder / CARD).write_text(text, encoding="utf-8")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"A card holds plain values, got {value!r}.")


def loaded(folder: Path, read: Callable[[Path, dict[str, Any]], T]) -> T:
    """Return what `read` makes of a folder and its card; what it cannot read is a ModelError."""
    card = read_card(folder)
    try:
        return read(folder, card)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        FeatureError,
        lgb.basic.LightGBMError,
        skops.io.exceptions.UntrustedTypesFoundException,
    ) as error:
        raise _unreadable(folder, str(error)) from error


def _model(folder: Path, card: dict[str, Any]) -> Model:
    task, training = card["task"], card["training"]
    if "vocabulary" not in training:
        raise ModelError(
            f"The {task['name']} model was trained before models kept the vocabulary of their features. Train again."
        )
    return Model(
        task=Task.from_dict(task),
        trees=_trees(folder, card),
        linear=tuple(
            Linear(tuple(columns), _pipeline(folder / name))
            for columns, name in zip(card["linear_columns"], LINEAR, strict=False)
        ),
        calibration=Calibration(**card["calibration"]),
        card=Card(
            **{
                **training,
                "trained_as_of": datetime.fromisoformat(training["trained_as_of"]),
                "cut_offs": tuple(datetime.fromisoformat(moment) for moment in training["cut_offs"]),
                "vocabulary": Vocabulary.from_dict(training["vocabulary"]),
                "searched": _searched(training.get("searched")),
            },
        ),
        translation=Translation.from_dict(told) if (told := card.get("translation")) else None,
    )


def _reference(folder: Path, card: Mapping[str, Any]) -> Reference | None:
    if REFERENCE not in card["files"]:
        return None
    return Reference.from_dict(json.loads((folder / REFERENCE).read_text(encoding="utf-8")))


def _clusters(folder: Path) -> Clusters:
    return Clusters.from_dict(json.loads((folder / CLUSTERS).read_text(encoding="utf-8")))


def _searched(told: Mapping[str, Any] | None) -> Searched | None:
    return Searched(**{**told, "growth": Growth(**told["growth"])}) if told else None


def _trees(folder: Path, card: dict[str, Any]) -> Trees | None:
    if TREES not in card["files"]:
        return None
    foresight = Foresight.from_dict(told) if (told := card.get("foresight")) else None
    return Trees(tuple(card["tree_columns"]), lgb.Booster(model_file=folder / TREES), foresight)


def _pipeline(path: Path) -> Pipeline:
    """Load a pipeline with no other types than those that skops and this module trust."""
    return skops.io.load(path, trusted=list(TRUSTED))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unreadable(folder: Path, got: str) -> ModelError:
    return ModelError(
        f"Expected a model of this version in {folder}, got {got}. Train again, or roll back to an earlier version.",
    )
