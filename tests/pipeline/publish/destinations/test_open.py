import pytest
from pydantic import TypeAdapter

from pipeline.errors import SettingsError
from pipeline.publish.destinations.braze.braze import Braze
from pipeline.publish.destinations.files.files import Files
from pipeline.publish.destinations.hubspot.hubspot import HubSpot
from pipeline.publish.destinations.klaviyo.klaviyo import Klaviyo
from pipeline.publish.destinations.mailchimp.mailchimp import Mailchimp
from pipeline.publish.destinations.open import open_platform, open_whole
from pipeline.publish.destinations.postgres.postgres import Postgres
from pipeline.publish.destinations.secrets import NAMED_BY, missing
from pipeline.publish.destinations.webhook import Webhook
from pipeline.settings.destinations import Destination

KEY = "s3cret-us1"
HERE = {"name": "here", "url": "https://api.example"}
PLATFORMS = (
    ({**HERE, "to": "klaviyo", "api_key": "KEY"}, Klaviyo),
    ({"name": "here", "to": "mailchimp", "api_key": "KEY", "audience": "a1"}, Mailchimp),
    ({**HERE, "to": "hubspot", "token": "KEY"}, HubSpot),
    ({**HERE, "to": "braze", "api_key": "KEY"}, Braze),
    ({**HERE, "to": "webhook", "secret": "KEY"}, Webhook),
)
WHOLES = (
    ({"name": "here", "to": "files", "path": "share"}, Files),
    ({"name": "here", "to": "files", "path": "s3://b/f", "access_key": "KEY", "secret_key": "KEY"}, Files),
    ({"name": "here", "to": "postgres", "url": "KEY"}, Postgres),
)


def settings(told):
    return TypeAdapter(Destination).validate_python(told)


@pytest.mark.parametrize(("told", "kind"), PLATFORMS, ids=lambda case: getattr(case, "__name__", ""))
def test_each_platform_is_opened_under_its_name_with_its_secret(told, kind):
    opened = open_platform(settings(told), {"KEY": f" {KEY}\n"})
    assert isinstance(opened, kind)
    assert opened.name == "here"


@pytest.mark.parametrize(("told", "kind"), WHOLES, ids=lambda case: getattr(case, "__name__", ""))
def test_each_destination_of_whole_publications_is_opened(tmp_path, told, kind):
    opened = open_whole(settings(told), {"KEY": "postgresql://u:p@localhost/d"}, tmp_path)
    assert isinstance(opened, kind)
    assert opened.name == "here"


def test_files_without_keys_of_their_own_need_no_secret(tmp_path):
    assert open_whole(settings(WHOLES[0][0]), {}, tmp_path).name == "here"


@pytest.mark.parametrize(
    ("told", "state"), [({}, "is not set"), ({"KEY": ""}, "is empty"), ({"KEY": " \n"}, "is empty")]
)
def test_a_missing_secret_is_a_sentence_that_names_the_variable_and_the_setting(told, state):
    with pytest.raises(SettingsError) as problem:
        open_platform(settings(PLATFORMS[2][0]), told)
    assert str(problem.value) == (
        f"Expected the token of destination here in the environment variable KEY, which {state}. "
        "Try setting it where segcast runs, or correcting token in segcast.toml."
    )


def test_every_missing_secret_is_told():
    sentences = list(missing(settings(WHOLES[1][0]), {}))
    assert [("access_key" in one, "secret_key" in one) for one in sentences] == [(True, False), (False, True)]


def test_every_kind_of_destination_says_which_of_its_settings_name_secrets():
    kinds = {told["to"]: type(settings(told)) for told, _ in (*PLATFORMS, *WHOLES)}
    assert kinds.keys() == NAMED_BY.keys()
    assert all(set(NAMED_BY[to]) <= kind.model_fields.keys() for to, kind in kinds.items())


def test_no_secret_shows_in_what_was_opened():
    assert all(KEY not in repr(open_platform(settings(told), {"KEY": KEY})) for told, _ in PLATFORMS)
