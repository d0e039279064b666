"""What a platform's bad day makes of a request, over a real server."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pyrate_limiter import Duration, Rate

from pipeline.errors import DestinationError
from pipeline.publish.destinations.http import ATTEMPTS, Api
from pipeline.publish.destinations.pacing import Pace
from tests.loopback import (
    Faults,
    Reply,
    SimulatedClock,
    failing,
    half_closed,
    hung_up,
    malformed,
    serving,
    slow,
    too_many,
)

SECRET = "pk_0123456789"  # noqa: S105 - of nobody
ALWAYS = range(1, 100)
FAULTS = {
    "too many": (too_many(), "the status was 429"),
    "failing": (failing(), "the status was 500"),
    "half closed": (half_closed(), r"the connection failed \(RemoteProtocolError\)"),
    "hung up": (hung_up(), r"the connection failed \(RemoteProtocolError\)"),
    "malformed": (malformed(), "the answer was no JSON"),
    "slow": (slow(2), r"the connection failed \(ReadTimeout\)"),
}


def fine(request):
    return Reply(json={"said": request.json})


def api_of(server, clock, name="Little"):
    return Api(name, server.url, {"Authorization": f"Bearer {SECRET}"}, clock, timeout_seconds=1)


def ask(server, clock, json=None):
    return api_of(server, clock).request("POST", "/x", pace=Pace([Rate(100, Duration.SECOND)], clock), json=json)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes_is_tried_again_after_waits_that_grow(fault):
    clock = SimulatedClock()
    with serving(Faults(fine, instead=dict.fromkeys((1, 2, 3), FAULTS[fault][0]))) as server:
        assert ask(server, clock, {"a": 1}).body == {"said": {"a": 1}}
        assert len(server.received) == 4
    first, second, third = clock.slept
    assert 1 <= first <= 2 <= second <= 3
    assert 4 <= third <= 5


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_is_one_sentence_without_the_secret(fault):
    reply, sentence = FAULTS[fault]
    with serving(Faults(fine, instead=dict.fromkeys(ALWAYS, reply))) as server:
        with pytest.raises(
            DestinationError, match=rf"^Expected Little to answer POST /x, but {sentence}, 6 times"
        ) as told:
            ask(server, SimulatedClock())
        assert len(server.received) == ATTEMPTS
    assert SECRET not in str(told.value)


def test_a_platform_that_asks_for_time_gets_it():
    clock = SimulatedClock()
    with serving(Faults(fine, instead={1: too_many(37), 2: too_many(0.5)})) as server:
        ask(server, clock)
    first, second = clock.slept
    assert 37 <= first <= 37.5
    assert 0.5 <= second <= 1


def test_a_platform_may_ask_for_time_by_a_date():
    clock = SimulatedClock()
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    with serving(Faults(fine, instead={1: Reply(503, headers={"Retry-After": date})})) as server:
        ask(server, clock)
    assert 80 < clock.slept[0] < 91


def test_who_asks_for_more_than_ten_minutes_is_left_for_the_next_sync():
    clock = SimulatedClock()
    with serving(Faults(fine, instead={1: too_many(7200)})) as server:
        with pytest.raises(DestinationError, match="asks to wait 7,200 seconds"):
            ask(server, clock)
        assert len(server.received) == 1
    assert clock.slept == []


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_is_an_answer_even_where_it_holds_no_json(status):
    with serving(lambda _: Reply(status, body=b"<html>no</html>")) as server:
        answer = ask(server, SimulatedClock())
        assert (answer.status, answer.refused, answer.body) == (status, True, None)
        assert len(server.received) == 1


def test_success_may_say_nothing():
    with serving(lambda _: Reply(204)) as server:
        answer = ask(server, SimulatedClock())
    assert (answer.refused, answer.body) == (False, None)


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(401), r"to accept the key, got status 401 for POST /x\. Check the key"),
        (Reply(403), r"to accept the key, got status 403"),
        (Reply(302, headers={"Location": "https://example.org"}), r"it sends elsewhere \(status 302\)"),
    ],
)
def test_who_does_not_know_us_is_not_asked_again(reply, sentence):
    with serving(lambda _: reply) as server:
        with pytest.raises(DestinationError, match=sentence) as told:
            ask(server, SimulatedClock())
        assert len(server.received) == 1
    assert SECRET not in str(told.value)


def test_a_host_out_of_reach_is_one_sentence():
    with serving(fine) as server:
        pass
    with pytest.raises(DestinationError, match=r"the connection failed \(ConnectError\), 6 times"):
        ask(server, SimulatedClock())


@pytest.mark.parametrize("secret", ["pk_žluť", "pk_1\n"])
def test_a_secret_that_cannot_be_sent_is_not_shown(secret):
    clock = SimulatedClock()

    def ask_with_it(server):
        api = Api("Little", server.url, {"Authorization": f"Bearer {secret}"}, clock)
        api.request("GET", "/x", pace=Pace([Rate(100, Duration.SECOND)], clock))

    with serving(fine) as server, pytest.raises(DestinationError) as told:
        ask_with_it(server)
    assert "pk_" not in str(told.value)
    assert not clock.slept


def test_an_address_that_is_none_is_told():
    with pytest.raises(DestinationError, match="Check both for what was copied along"):
        Api("Little", "http://example.org:port", {})


def test_the_system_clock_waits_by_itself():
    began = time.monotonic()
    with serving(fine) as server:
        api = Api("Little", server.url, {})
        for _ in range(3):
            api.request("GET", "/x", pace=Pace([Rate(100, Duration.SECOND)]))
        assert [one.headers["host"] for one in server.received] == [server.url.removeprefix("http://")] * 3
    assert time.monotonic() - began < 5
