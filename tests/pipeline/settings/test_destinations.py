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
SHARE = '[[destinations]]\nname = "lake"\nto = "files"\npath = "s3://bucket/shop"\n'
NEWS = '[[destinations]]\nname = "news"\nto = "mailchimp"\napi_key = "NEWS_KEY"\naudience = "a1"\n'
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
        (SHARE + 'access_key = "KEY"', '"destinations[1]": expected access_key and secret_key together, got one of'),
        (SHARE + 'secret_key = "KEY"', '"destinations[1]": expected access_key and secret_key together, got one of'),
        (NEWS + 'lists = { vip = "Dear", lost = "dear " }',
         '"destinations[1].lists": expected a name of its own for each, got "Dear" for vip and "dear " for lost'),
        (NEWS + 'merge_fields = { cluster = "A", churn_band = "A" }',
         '"destinations[1].merge_fields": expected a name of its own for each, got "A" for cluster and "A" for churn_'),
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


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "http://10.0.0.1/hook",
        "http://127.0.0.1.example.org",
        "https:///hook",
        "https://example.org:port/hook",
        "https://user@example.org",
        "http://[::1/hook",
    ],
)
@pytest.mark.parametrize("destination", [KLAVIYO, NEWS])
def test_keys_and_data_go_to_an_encrypted_address_or_to_this_machine_alone(tmp_path, destination, url):
    with pytest.raises(SettingsError, match=r'"destinations\[1\]\.url": expected an address that begins with https://'):
        load(tmp_path, destination + f'url = "{url}"')


@pytest.mark.parametrize(
    "url", ["https://example.org", "http://127.0.0.1:8000/hook", "http://[::1]/", "http://localhost"]
)
def test_these_addresses_will_do(tmp_path, url):
    (mail,) = load(tmp_path, KLAVIYO + f'url = "{url}"').destinations
    assert mail.url == url


def test_an_s3_of_the_shops_own_network_may_go_without_encryption_and_both_of_its_keys_are_named(tmp_path):
    told = SHARE + 'endpoint = "http://minio.internal:9000"\naccess_key = "KEY"\nsecret_key = "SECRET"'
    (lake,) = load(tmp_path, told).destinations
    assert (lake.endpoint, lake.access_key, lake.secret_key) == ("http://minio.internal:9000", "KEY", "SECRET")


def test_what_is_told_of_goes_under_a_name_of_the_platforms(tmp_path):
    mail, news = load(tmp_path, KLAVIYO + NEWS + 'merge_fields = { cluster = "GROUP" }').destinations
    names = ("cluster", "churn_band", "vip")
    assert [mail.told_name(name) for name in names] == ["segcast_cluster", "segcast_churn_band", "segcast_vip"]
    assert [news.told_name(name) for name in names] == ["*|GROUP|*", None, "segcast_vip"]


@pytest.mark.parametrize("kind", ["hubspot", "mailchimp"])
def test_platforms_that_know_people_by_e_mail_ask_for_consent_to_e_mail(kind):
    assert KINDS[kind].model_fields["consent"].annotation.__args__ == ("email",)
    assert HubSpotDestination(name="crm", to="hubspot", token="HUBSPOT").consent == "email"  # noqa: S106
