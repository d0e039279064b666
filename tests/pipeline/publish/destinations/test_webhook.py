"""A webhook over real HTTP: what is sent, how it is signed, and what its receiver may answer."""

import base64
import textwrap
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from pipeline.errors import BatchRefusedError, DestinationError, SettingsError
from pipeline.publish.destinations import webhook
from pipeline.publish.destinations.destination import PROFILES, Batch, Kept, Part, Row
from pipeline.publish.destinations.signing import Signing
from pipeline.publish.destinations.webhook import Webhook
from pipeline.settings.destinations import WebhookDestination
from tests.loopback import Faults, Reply, SimulatedClock, failing, half_closed, hung_up, serving, slow, too_many

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of the specification itself
MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
VIPS = Part(Kept.LIST, "vip", "list-7")
ROWS = (
    Row("c-1", {"segcast_vip": True, "segcast_churn_probability": 0.25, "segcast_cluster": None}, "ann@example.org"),
    Row("c-2", {"segcast_vip": False}, None),
    Row("c-3", {"segcast_vip": False, "segcast_churn_probability": None}, "cyd@example.org", is_withdrawal=True),
)
BATCH = Batch("batch-1", PROFILES, ROWS)


def opened(url, secret=SECRET, clock=None, **settings):
    told = {"to": "webhook", "name": "crm", "url": url, "secret": "CRM_SECRET", **settings}
    return Webhook(WebhookDestination.model_validate(told), secret, clock or SimulatedClock(), lambda: MOMENT)


def answering(*replies):
    """An answer that gives these replies in turn, the last one again and again."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def sent(answer=lambda _: Reply(204), batch=BATCH, **options):
    """The receipt of a batch, and the requests that it took."""
    with serving(answer) as server:
        receipt = opened(f"{server.url}/hooks/segcast?shop=1", **options).send(batch)
    return receipt, server.received


def documented():
    """The function by which the documentation lets a receiver know our requests."""
    text = webhook.__doc__
    example = textwrap.dedent(text[text.index("    import base64, hashlib") :])
    place = {}
    exec(example, place)  # noqa: S102 - it is our own, and to be tried
    return place["is_ours"]


def test_a_batch_is_one_post_of_its_rows_and_never_an_address():
    receipt, (request,) = sent()
    assert receipt.rejected == {}
    assert (request.method, request.path, request.query) == ("POST", "/hooks/segcast", "shop=1")
    assert request.headers["content-type"] == "application/json"
    assert request.json == {
        "type": "segcast.profile",
        "part": "profile",
        "list": None,
        "rows": [
            {
                "customer_id": "c-1",
                "values": {"segcast_vip": True, "segcast_churn_probability": 0.25, "segcast_cluster": None},
                "withdrawn": False,
            },
            {"customer_id": "c-2", "values": {"segcast_vip": False}, "withdrawn": False},
            {
                "customer_id": "c-3",
                "values": {"segcast_vip": False, "segcast_churn_probability": None},
                "withdrawn": True,
            },
        ],
    }
    assert b"example.org" not in request.body


def test_an_address_goes_where_it_is_asked_for_but_not_of_who_withdrew():
    _, (request,) = sent(address=True)
    assert [row["email"] for row in request.json["rows"]] == ["ann@example.org", None, None]


def test_a_list_is_named_by_its_id():
    batch = Batch("batch-2", VIPS, (Row("c-1", {"member": True}), Row("c-2", {"member": False})))
    _, (request,) = sent(batch=batch)
    assert request.json == {
        "type": "segcast.list",
        "part": "list vip",
        "list": "list-7",
        "rows": [
            {"customer_id": "c-1", "values": {"member": True}, "withdrawn": False},
            {"customer_id": "c-2", "values": {"member": False}, "withdrawn": False},
        ],
    }


@pytest.mark.parametrize("secret", [SECRET, "any text will do", " whsec_c2VnY2FzdA==\n"])
def test_the_documented_check_knows_our_requests_and_no_others(secret, monkeypatch):
    _, (request,) = sent(secret=secret)
    is_ours = documented()
    monkeypatch.setattr("time.time", lambda: MOMENT.timestamp() + 200)
    assert is_ours(secret.strip(), request.headers, request.body)
    assert not is_ours(secret.strip(), request.headers, request.body + b" ")
    assert not is_ours("whsec_b3RoZXI=", request.headers, request.body)
    assert not is_ours(secret.strip(), {**request.headers, "webhook-id": "batch-2"}, request.body)
    monkeypatch.setattr("time.time", lambda: MOMENT.timestamp() + 301)
    assert not is_ours(secret.strip(), request.headers, request.body)


def test_the_signature_is_that_of_the_specification():
    """The example of Standard Webhooks: the key, the id, the time and the body give this signature."""
    moment = datetime.fromtimestamp(1614265330, UTC)
    signing = Signing(base64.b64decode(SECRET.removeprefix("whsec_")), lambda: moment)
    told = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek"}
    request = httpx.Request("POST", "https://example.org", headers=told, content=b'{"test": 2432232314}')
    signed = next(signing.auth_flow(request)).headers
    assert signed["webhook-timestamp"] == "1614265330"
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_request_that_had_to_wait_is_signed_anew(monkeypatch):
    clock, times = SimulatedClock(), []
    with serving(Faults(lambda _: Reply(204), {1: too_many(500)})) as server:
        told = {"to": "webhook", "name": "crm", "url": server.url, "secret": "CRM_SECRET"}
        now = lambda: MOMENT + timedelta(seconds=clock.now())  # noqa: E731 - the wall's clock goes as the other does
        Webhook(WebhookDestination.model_validate(told), SECRET, clock, now).send(BATCH)
    for request in server.received:
        times.append(int(request.headers["webhook-timestamp"]))
        monkeypatch.setattr("time.time", lambda: times[-1])
        assert documented()(SECRET, request.headers, request.body)
    assert times[1] - times[0] >= 500


def test_rows_that_the_receiver_names_are_rejected_each_with_its_reason_and_no_address():
    rejected = {"c-1": "ann@example.org is\nnot known " + "x" * 400, "c-3": "", "c-9": "not in the batch"}
    receipt, _ = sent(answering(Reply(200, {"rejected": rejected})))
    assert set(receipt.rejected) == {"c-1", "c-3"}
    assert receipt.rejected["c-1"].startswith("*** is not known xxx")
    assert len(receipt.rejected["c-1"]) == 200
    assert receipt.rejected["c-3"] == "no reason was given"


@pytest.mark.parametrize("reply", [Reply(200), Reply(202), Reply(204), Reply(200, {"ok": True}), Reply(200, [1])])
def test_a_receiver_may_just_say_that_it_has_them(reply):
    receipt, _ = sent(answering(reply))
    assert receipt.rejected == {}


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_batch_at_fault_can_be_tried_in_halves(status):
    with pytest.raises(BatchRefusedError, match=f"status {status}"):
        sent(answering(Reply(status)))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (410, "nothing is to be sent there any more"),
        (404, "got 404. Check its url"),
        (405, "got 405"),
        (301, "301"),
        (201, "got 201"),
        (401, "accept the key"),
    ],
)
def test_an_answer_after_which_there_is_no_use_in_going_on_is_a_sentence(status, said):
    with pytest.raises(DestinationError, match=said) as caught:
        sent(answering(Reply(status, headers={"Location": "/elsewhere"} if status == 301 else {})))
    assert not isinstance(caught.value, BatchRefusedError)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("fault", [failing(), failing(503), too_many(7), half_closed(), hung_up()])
def test_what_went_wrong_on_the_way_is_tried_again_with_the_same_id_and_body(fault):
    clock = SimulatedClock()
    _, (first, second) = sent(Faults(answering(Reply(204)), instead={1: fault}), clock=clock)
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "batch-1"
    assert sum(clock.slept) > 0


def test_a_slow_receiver_is_waited_for():
    receipt, requests = sent(answering(slow(0.5, Reply(204))))
    assert (receipt.rejected, len(requests)) == ({}, 1)


def test_a_batch_whose_answer_was_lost_is_sent_again_under_its_id_and_a_receiver_that_knows_it_keeps_it_once():
    kept = {}

    def receiver(request):
        kept.setdefault(request.headers["webhook-id"], request.json)
        return Reply(204)

    lost = Faults(receiver, after=dict.fromkeys(range(1, 7), hung_up()))
    with serving(lost) as server:
        hook = opened(server.url)
        with pytest.raises(DestinationError, match="6 times"):
            hook.send(BATCH)
        assert hook.recover(BATCH).rejected == {}
    assert list(kept) == ["batch-1"]
    assert len({request.body for request in server.received}) == 1


def test_nothing_is_sent_to_recover_a_batch_of_which_nobody_may_be_told_any_more():
    with serving(lambda _: Reply(204)) as server:
        assert opened(server.url).recover(Batch("batch-1", PROFILES, (), noted_rows=3)).rejected == {}
    assert server.received == []


def test_rows_go_500_at_a_time_and_no_more_than_ten_requests_a_second():
    clock = SimulatedClock()
    rows = tuple(Row(f"c-{number}", {"segcast_vip": True}) for number in range(20_100))
    with serving(answering(Reply(204)), clock) as server:
        hook = opened(server.url, clock=clock)
        for number, some in enumerate(hook.batches(PROFILES, rows)):
            hook.send(Batch(f"batch-{number}", PROFILES, some))
    told = [row["customer_id"] for request in server.received for row in request.json["rows"]]
    assert told == [row.customer_id for row in rows]
    assert {len(request.json["rows"]) for request in server.received} == {500, 100}
    moments = [request.at for request in server.received]
    assert all(later - earlier >= 1 for earlier, later in zip(moments, moments[10:], strict=False))


@pytest.mark.parametrize("secret", ["", "  ", "whsec_", "whsec_not base64!", "whsec_abc"])
def test_a_secret_that_is_none_is_a_sentence_that_does_not_tell_it(secret):
    with pytest.raises(SettingsError, match='The secret of destination "crm" was expected as whsec_') as caught:
        opened("https://example.org", secret)
    assert "not base64!" not in str(caught.value)


def test_a_receiver_out_of_reach_is_a_sentence():
    with pytest.raises(DestinationError, match="the connection failed"):
        opened("http://127.0.0.1:1/hook").send(BATCH)


def test_a_key_in_base64_is_the_bytes_that_it_stands_for():
    plain, encoded = "segcast", "whsec_" + base64.b64encode(b"segcast").decode()
    signatures = {sent(secret=secret)[1][0].headers["webhook-signature"] for secret in (plain, encoded)}
    assert len(signatures) == 1
