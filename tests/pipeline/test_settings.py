from datetime import timedelta

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import FeatureSettings, load_settings, parse_duration
from pipeline.settings.load import settings_line

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
        (SHOP + 'currency = "Euro"', '"shop.currency": expected a currency as three capital letters, such as "EUR"'),
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
        (SHOP + "[training]\ncut_of = 3", 'there is no setting "training.cut_of". Did you mean "cut_offs"?'),
        (SHOP + "[trainig]\nseed = 3", 'there is no setting "trainig". Did you mean "training"?'),
        (SHOP + "[monitoring]\nblok = []", 'there is no setting "monitoring.blok". Did you mean "block"?'),
        (
            SHOP + "[audiences.frequency_cap]\ncontact = 3",
            '"audiences.frequency_cap.contact". Did you mean "contacts"?',
        ),
        (SHOP + "seed = 3", 'there is no setting "shop.seed". It belongs under [training].'),
        (
            SHOP + "[training]\ncut_offs = 0",
            '"training.cut_offs": expected it to be greater than or equal to 1, got 0.',
        ),
        ("shop = 'Corner shop'", '"shop": expected a table, [shop], got'),
        ("[shop", "this is not valid TOML: Expected ']' at the end of a table declaration."),
    ],
)
def test_each_mistake_is_one_sentence_with_its_place(tmp_path, text, sentence):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


SOURCE = "[[sources]]\nname = 'a'\nformat = 'columns'\nfiles = '*'\ncolumns = {}\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (SHOP + "\n[training]\n# how many\ncut_of = 3\n", 6),
        (SHOP + "[features]\ntraits = [\n  'plan',\n  'Plan',\n]\n", 4),
        (SHOP + SOURCE + "\n" + SOURCE.replace("files", "fils"), 12),
        (SHOP + SOURCE + "\n" + SOURCE.replace("files = '*'\n", ""), 9),
        (SHOP + SOURCE.replace("'columns'", "'colums'"), 5),
        (SHOP + SOURCE.replace("columns = {}", "columns = { amount = 3 }"), 7),
        (SHOP + "[[destinations]]\nname = 'a'\nto = 'files'\npath = 'x'\nkep = 2\n", 7),
        (SHOP + "[tasks.churn]\nhorizon = 'soon'\n", 4),
        (SHOP + "tasks.churn.horizon = 'soon'\n", 3),
        ('# the shop\n[shop]\ncurrency = "EUR"\n', 2),
        ('currency = "EUR"\n' + SHOP, 1),
        (SHOP + "time_zone =\n", 3),
        (SHOP + "[features]\ntraits = [\n  'plan',\n\n", 4),
        (SHOP + 'time_zone = """\nEurope\n', 3),
        (SHOP + SHOP, 3),
    ],
)
def test_a_mistake_names_its_line(tmp_path, text, line):
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'segcast.toml'}:{line}: ")


def test_what_is_nowhere_in_the_file_has_no_line(tmp_path):
    with pytest.raises(SettingsError, match=r'segcast\.toml: the setting "shop" is required and missing'):
        load(tmp_path, "[training]\nseed = 3\n")


def test_bytes_that_are_no_text_have_a_line_too(tmp_path):
    (tmp_path / "segcast.toml").write_bytes(b'[shop]\nname = "Caf\xe9"\n')
    with pytest.raises(SettingsError, match=r"segcast\.toml:2: expected text in UTF-8"):
        load_settings(tmp_path)


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    (tmp_path / "segcast.toml").write_text("\ufeff" + SHOP, encoding="utf-8")
    assert load_settings(tmp_path).shop.name == "Corner shop"


def test_a_place_is_named_by_its_line(tmp_path):
    load(tmp_path, SHOP + "[tasks.churn]\nhorizon = '9 days'\n")
    assert settings_line(tmp_path, "tasks", "churn", "horizon") == f"{tmp_path / 'segcast.toml'}:4"


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
