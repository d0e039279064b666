"""Destinations in `segcast.toml`: what is read, and each mistake in one sentence with its place."""

import pytest

from pipeline.errors import SettingsError
from pipeline.settings import load_settings
from pipeline.settings.destinations import (
    KINDS,
    USUAL_PROPERTIES,
    AnyDestination,
    HubSpotDestination,
    KlaviyoDestination,
)

SHOP = '[shop]\nname = "Hearth & Home"\n'
KLAVIYO = '[[destinations]]\nname = "mail"\nto = "klaviyo"\napi_key = "KLAVIYO_API_KEY"\n'
SECRET = "pk_0123456789abcdef"  # noqa: S105 - of nobody


def load(folder, text):
    (folder / "segcast.toml").write_text(SHOP + text, encoding="utf-8")
    return load_settings(folder)


def test_a_shop_sends_nothing_anywhere_unless_it_says_so(tmp_path):
    assert load(tmp_path, "").destinations == ()


def test_a_destination_is_what_its_to_says(tmp_path):
    text = KLAVIYO + '[destinations.lists]\nwin_back = "XyZ"\n' + KLAVIYO.replace("mail", "other")
    first, second = load(tmp_path, text).destinations
    assert isinstance(first, KlaviyoDestination)
    assert (first.lists, first.consent, first.prefix) == ({"win_back": "XyZ"}, "email", "segcast_")
    assert (first.properties, first.segments) == (USUAL_PROPERTIES, None)
    assert second.name == "other"


def test_every_kind_is_known_by_its_name():
    assert set(KINDS.values()) == set(AnyDestination.__args__)
    assert all(kind.model_fields["to"].annotation.__args__ == (name,) for name, kind in KINDS.items())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (KLAVIYO.replace("klaviyo", "klavio"), '"destinations[1]": expected a destination of files, postgres, klaviyo'),
        (KLAVIYO.replace("klaviyo", "klavio"), 'got "klavio". Did you mean "klaviyo"?'),
        (KLAVIYO.replace('to = "klaviyo"\n', ""), 'the setting "destinations[1].to" is required and missing.'),
        (KLAVIYO + KLAVIYO.replace('"mail"', '"two"').replace("api_key", "api_kee"),
         'there is no setting "destinations[2].api_kee". Did you mean "api_key"?'),
        (KLAVIYO + "propertys = []", 'there is no setting "destinations[1].propertys". Did you mean "properties"?'),
        ('[[destinations]]\nname = "db"\nto = "postgres"\nurl = "DB_URL"\nscema = "x"\n', 'Did you mean "schema"?'),
        ('[[destinations]]\nname = "mail"\nto = "klaviyo"\n', 'the setting "destinations[1].api_key" is required'),
        (KLAVIYO + KLAVIYO, '"destinations": expected a name of its own for each destination, got "mail" twice.'),
        (KLAVIYO.replace('"mail"', '"My Mail"'), '"destinations[1].name"'),
        (KLAVIYO + 'consent = "fax"', '"destinations[1].consent"'),
        (KLAVIYO + 'lists = { vip = "A", lost = "A" }', 'got "A" for vip and lost, of which one would undo'),
        (KLAVIYO + 'lists = { vip = " " }', "expected the platform's id of the list of vip, got an empty text."),
        (KLAVIYO + 'url = "ftp://example.org"', '"destinations[1].url": expected an address that begins with https://'),
        ('[[destinations]]\nname = "crm"\nto = "hubspot"\ntoken = "HUBSPOT"\nconsent = "push"\n',
         '"destinations[1].consent"'),
    ],
)  # fmt: skip
def test_each_mistake_is_one_sentence_with_its_place(tmp_path, text, sentence):
    with pytest.raises(SettingsError) as told:
        load(tmp_path, text)
    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("secret", [SECRET, "pat-eu1-0123", "a b"])
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path, secret):
    with pytest.raises(SettingsError, match="expected the name of an environment variable in capital letters") as told:
        load(tmp_path, KLAVIYO.replace("KLAVIYO_API_KEY", secret))
    assert secret not in str(told.value)


@pytest.mark.parametrize("kind", ["hubspot", "mailchimp"])
def test_platforms_that_know_people_by_e_mail_ask_for_consent_to_e_mail(kind):
    assert KINDS[kind].model_fields["consent"].annotation.__args__ == ("email",)
    assert HubSpotDestination(name="crm", to="hubspot", token="HUBSPOT").consent == "email"  # noqa: S106
