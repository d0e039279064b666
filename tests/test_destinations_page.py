"""What the page about destinations says is true: its settings load, its code runs."""

import re
import tomllib
from pathlib import Path

import pytest

from pipeline.publish.destinations.destination import PROFILES, Batch, Platform, Row
from pipeline.publish.destinations.webhook import Webhook
from pipeline.settings import load_settings
from pipeline.settings.destinations import WebhookDestination
from tests.loopback import Reply, serving

PAGE = (Path(__file__).parent.parent / "docs" / "destinations.md").read_text(encoding="utf-8")
ANN = Row("ann", {"segcast_vip": True}, "ann@example.org")
SECRET = "whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQ="  # noqa: S105 - opens nothing


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def code_with(name):
    """The names that the page's code with this one in it defines."""
    (block,) = (block for block in blocks("python") if name in block)
    defined = {}
    exec(compile(block, "docs/destinations.md", "exec"), defined)  # noqa: S102 - our own page
    return defined


@pytest.mark.parametrize("block", blocks("toml"))
def test_every_example_of_settings_can_be_read(tmp_path, block):
    (tmp_path / "segcast.toml").write_text(f'[shop]\nname = "Corner shop"\n{block}', encoding="utf-8")
    named = [one["name"] for one in tomllib.loads(block)["destinations"]]
    assert [one.name for one in load_settings(tmp_path).destinations] == named


def test_there_is_an_example_of_every_kind_of_destination():
    kinds = {one["to"] for block in blocks("toml") for one in tomllib.loads(block)["destinations"]}
    assert kinds == {"files", "postgres", "klaviyo", "mailchimp", "hubspot", "braze", "webhook"}
    assert all(f"| `{kind}` |" in PAGE for kind in kinds)


def test_a_receiver_knows_our_requests_by_the_code_on_the_page():
    is_ours = code_with("def is_ours")["is_ours"]
    with serving(lambda _: Reply(204)) as server:
        settings = WebhookDestination(to="webhook", name="hook", url=server.url, secret="KEY")  # noqa: S106 - a name
        Webhook(settings, SECRET).send(Batch("batch-1", PROFILES, (ANN,)))
    (received,) = server.received
    assert is_ours(SECRET, received.headers, received.body)
    assert not is_ours(SECRET, received.headers, received.body + b" ")
    assert not is_ours("another", received.headers, received.body)
    assert not is_ours(SECRET, {**received.headers, "webhook-timestamp": "1"}, received.body)


def test_the_destination_of_your_own_is_a_platform_in_under_twenty_lines_that_tells():
    (block,) = (block for block in blocks("python") if "class Queue" in block)
    lines = [line for line in block.partition("class Queue")[2].splitlines() if line.strip()]
    assert len(lines) < 20
    with serving(lambda _: Reply(204)) as server:
        queue: Platform = code_with("class Queue")["Queue"]("queue", server.url, "key")
        (rows,) = queue.batches(PROFILES, [ANN])
        assert queue.send(Batch("batch-1", PROFILES, rows)).rejected == {}
        assert queue.recover(Batch("batch-1", PROFILES, rows)).rejected == {}
    assert [(one.path, one.json) for one in server.received] == [
        ("/profile/batch-1", {"ann": {"segcast_vip": True}})
    ] * 2
