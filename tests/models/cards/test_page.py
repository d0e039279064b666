import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from models.artefacts import read_card
from models.cards.outlook import outlook
from models.cards.page import between, card_page, difference, figure
from models.cards.words import limits, question
from models.judging.backtest import rolling_backtest
from models.judging.gate import decide
from models.money import economics
from models.registry import Made, Registry
from tests.models.shop import CHURN, SPEND, START, cut_offs, shop


class Parsed(HTMLParser):
    """Which tags are left open, and every address that a page would fetch."""

    def __init__(self, page):
        super().__init__()
        self.opened, self.fetched = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.fetched += [value for name, value in attrs if name in {"src", "href", "srcset", "data"}]
        if tag != "meta":
            self.opened.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag


@pytest.fixture(scope="module", params=["churn", "spend"])
def card(request, tmp_path_factory, past):
    task = {"churn": CHURN, "spend": SPEND}[request.param]
    folder = tmp_path_factory.mktemp("cards")
    judged = rolling_backtest(task, shop(900, cut_offs(5), task=task), seed=0, later=2, resamples=30)
    verdict = decide(judged, None, start_of_log=START, seed=0)
    registry = Registry(f"sqlite:///{folder}/mlflow.db", folder / "models")
    model = request.getfixturevalue(request.param)
    ahead = outlook(
        model,
        past,
        past.at(past.matrix.cut_offs[-1]).matrix,
        as_of=max(past.matrix.cut_offs),
        economics=economics(),
        currency="EUR",
    )
    return read_card(registry.register(model, Made(7, "0.1.0"), judged, verdict, ahead).folder)


def test_the_page_is_whole_and_fetches_nothing(card):
    page = card_page(card, version=3)
    parsed = Parsed(page)
    assert parsed.opened == []
    assert parsed.fetched == []
    assert "<script" not in page
    assert "url(" not in page


def test_the_page_says_what_and_how_good_and_from_what(card):
    page = card_page(card, version=3)
    assert f"<h1>{card['task']['name']}, version 3" in page
    for reason in card["verdict"]["reasons"]:
        assert reason.replace("'", "&#39;") in page
    for heading in (
        "How good it is",
        "By tenths",
        "For whom it is good",
        "What it reads",
        "Where it ends",
        "made from",
    ):
        assert heading in page
    assert all(f"<code>{name}</code>" in page for name in card["features"])
    assert all(name.replace("_", " ") in page for name in card["backtest"]["baselines"])


def test_three_plots_hold_a_mark_for_each_group(card):
    page = card_page(card)
    assert len(re.findall("<svg", page)) == 3
    assert len(re.findall("<circle", page)) == len(card["backtest"]["reliability"])
    assert len(re.findall("<rect", page)) == len(card["backtest"]["distribution"])
    assert len(re.search(r'<polyline[^>]*points="([^"]*)"', page).group(1).split()) == 11


def test_a_probability_tells_its_level_before_and_now_and_its_list(card):
    page = card_page(card)
    told = ("What it expects", "The same at past moments", "The list with the most expected profit")
    assert [words in page for words in told] == [card["task"]["name"] == "churn"] * 3
    for held in card["backtest"]["levels"]:
        assert f"{held['came']:.1%}" in page


def test_slices_and_tenths_show_the_intervals_that_they_have(card):
    (part, *_) = card["backtest"]["slices"]
    figure = "roc_auc" if card["task"]["name"] == "churn" else "gini"
    page = card_page(card)
    assert f"<small>{between(part, figure)}</small>" in page
    tenth = {**card["backtest"]["deciles"][0], "intervals": {"observed": {"low": 0.41, "high": 0.52}}}
    shown = card_page({**card, "backtest": {**card["backtest"], "deciles": [tenth]}})
    assert f"<small>{between(tenth, 'observed', in_per_cent=figure == 'roc_auc')}</small>" in shown


def test_the_same_card_gives_the_same_page(card):
    assert card_page(card) == card_page(json.loads(json.dumps(card)))


def test_a_card_of_an_earlier_version_has_a_shorter_page(card):
    bare = {name: card["backtest"][name] for name in card["backtest"] if name not in LATER}
    later = {"importance", "features", "outlook"}
    old = {name: value for name, value in card.items() if name not in later} | {"backtest": bare}
    old["verdict"] = {"promote": True, "reasons": ["It beats recency."]}
    page = card_page(old)
    assert "By tenths" not in page
    assert "It beats recency." in page
    assert Parsed(page).opened == []


def test_a_model_that_was_never_judged_says_so(card):
    page = card_page({**card, "backtest": {}, "verdict": None})
    assert "not judged" in page
    assert "never held against a later outcome" in page
    assert Parsed(page).opened == []


def test_the_champion_stands_below_the_rules(card):
    champion = {
        "fair": False,
        "rows": 1234,
        "champion": {name: 0.5 for name in card["backtest"] if isinstance(card["backtest"][name], float)},
        "ranking_difference": {"difference": 0.01, "low": -0.02, "high": 0.04},
    }
    page = card_page({**card, "verdict": {**card["verdict"], "champion": champion}})
    assert "the champion before it, on 1,234 rows (not a fair comparison)" in page
    assert "+0.010 (\N{MINUS SIGN}0.020 to +0.040)" in page


def test_limits_name_what_a_reader_must_not_expect(card):
    thin = {**card, "training": {**card["training"], "thin": True, "season_shift": None}}
    said = " ".join(limits(thin))
    assert "a simple model on a few columns" in said
    assert "the same season a year before" in said
    assert "what an offer would change" in said


def test_a_horizon_that_was_carried_over_is_told(card):
    carried = {**card, "training": {**card["training"], "translated_from_days": 90.0}}
    assert "It learned 90 days ahead" in " ".join(limits(carried))


def test_limits_name_the_customers_among_whom_a_rule_does_better(card):
    losing = {
        "title": "one-time buyers",
        "rule": "recency",
        "difference": {"difference": -0.1, "low": -0.2, "high": -0.05},
    }
    said = " ".join(limits({**card, "backtest": {**card["backtest"], "slices": [losing]}}))
    assert "Among one-time buyers the rule recency does better: prefer it there." in said


def test_a_task_without_words_is_asked_in_its_conditions(card):
    asked = question({**card, "task": {**card["task"], "words": ""}})
    assert card["task"]["target"] in asked
    assert card["task"]["population"] in asked


def test_figures_are_written_alike_everywhere():
    assert (figure(0.12345), figure(-0.5), figure(1234.5), figure(None)) == (
        "0.123",
        "\N{MINUS SIGN}0.500",
        "1,234.5",
        "\N{EN DASH}",
    )
    assert difference({"difference": 0.0, "low": None, "high": np.float64(0.2)}) == "+0.000 (\N{EN DASH} to +0.200)"


LATER = ("intervals", "deciles", "distribution", "slices", "calibration_slope", "levels")
