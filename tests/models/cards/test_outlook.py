import json
from dataclasses import replace

import numpy as np
import pytest

from models.cards.expects import best_list, level
from models.cards.outlook import outlook
from models.examples import Examples
from models.model import Model
from models.money import Aim, economics
from models.money import best_list as best_of
from tests.models.shop import AS_OF

STATED = economics(margin=0.4, contact_cost=0.2, offer_cost=0.1, save_rate=0.2)


def looked(model, past, population, money=STATED):
    return outlook(model, past, population, as_of=AS_OF, economics=money, currency="EUR")


def test_a_model_says_how_many_it_expects_and_whom_it_pays_to_contact(churn: Model, past: Examples):
    population = past.at(churn.card.cut_offs[-1]).matrix
    ahead = looked(churn, past, population)
    predicted = churn.predict(population)
    assert ahead.level.share == pytest.approx(predicted.mean())
    worth = population.column("revenue_365d") * 90 / 365
    assert ahead.money.best == best_of(predicted, worth, STATED, Aim.KEEP)
    told = json.loads(json.dumps(ahead.to_json()))
    assert told["money"]["assumptions"] == {
        "margin": 0.4,
        "contact_cost": 0.2,
        "offer_cost": 0.1,
        "save_rate": 0.2,
    }
    assert told["money"]["assumed"] == []
    assert 0 < told["money"]["size"] < len(population)
    positives = told["money"]["true_positives"]
    assert positives + told["money"]["false_positives"] == pytest.approx(told["money"]["size"])


def test_what_the_shop_did_not_state_is_named(churn: Model, past: Examples):
    ahead = looked(churn, past, past.at(churn.card.cut_offs[-1]).matrix, economics(margin=0.4))
    card = {"outlook": ahead.to_json()}
    facts = dict(best_list(card))
    assert facts["Cost of a contact"] == "0.05, assumed"
    assert facts["Margin, the share of a price that is left after the goods"] == "0.4"
    assert facts["Expected profit"].endswith(" EUR")
    assert "Of them who would leave" in facts


def test_an_amount_has_neither(spend: Model, past: Examples):
    ahead = looked(spend, past, past.at(past.matrix.cut_offs[-1]).matrix)
    assert ahead is None
    card = {"outlook": None}
    assert level(card) == ""
    assert list(best_list(card)) == []


def test_a_shop_without_orders_has_no_list(churn: Model, past: Examples):
    population = past.at(churn.card.cut_offs[-1]).matrix
    values = population.values.copy()
    values[:, population.names.index("revenue_365d")] = np.nan
    assert looked(churn, past, replace(population, values=values)).money is None


def test_of_nobody_nothing_is_said(churn: Model, past: Examples):
    nobody = past.matrix.where(np.zeros(len(past), dtype=bool))
    assert looked(churn, past, nobody) is None


def test_the_level_is_a_sentence_that_says_whether_the_season_was_seen(churn: Model, past: Examples):
    population = past.at(churn.card.cut_offs[-1]).matrix
    young = replace(churn, card=replace(churn.card, season_shift=None))
    said = level({"outlook": looked(young, past, population).to_json()})
    assert said.startswith(f"Of {len(population):,} customers on 2026-09-01 it expects it to come true for ")
    assert said.endswith("The season to come was never seen, and the interval is wider for it.")
    grown = replace(churn, card=replace(churn.card, season_shift=0.1))
    assert level({"outlook": looked(grown, past, population).to_json()}).endswith("a year before was learned from.")


def test_a_list_on_which_nobody_stands_says_so(churn: Model, past: Examples):
    dear = economics(margin=0.4, contact_cost=1e6, offer_cost=0.0, save_rate=0.2)
    ahead = looked(churn, past, past.at(churn.card.cut_offs[-1]).matrix, dear)
    facts = dict(best_list({"outlook": ahead.to_json()}))
    assert (facts["From a chance of"], facts["Customers on it"]) == ("nobody", "0")
