import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from pipeline.errors import BatchRefusedError, DestinationError, SettingsError
from pipeline.publish.destinations.destination import MEMBER, PROFILES, Batch, Kept, Part, Receipt, Row
from pipeline.publish.destinations.mailchimp.mailchimp import MOVED, NO_ADDRESS, NOT_HELD, REQUESTS, Mailchimp
from pipeline.publish.destinations.mailchimp.members import NOT_A_MEMBER
from pipeline.publish.destinations.shared import SHARED
from pipeline.publish.plain import Json
from pipeline.settings.destinations import MailchimpDestination
from tests.little_mailchimp import API_KEY, AUDIENCE, LittleMailchimp
from tests.loopback import (
    Answering,
    Faults,
    Received,
    Reply,
    Server,
    SimulatedClock,
    failing,
    half_closed,
    hung_up,
    malformed,
    serving,
    too_many,
)
from tests.specifications import FOLDER

LIST = Part(Kept.LIST, "win_back", "Win back")
FIELDS = {"churn_probability": "CHURN", "expected_next_order_at": "NEXT"}
KINDS = {"FNAME": "text", "CHURN": "number", "NEXT": "date"}
OPERATIONS = FOLDER / "mailchimp" / "operations.json"


def row(customer: str, values: Mapping[str, Json], **fields: object) -> Row:
    return replace(Row(customer, values, address=f"{customer}@shop.example"), **fields)


def batch(*rows: Row, part: Part = PROFILES) -> Batch:
    return Batch("b1", part, rows)


@contextmanager
def mailchimp(
    answer: Answering, key: str = API_KEY, fields: Mapping[str, str] = FIELDS, clock: SimulatedClock | None = None
) -> Iterator[tuple[Mailchimp, Server]]:
    """A destination whose platform is `answer`; every request is one of Mailchimp's, and none tells a status."""
    clock = clock or SimulatedClock()
    with serving(answer, clock) as server:
        settings = MailchimpDestination(
            name="news", to="mailchimp", api_key="KEY", audience=AUDIENCE, url=server.url, merge_fields=dict(fields)
        )
        yield Mailchimp(settings, key, clock), server
    for received in server.received:
        tells_no_status(received)
        if OPERATIONS.exists():
            assert operation(received) in operations()


def tells_no_status(received: Received) -> None:
    """A tag's own `inactive` is none of a member."""
    tag = received.path.endswith("/tags")
    told = received.body.replace(b'"status":"inactive"', b"").replace(b'"status": "inactive"', b"")
    assert b"status" not in (told if tag else received.body)
    assert b"subscribe" not in received.body
    assert b"sync_tags" not in received.body


def operations() -> set[tuple[str, str]]:
    told = json.loads(OPERATIONS.read_text())["operations"]
    return {(each["method"], re.sub(r"\{\w+\}", "*", each["path"])) for each in told}


def operation(received: Received) -> tuple[str, str]:
    """The request's method, and its path without what names one thing."""
    parts = received.path.removeprefix("/3.0/").split("/")
    named = {place + 1 for place, part in enumerate(parts) if part in ("lists", "members", "segments")}
    return received.method, "/" + "/".join("*" if place in named else part for place, part in enumerate(parts))


def test_requests_are_held_against_the_operations_that_mailchimp_publishes() -> None:
    if not OPERATIONS.exists():
        pytest.skip("needs ../shared/specs/mailchimp/operations.json, or SEGCAST_SPECIFICATIONS=folder with it")
    assert ("POST", "/lists/*/segments/*") in operations()
    assert ("POST", "/lists/*/subscribers") not in operations()


def test_properties_go_to_the_merge_fields_that_are_named_and_segments_become_tags() -> None:
    little = LittleMailchimp(KINDS)
    little.joined("ann@shop.example", FNAME="Ann")
    values: dict[str, Json] = {
        "*|CHURN|*": 0.41,
        "*|NEXT|*": "2026-03-09",
        "segcast_vip": True,
        "segcast_at_risk": False,
    }
    with mailchimp(little) as (platform, _):
        assert platform.send(batch(row("ann", values))) == Receipt(remote_ids={"ann": "contact1"})
    (member,) = little.members.values()
    assert member.fields == {"FNAME": "Ann", "CHURN": 0.41, "NEXT": "2026-03-09"}
    assert little.tags_of("ann@shop.example") == {"segcast_vip"}


@pytest.mark.parametrize("status", ["subscribed", "unsubscribed", "cleaned", "pending"])
def test_a_members_subscription_stays_what_it_is(status: str) -> None:
    little = LittleMailchimp(KINDS)
    member = little.joined("ann@shop.example", status)
    with mailchimp(little) as (platform, _):
        platform.send(batch(row("ann", {"*|CHURN|*": 0.41, "segcast_vip": True})))
    assert (member.status, member.fields) == (status, {"CHURN": 0.41})


def test_who_is_no_member_is_refused_with_that_reason_and_never_becomes_one() -> None:
    little = LittleMailchimp(KINDS)
    little.joined("ann@shop.example")
    rows = [row(name, {"*|CHURN|*": 0.41, "segcast_vip": True}) for name in ("ann", "bob")]
    with mailchimp(little) as (platform, _):
        assert platform.send(batch(*rows)).rejected == {"bob": NOT_A_MEMBER}
        lists = batch(*(replace(one, values={MEMBER: True}) for one in rows), part=LIST)
        assert platform.send(lists).rejected == {"bob": NOT_A_MEMBER}
    assert [member.address for member in little.members.values()] == ["ann@shop.example"]


def test_an_answer_with_new_members_stops_everything() -> None:
    def subscribing(_: Received) -> Reply:
        return Reply(200, {"new_members": [{"email_address": "ann@shop.example"}], "updated_members": []})

    with mailchimp(subscribing) as (platform, _), pytest.raises(DestinationError, match="but it added 1"):
        platform.send(batch(row("ann", {"segcast_vip": True})))


def test_a_list_is_a_tag_that_members_get_and_lose() -> None:
    little = LittleMailchimp()
    ann, bob = (little.joined(f"{name}@shop.example") for name in ("ann", "bob"))
    little.tags["win BACK"] = {next(iter(little.members.keys() - {""}))}
    rows = [row("ann", {MEMBER: False}), row("bob", {MEMBER: True})]
    with mailchimp(little) as (platform, _):
        cut = list(platform.batches(LIST, rows))
        assert [platform.send(batch(*some, part=LIST)).rejected for some in cut] == [{}, {}]
    assert little.tags_of(ann.address) == set()
    assert little.tags_of(bob.address) == {"win BACK"}


def test_a_tag_that_a_member_has_already_counts_as_given_and_one_that_is_refused_does_not() -> None:
    little = LittleMailchimp(closed=frozenset({"segcast_closed"}), tags={"segcast_closed": set()})
    for name in ("ann", "bob"):
        little.joined(f"{name}@shop.example")
    with mailchimp(little) as (platform, _):
        platform.send(batch(row("ann", {"segcast_vip": True})))
        assert platform.send(batch(row("ann", {"segcast_vip": True}), row("bob", {"segcast_vip": True}))).rejected == {}
        receipt = platform.send(batch(row("ann", {"segcast_closed": True})))
    assert receipt.rejected == {"ann": "Mailchimp refuses the tag segcast_closed"}


def test_a_tag_is_made_once_when_somebody_gets_it_and_never_to_be_taken_away() -> None:
    little = LittleMailchimp()
    little.joined("ann@shop.example")
    with mailchimp(little) as (platform, server):
        platform.send(batch(row("ann", {"segcast_vip": True, "segcast_at_risk": False})))
        platform.send(batch(row("ann", {"segcast_vip": False})))
    assert little.tags == {"segcast_vip": set()}
    assert [received.method for received in server.received if received.path.endswith("/segments")] == ["GET", "POST"]


def test_tags_are_found_on_every_page_of_an_audience_that_has_many() -> None:
    little = LittleMailchimp(tags={f"tag {number:05}": set() for number in range(1001)})
    little.joined("ann@shop.example")
    with mailchimp(little) as (platform, _):
        platform.send(batch(row("ann", {MEMBER: True}), part=Part(Kept.LIST, "last", "tag 01000")))
    assert little.tags_of("ann@shop.example") == {"tag 01000"}
    assert len(little.tags) == 1001


def test_a_merge_field_that_the_audience_lacks_is_one_sentence() -> None:
    little = LittleMailchimp({"FNAME": "text", "NEXT": "date"})
    little.joined("ann@shop.example")
    with (
        mailchimp(little) as (platform, _),
        pytest.raises(DestinationError, match="to have the merge fields CHURN, but it has none of that tag"),
    ):
        platform.send(batch(row("ann", {"*|CHURN|*": 0.41})))
    assert little.members.popitem()[1].fields == {}


def test_a_merge_field_that_is_deleted_at_mailchimp_need_not_be_emptied_any_more() -> None:
    little = LittleMailchimp({"FNAME": "text"})
    little.joined("ann@shop.example", FNAME="Ann")
    gone = {"*|CHURN|*": None, "*|NEXT|*": None}
    with mailchimp(little) as (platform, _):
        assert platform.send(batch(row("ann", gone))).rejected == {}
    assert little.members.popitem()[1].fields == {"FNAME": "Ann"}


def test_a_segment_that_is_told_of_no_longer_loses_its_tag() -> None:
    little = LittleMailchimp()
    little.joined("ann@shop.example")
    little.tags = {"segcast_vip": set(little.members), "Early birds": set(little.members)}
    gone = row("ann", {"segcast_vip": None, "segcast_no_segment_any_more": None})
    with mailchimp(little) as (platform, _):
        assert platform.send(batch(gone)).rejected == platform.recover(batch(gone)).rejected == {}
    assert little.tags == {"segcast_vip": set(), "Early birds": set(little.members)}


def test_a_merge_field_for_what_is_no_property_is_said_at_once() -> None:
    with (
        pytest.raises(SettingsError, match=r'got "churn_probabilty". Did you mean "churn_probability"\? Name it'),
        mailchimp(LittleMailchimp(), fields={"churn_probabilty": "CHURN"}),
    ):
        pytest.fail("was opened")


def test_a_value_that_a_merge_field_does_not_take_is_the_rows_reason_without_personal_data() -> None:
    little = LittleMailchimp(KINDS, unfit={"ann@shop.example": "CHURN"})
    for name in ("ann", "bob"):
        little.joined(f"{name}@shop.example")
    rows = [row(name, {"*|CHURN|*": 0.41}) for name in ("ann", "bob")]
    with mailchimp(little) as (platform, _):
        assert platform.send(batch(*rows)).rejected == {"ann": "Mailchimp refuses the merge field CHURN"}


def test_a_batch_that_is_refused_as_a_whole_says_what_is_wrong_without_addresses() -> None:
    problem = {"title": "Invalid Resource", "status": 400, "detail": "ann@shop.example looks fake"}
    errors = [{"field": "members.item:0.email_address", "message": "ann@shop.example is no address"}]
    with (
        mailchimp(lambda _: Reply(400, {**problem, "errors": errors})) as (platform, _),
        pytest.raises(BatchRefusedError) as told,
    ):
        platform.send(batch(row("ann", {"segcast_vip": True})))
    assert "got status 400: Invalid Resource of email_address" in str(told.value)
    assert "@" not in str(told.value)


def test_an_audience_that_is_not_there_stops_the_destination() -> None:
    gone = Reply(404, {"title": "Resource Not Found", "status": 404})
    with mailchimp(lambda _: gone) as (platform, _), pytest.raises(DestinationError, match="Check the id of the aud"):
        platform.send(batch(row("ann", {"segcast_vip": True})))


def test_rows_without_anything_for_mailchimp_are_held_without_a_request() -> None:
    with mailchimp(LittleMailchimp()) as (platform, server):
        told = batch(row("ann", {}))
        assert platform.send(told) == platform.recover(told) == Receipt()
    assert server.received == []


def test_who_has_no_address_or_shares_one_is_refused_with_the_reason() -> None:
    little = LittleMailchimp()
    little.joined("ann@shop.example")
    rows = [row("ann", {"segcast_vip": True}), row("bob", {"segcast_vip": True}, address=None)]
    with mailchimp(little) as (platform, _):
        receipt = platform.send(batch(*rows, row("cat", {"segcast_vip": True}, address="ANN@shop.example")))
    assert receipt == Receipt({"bob": NO_ADDRESS, "cat": SHARED}, {"ann": "contact1"})


def test_who_is_another_contact_by_now_is_refused_and_that_contact_gets_nothing() -> None:
    little = LittleMailchimp(KINDS)
    little.joined("ann@shop.example", FNAME="Ann")
    told = batch(row("ann", {"*|CHURN|*": 0.41, "segcast_vip": True}, remote_id="contact9"))
    with mailchimp(little) as (platform, _):
        assert platform.recover(told) == Receipt({"ann": NOT_HELD})
        assert platform.send(told) == Receipt({"ann": MOVED})
        assert platform.recover(told) == Receipt({"ann": NOT_HELD})
    assert platform.moved == {"ann": "contact9"}
    assert little.members.popitem()[1].fields == {"FNAME": "Ann", "CHURN": ""}
    assert little.tags == {}


def test_a_withdrawal_empties_the_contact_of_before_and_the_one_of_the_address_today() -> None:
    little = LittleMailchimp(KINDS)
    members = [little.joined(f"{name}@shop.example", CHURN=0.4) for name in ("old", "new")]
    little.tags["segcast_vip"] = set(little.members)
    gone = row("ann", WITHDRAWN, address="new@shop.example", remote_id="contact1", is_withdrawal=True)
    with mailchimp(little) as (platform, _):
        assert platform.send(batch(gone)).rejected == {}
    assert [member.fields for member in members] == [{"CHURN": ""}] * 2
    assert little.tags == {"segcast_vip": set()}


def test_a_withdrawal_by_contact_asks_nothing_of_a_field_that_is_deleted_at_mailchimp() -> None:
    little = LittleMailchimp({"FNAME": "text"})
    member = little.joined("ann@shop.example", FNAME="Ann")
    gone = row("ann", {"*|CHURN|*": None}, address=None, remote_id="contact1", is_withdrawal=True)
    with mailchimp(little) as (platform, server):
        assert platform.send(batch(gone)).rejected == {}
        assert [one.method for one in server.received] == ["GET"]
    assert member.fields == {"FNAME": "Ann"}


WITHDRAWN: Mapping[str, Json] = {"*|CHURN|*": None, "segcast_vip": False}


@pytest.mark.parametrize(
    "address", ["ann@shop.example", "new@shop.example", None], ids=["known", "changed", "forgotten"]
)
def test_a_withdrawal_takes_away_whatever_is_known_of_the_address_today(address: str | None) -> None:
    little = LittleMailchimp(KINDS)
    member = little.joined("ann@shop.example", FNAME="Ann")
    with mailchimp(little) as (platform, _):
        ids = platform.send(batch(row("ann", {"*|CHURN|*": 0.41, "segcast_vip": True}))).remote_ids
        gone = row("ann", WITHDRAWN, address=address, remote_id=ids["ann"], is_withdrawal=True)
        assert platform.send(batch(gone)).rejected == {}
        assert platform.recover(batch(gone)).rejected == {}
    assert member.fields == {"FNAME": "Ann", "CHURN": ""}
    assert little.tags_of("ann@shop.example") == set()


def test_from_who_left_the_audience_nothing_is_to_be_taken_away() -> None:
    gone = row("ann", WITHDRAWN, is_withdrawal=True)
    with mailchimp(LittleMailchimp(KINDS)) as (platform, server):
        for remote_id in (None, "contact9"):
            told = batch(replace(gone, remote_id=remote_id))
            assert platform.send(told).rejected == platform.recover(told).rejected == {}
        before = len(server.received)
        assert platform.send(batch(replace(gone, address=None))).rejected == {"ann": NO_ADDRESS}
        assert len(server.received) == before


def test_recovering_asks_what_every_member_has() -> None:
    little = LittleMailchimp(KINDS)
    values: Mapping[str, Json] = {"*|CHURN|*": 0.41, "segcast_vip": True}
    for name in ("ann", "bob", "cat"):
        little.joined(f"{name}@shop.example")
    with mailchimp(little) as (platform, server):
        platform.send(batch(row("ann", values), row("bob", values)))
        little.tags["segcast_vip"].discard(next(iter(little.members)))
        before = len(server.received)
        receipt = platform.recover(batch(*(row(name, values) for name in ("ann", "bob", "cat", "dan"))))
        assert {received.method for received in server.received[before:]} == {"GET"}
    assert receipt == Receipt(
        dict.fromkeys(("ann", "cat", "dan"), NOT_HELD), {"ann": "contact1", "bob": "contact2", "cat": "contact3"}
    )


def test_recovering_sees_a_tag_beyond_the_fifty_that_a_member_shows() -> None:
    little = LittleMailchimp()
    little.joined("ann@shop.example")
    little.tags = {f"tag {number:03}": set(little.members) for number in range(60)} | {"zebra": set(little.members)}
    with mailchimp(little) as (platform, _):
        assert platform.recover(batch(row("ann", {"zebra": True}))).rejected == {}


def test_a_wrong_key_is_one_sentence_without_it() -> None:
    with mailchimp(LittleMailchimp(), key="secret-us21") as (platform, _), pytest.raises(DestinationError) as told:
        platform.send(batch(row("ann", {"segcast_vip": True})))
    assert "Expected news to accept the key, got status 401" in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("key", ["0123456789abcdef", "0123456789abcdef-", "0123-us21.evil.example/"])
def test_a_key_without_its_data_centre_is_one_sentence_without_it(key: str) -> None:
    settings = MailchimpDestination(name="news", to="mailchimp", api_key="KEY", audience=AUDIENCE)
    with pytest.raises(DestinationError, match="to end with a dash and the data centre") as told:
        Mailchimp(settings, key)
    assert "0123" not in str(told.value)


@pytest.mark.parametrize(
    "fault",
    [too_many(3), failing(500), half_closed(), malformed(), hung_up()],
    ids=["429", "500", "half closed", "malformed", "hung up"],
)
@pytest.mark.parametrize("carried_out", [False, True], ids=["lost", "carried out"])
def test_a_fault_is_tried_again_and_changes_nothing_twice(fault: Reply, *, carried_out: bool) -> None:
    little = LittleMailchimp(KINDS)
    little.joined("ann@shop.example")
    wrong = dict.fromkeys((1, 3, 5, 7, 9), fault)
    faulty = Faults(little, **{"after" if carried_out else "instead": wrong})
    with mailchimp(faulty) as (platform, _):
        receipt = platform.send(batch(row("ann", {"*|CHURN|*": 0.41, "segcast_vip": True})))
    assert receipt.rejected == {}
    assert little.members.popitem()[1].fields == {"CHURN": 0.41}
    assert little.tags.keys() == {"segcast_vip"}


@pytest.mark.parametrize("body", [{}, [], None, {"updated_members": None}])
def test_an_answer_of_another_shape_confirms_nobody(body: object) -> None:
    with mailchimp(lambda _: Reply(200, body)) as (platform, _):
        assert set(platform.send(batch(row("ann", {"segcast_vip": True}))).rejected) == {"ann"}


def test_thousands_of_changes_are_a_few_requests_within_the_limit() -> None:
    clock, little = SimulatedClock(), LittleMailchimp(KINDS)
    rows = [row(f"c{number}", {"*|CHURN|*": 0.41, "segcast_vip": True}) for number in range(10_000)]
    for one in rows:
        little.joined(one.address or "")
    with mailchimp(little, clock=clock) as (platform, server):
        for some in platform.batches(PROFILES, rows):
            assert platform.send(batch(*some)).rejected == {}
    assert len(little.tags["segcast_vip"]) == len(rows)
    assert len(server.received) == 20 * 2 + 3
    moments = [received.at for received in server.received]
    assert all(later - first >= 1.0 for first, later in zip(moments, moments[REQUESTS:], strict=False))
    assert all(first <= later for first, later in pairwise(moments))
