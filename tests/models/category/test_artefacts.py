import json

import numpy as np
import pytest

from models.category.artefacts import load_category, save_category
from models.category.model import CATEGORY
from models.category.training import train_category
from pipeline.errors import ModelError
from tests.models.category_shop import VOCABULARY, category_shop, matrix_at, moments
from tests.models.shop import AS_OF


@pytest.fixture(scope="module")
def model():
    return train_category(CATEGORY, category_shop(800, moments(2)), as_of=AS_OF, seed=0, vocabulary=VOCABULARY)


@pytest.fixture
def folder(model, tmp_path):
    save_category(tmp_path, model, {"data_snapshot": 3})
    return tmp_path


def test_a_model_read_back_is_the_same(model, folder):
    again, matrix = load_category(folder), matrix_at(AS_OF, 100, seed=4)
    assert np.array_equal(again.predict(matrix), model.predict(matrix))
    assert (again.task, again.card, again.among, again.linear) == (model.task, model.card, model.among, model.linear)


def test_a_thin_model_has_no_trees_to_write(tmp_path):
    thin = train_category(CATEGORY, category_shop(200, moments(2)), as_of=AS_OF, seed=0, vocabulary=VOCABULARY)
    save_category(tmp_path, thin, {})
    assert {path.name for path in tmp_path.iterdir()} == {"card.json"}
    assert load_category(tmp_path).trees is None


def test_files_are_text_and_the_card_tells_where_the_model_comes_from(folder):
    assert {path.name for path in folder.iterdir()} == {"card.json", "trees.txt"}
    assert (folder / "trees.txt").read_text(encoding="utf-8").startswith("tree")
    assert json.loads((folder / "card.json").read_text(encoding="utf-8"))["data_snapshot"] == 3


def test_a_changed_file_is_refused(folder):
    with (folder / "trees.txt").open("a", encoding="utf-8") as trees:
        trees.write("more")
    with pytest.raises(ModelError, match=r"trees\.txt changed"):
        load_category(folder)


@pytest.mark.parametrize("broken", [{"columns": ["shoe_size"]}, {"linear": {}}, {"trained": {}}])
def test_a_card_that_says_what_is_not_known_here_is_refused(folder, broken):
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps({**card, **broken}), encoding="utf-8")
    with pytest.raises(ModelError, match="Train again"):
        load_category(folder)
