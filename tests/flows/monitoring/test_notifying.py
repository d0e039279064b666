"""The message about a night, over real HTTP."""

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime

import pytest

from flows.monitoring.notifying import Message, notify
from flows.project import open_project
from pipeline.errors import SettingsError
from pipeline.events.quality.finding import Finding, Severity
from pipeline.settings import load_settings
from tests.loopback import Reply, SimulatedClock, serving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the specification itself
MOMENT = datetime(2026, 3, 1, 4, tzinfo=UTC)
GAP = Finding("tracking gap", Severity.SEVERE, "It is silent.", "Check it.", {"ended_at": None, "started_at": MOMENT})
MESSAGE = Message("run-1", datetime(2026, 3, 1, tzinfo=UTC), "held back", (GAP,), sentence="Held back: it is silent.")


@pytest.fixture
def shop(tmp_path):
    """A project that tells an address."""

    def told_to(url):
        text = f'[shop]\nname = "Corner shop"\n[monitoring]\nwebhook = "{url}"\nwebhook_secret = "NIGHT_SECRET"\n'
        (tmp_path / "segcast.toml").write_text(text, encoding="utf-8")
        return open_project(tmp_path)

    return told_to


def sent(shop, answer=lambda _: Reply(204), environ=None):
    with serving(answer) as server:
        project = shop(f"{server.url}/night?team=crm")
        known = {"NIGHT_SECRET": SECRET} if environ is None else environ
        problem = notify(project, MESSAGE, environ=known, clock=SimulatedClock(), now=lambda: MOMENT)
    return problem, server.received


def test_a_night_is_one_signed_message(shop):
    problem, (request,) = sent(shop)
    assert problem == ""
    assert (request.method, request.path, request.query) == ("POST", "/night", "team=crm")
    assert request.json == {
        "type": "segcast.night",
        "shop": "Corner shop",
        "run_id": "run-1",
        "as_of": "2026-03-01T00:00:00+00:00",
        "outcome": "held back",
        "publication_id": None,
        "sentence": "Held back: it is silent.",
        "findings": [
            {
                "about": "tracking gap",
                "severity": "severe",
                "sentence": "It is silent.",
                "action": "Check it.",
                "figures": {"ended_at": None, "started_at": "2026-03-01T04:00:00+00:00"},
            }
        ],
    }
    signed = f"run-1.{int(MOMENT.timestamp())}.".encode() + request.body
    expected = b64encode(hmac.digest(b64decode(SECRET.removeprefix("whsec_")), signed, "sha256")).decode()
    assert request.headers["webhook-id"] == "run-1"
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_nobody_is_told_unless_the_shop_asks_for_it(tmp_path):
    (tmp_path / "segcast.toml").write_text('[shop]\nname = "Corner shop"\n', encoding="utf-8")
    assert notify(open_project(tmp_path), MESSAGE) == ""


@pytest.mark.parametrize("status", [400, 404, 410, 500])
def test_an_address_that_fails_is_a_sentence_and_no_error(shop, status):
    problem, received = sent(shop, lambda _: Reply(status))
    assert problem.startswith("Nobody was told of the findings. Expected the webhook of [monitoring]")
    assert len(received) == (1 if status < 500 else 6)


def test_a_message_that_is_sent_again_has_the_same_id(shop):
    replies = [Reply(503), Reply(204)]
    problem, received = sent(shop, lambda _: replies.pop(0))
    assert problem == ""
    assert [one.headers["webhook-id"] for one in received] == ["run-1", "run-1"]


@pytest.mark.parametrize("environ", [{}, {"NIGHT_SECRET": " "}])
def test_a_secret_that_is_not_there_is_a_sentence(shop, environ):
    problem, received = sent(shop, environ=environ)
    assert "in the environment variable NIGHT_SECRET, which holds none" in problem
    assert not received


def test_a_secret_that_is_none_is_a_sentence_without_it(shop):
    problem, received = sent(shop, environ={"NIGHT_SECRET": "whsec_no base64!"})
    assert "The secret of the webhook of [monitoring] was expected as whsec_" in problem
    assert "no base64" not in problem
    assert not received


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('webhook = "https://example.org/x"', "webhook and webhook_secret together"),
        ('block = ["freshnes"]', "freshness"),
        ('retrain = ["drift"]', "feature drift"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path, line, expected):
    (tmp_path / "segcast.toml").write_text(f'[shop]\nname = "x"\n[monitoring]\n{line}\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=expected):
        load_settings(tmp_path)
