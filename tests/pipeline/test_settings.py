from datetime import timedelta

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import FeatureSettings, load_settings, parse_duration

SHOP = '[shop]\nname = "Corner shop"\n'


def load(tmp_path, text):
    (tmp_path / "segcast.toml").write_text(text, encoding="utf-8")
    return load_settings(tmp_path)


def test_a_name_is_all_that_a_shop_needs(tmp_path):
    settings = load(tmp_path, SHOP)
    assert (settings.shop.time_zone, settings.shop.currency) == ("UTC", "EUR")
    assert settings.training.every == timedelta(days=30)


def test_a_source_is_chosen_by_its_format(tmp_path):
    text = SHOP + '[[sources]]\nname="a"\nformat="columns"\nfiles="*.csv"\ntable="customers"\ncolumns={email="Mail"}\n'
    assert load(tmp_path, text).sources[0].columns == {"email": "Mail"}


def test_features_know_no_trait_and_the_usual_key_pages_unless_the_shop_says_otherwise(tmp_path):
    assert load(tmp_path, SHOP).features == FeatureSettings(traits=(), key_pages=None)
    told = load(tmp_path, SHOP + "[features]\ntraits = ['plan', 'score']\nkey_pages = []").features
    assert (told.traits, told.key_pages) == (("plan", "score"), ())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SHOP + 'curency = "GBP"', 'there is no setting "shop.curency". Did you mean "currency"?'),
        (SHOP + 'currency = "Euro"', '"shop.currency": '),
        (SHOP + 'time_zone = "Europe/Londn"', 'Did you mean "Europe/London"?'),
        (
            SHOP + "[tasks.churn]\nhorizon = 'soon'",
            '"tasks.churn.horizon": expected a number of days such as "90 days"',
        ),
        (
            SHOP + "[tasks.churn]\nhorizn = '9 days'",
            'there is no setting "tasks.churn.horizn". Did you mean "horizon"?',
        ),
        (SHOP + "[[sources]]\nname='a'\nformat='columns'\nfils='*'", 'there is no setting "sources[1].fils"'),
        (SHOP + "[[sources]]\nname='a'\nformat='columns'\nfiles='*'", 'the setting "sources[1].columns" is required'),
        (SHOP + "[[sources]]\nname='a'\nformat='colums'", 'got "colums". Did you mean "columns"?'),
        (SHOP + "[features]\ntrait = ['plan']", 'there is no setting "features.trait". Did you mean "traits"?'),
        (SHOP + "[features]\ntraits = ['plan', 'Plan']", '"features.traits": expected different words, each once'),
        (SHOP + "[features]\nkey_pages = ['']", '"features.key_pages": expected different words, each once, got ""'),
        ("[shop", "is not valid TOML"),
    ],
)
def test_each_mistake_is_one_sentence_with_its_place(tmp_path, text, sentence):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_settings_says_how_to_begin(tmp_path):
    with pytest.raises(SettingsError, match="Try `segcast init"):
        load_settings(tmp_path)


@pytest.mark.parametrize("text", ["90 days", "90d", " 90 day "])
def test_a_duration_is_whole_days(text):
    assert parse_duration(text) == timedelta(days=90)


@pytest.mark.parametrize("text", ["0 days", "-1 days", "90 hours", "", "ninety", 90, "9999999 days"])
def test_anything_else_is_no_duration(text):
    with pytest.raises(ValueError, match="expected a number of days"):
        parse_duration(text)
