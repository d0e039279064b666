import hashlib
import json
import os
import pickle
import pickletools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import skops.io
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from features.vocabulary import Vocabulary
from models.artefacts import load_model, load_reference, save_model
from models.examples import Examples
from models.model import Model
from models.monitoring.reference import reference_of
from pipeline.errors import ModelError


@pytest.mark.parametrize("kind", ["churn", "spend"])
def test_a_model_read_back_predicts_exactly_the_same(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, past: Examples
) -> None:
    model: Model = request.getfixturevalue(kind)
    save_model(tmp_path, model, {})
    again = load_model(tmp_path)
    assert np.array_equal(again.predict(past.matrix), model.predict(past.matrix))
    assert (again.task, again.card, again.features) == (model.task, model.card, model.features)


def test_a_model_keeps_the_vocabulary_of_its_features(churn: Model, tmp_path: Path) -> None:
    shop = Vocabulary(
        ("order_placed", "product_viewed"), {"category": ("boots",)}, (5.0, 9.5), traits={"plan": ("gold",)}
    )
    save_model(tmp_path, replace(churn, card=replace(churn.card, vocabulary=shop)), {})
    assert load_model(tmp_path).card.vocabulary == shop


def test_a_model_from_before_vocabularies_is_to_be_trained_again(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    del card["training"]["vocabulary"]
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match=r"churn model was trained before .* Train again\."):
        load_model(tmp_path)


def test_a_vocabulary_of_another_version_is_one_sentence(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    card["training"]["vocabulary"]["smells"] = ["lavender"]
    (tmp_path / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="Expected a model of this version"):
        load_model(tmp_path)


def test_the_files_hold_no_pickle(spend: Model, tmp_path: Path) -> None:
    save_model(tmp_path, spend, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "amount.skops",
        "card.json",
        "linear.skops",
        "trees.txt",
    ]
    for content in _contents(tmp_path):
        assert not _is_pickle(content)


def test_a_pickle_in_the_place_of_a_file_is_refused_and_not_run(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    mark = tmp_path / "run"
    with zipfile.ZipFile(tmp_path / "linear.skops", "w") as archive:
        archive.writestr("schema.json", pickle.dumps(Touches(mark)).decode("latin-1"))
    _sign(tmp_path, "linear.skops")
    with pytest.raises(ModelError, match="Expected a model of this version"):
        load_model(tmp_path)
    assert not mark.exists()


def test_a_function_smuggled_into_a_pipeline_is_refused_and_not_run(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    skops.io.dump(Pipeline([("smuggled", FunctionTransformer(func=os.getcwd))]), tmp_path / "linear.skops")
    _sign(tmp_path, "linear.skops")
    with pytest.raises(ModelError, match="Untrusted types"):
        load_model(tmp_path)


@pytest.mark.parametrize("damage", ["missing", "changed", "card", "format"])
def test_a_damaged_artefact_is_one_sentence(damage: str, churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    card = tmp_path / "card.json"
    match damage:
        case "missing":
            (tmp_path / "linear.skops").unlink()
        case "changed":
            (tmp_path / "trees.txt").write_text("tree\n", encoding="utf-8")
        case "card":
            card.write_text("{", encoding="utf-8")
        case _:
            card.write_text(json.dumps({**json.loads(card.read_text(encoding="utf-8")), "format": 0}), encoding="utf-8")
    with pytest.raises(ModelError, match="Expected a model of this version"):
        load_model(tmp_path)


@dataclass(frozen=True)
class Touches:
    """An object whose pickle leaves a file behind when it is read."""

    mark: Path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def _sign(folder: Path, name: str) -> None:
    """Say in the card that the file is the right one, as one would who may write there."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    card["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")


def _contents(folder: Path) -> Iterator[bytes]:
    for path in folder.iterdir():
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from (archive.read(name) for name in archive.namelist())
        else:
            yield path.read_bytes()


def _is_pickle(content: bytes) -> bool:
    try:
        operations = [operation.name for operation, _, _ in pickletools.genops(content)]
    except ValueError:
        return False
    return operations[:1] == ["PROTO"]


def test_what_later_nights_are_compared_with_lies_beside_the_model(
    churn: Model, past: Examples, tmp_path: Path
) -> None:
    reference = reference_of(churn, past.matrix, np.ones(len(past), dtype=np.bool_))
    save_model(tmp_path, churn, {}, reference)
    assert load_reference(tmp_path) == reference
    assert load_model(tmp_path).features == churn.features


def test_a_model_from_before_references_has_none(churn: Model, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {})
    assert load_reference(tmp_path) is None


def test_a_reference_that_was_changed_is_one_sentence(churn: Model, past: Examples, tmp_path: Path) -> None:
    save_model(tmp_path, churn, {}, reference_of(churn, past.matrix, np.ones(len(past), dtype=np.bool_)))
    (tmp_path / "reference.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"reference\.json changed"):
        load_reference(tmp_path)
