from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest

from pipeline.errors import BatchRefusedError, DestinationError
from pipeline.publish.destinations.destination import MEMBER, PROFILES, Batch, Kept, Part, Receipt, Row
from pipeline.publish.destinations.hubspot.answers import DELETED
from pipeline.publish.destinations.hubspot.hubspot import NO_ADDRESS, NO_CONTACT, REQUESTS, UNKNOWN, HubSpot
from pipeline.publish.destinations.shared import SHARED
from pipeline.publish.plain import Json
from pipeline.settings.destinations import HubSpotDestination
from tests.little_hubspot import LISTS, TOKEN, LittleHubSpot
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
    slow,
    too_many,
)
from tests.specifications import available, valid_against

LIST = Part(Kept.LIST, "win_back", "42")
VALUES: Mapping[str, Json] = {"segcast_churn_probability": 0.41, "segcast_vip": True}


def row(customer: str, values: Mapping[str, Json] = VALUES, **fields: object) -> Row:
    return replace(Row(customer, values, address=f"{customer}@shop.example"), **fields)


def joins(customer: str, **fields: object) -> Row:
    return row(customer, {MEMBER: True}, **fields)


def leaves(customer: str, **fields: object) -> Row:
    return row(customer, {MEMBER: False}, **fields)


def batch(*rows: Row, part: Part = PROFILES) -> Batch:
    return Batch("b1", part, rows)


@contextmanager
def hubspot(
    answer: Answering, token: str = TOKEN, clock: SimulatedClock | None = None
) -> Iterator[tuple[HubSpot, Server]]:
    """A destination whose platform is `answer`; every request must be valid against HubSpot's specification."""
    clock = clock or SimulatedClock()
    with serving(answer, clock) as server:
        settings = HubSpotDestination(name="crm", to="hubspot", token="HUBSPOT_TOKEN", url=server.url)  # noqa: S106
        yield HubSpot(settings, token, clock), server
    for received in server.received:
        held_to_the_specification(received)


def held_to_the_specification(received: Received) -> None:
    name = "hubspot-lists" if received.path.startswith(LISTS) else "hubspot-contacts"
    if available(name):
        valid_against(name, received)


@pytest.mark.parametrize("name", ["hubspot-contacts", "hubspot-lists"])
def test_requests_are_held_against_the_specification_that_hubspot_publishes(name: str) -> None:
    """Skips with the reason where the specifications are not at hand; then the other tests do without."""
    part = PROFILES if name == "hubspot-contacts" else LIST
    told = row("ann") if part is PROFILES else joins("ann")
    with hubspot(LittleHubSpot(lists={"42": set()})) as (platform, server):
        platform.send(batch(told, part=part))
    assert server.received
    for received in server.received:
        if received.path.startswith(LISTS) == (name == "hubspot-lists"):
            valid_against(name, received)


def test_a_new_contact_is_made_by_its_address_and_its_record_id_is_told() -> None:
    little = LittleHubSpot()
    with hubspot(little) as (platform, server):
        assert platform.send(batch(row("ann"))) == Receipt(remote_ids={"ann": "7001"})
    assert little.by_address("ann@shop.example") == {"segcast_churn_probability": "0.41", "segcast_vip": "true"}
    assert [received.path for received in server.received] == ["/crm/v3/objects/contacts/batch/upsert"]


def test_a_contact_whose_record_id_is_known_is_written_by_it_whatever_its_address_is_today() -> None:
    little = LittleHubSpot()
    record = little.make("old@shop.example")
    with hubspot(little) as (platform, server):
        receipt = platform.send(batch(row("ann", {"segcast_vip": False}, remote_id=record)))
    assert receipt == Receipt(remote_ids={"ann": record})
    assert little.by_address("old@shop.example") == {"segcast_vip": "false"}
    assert [received.path for received in server.received] == ["/crm/v3/objects/contacts/batch/update"]


def test_values_are_texts_and_an_empty_text_takes_away() -> None:
    little = LittleHubSpot()
    little.make("ann@shop.example", segcast_cluster="loyal")
    values: dict[str, Json] = {
        "segcast_vip": False,
        "segcast_value_at_stake": 120,
        "segcast_expected_next_order_at": "2026-03-09",
        "segcast_churn_reason_1": "orders slow down",
        "segcast_cluster": None,
    }
    with hubspot(little) as (platform, server):
        platform.send(batch(row("ann", values)))
    assert little.by_address("ann@shop.example") == {
        "segcast_vip": "false",
        "segcast_value_at_stake": "120",
        "segcast_expected_next_order_at": "2026-03-09",
        "segcast_churn_reason_1": "orders slow down",
    }
    assert server.received[0].json["inputs"][0]["properties"]["segcast_cluster"] == ""


def test_rows_are_cut_by_hundreds_what_is_taken_away_first_and_known_contacts_apart_from_new_ones() -> None:
    gone = row("gone", {"segcast_vip": False}, is_withdrawal=True)
    rows = [row(f"c{number:03}", remote_id=str(number) if number % 2 else None) for number in range(300)]
    with hubspot(LittleHubSpot()) as (platform, _):
        cut = list(platform.batches(PROFILES, [*rows, gone]))
    assert [len(some) for some in cut] == [1, 100, 50, 100, 50]
    assert cut[0] == (gone,)
    assert [bool(some[0].remote_id) for some in cut[1:]] == [True, True, False, False]
    assert sorted(one.customer_id for some in cut[1:] for one in some) == [one.customer_id for one in rows]


def test_who_leaves_a_list_goes_before_who_joins_since_an_address_may_have_passed_between_them() -> None:
    rows = [joins("ann"), leaves("bob", address="ann@shop.example"), joins("cat")]
    with hubspot(LittleHubSpot()) as (platform, _):
        assert list(platform.batches(LIST, rows)) == [(rows[1],), (rows[0], rows[2])]


def test_missing_properties_are_one_sentence_with_their_types_and_what_to_do() -> None:
    with (
        hubspot(LittleHubSpot(properties={"segcast_cluster"})) as (platform, _),
        pytest.raises(DestinationError) as told,
    ):
        platform.send(batch(row("ann", {**VALUES, "segcast_cluster": "loyal", "segcast_next": "2026-03-09"})))
    assert not isinstance(told.value, BatchRefusedError)
    assert str(told.value) == (
        "Expected crm to have the contact properties segcast_churn_probability (number), segcast_next (date), "
        "segcast_vip (single checkbox), but it has none of that name. Make them in HubSpot's settings under "
        "Properties, with these as internal names and types, or leave them out of segcast.toml."
    )


def test_a_property_that_is_deleted_at_hubspot_need_not_be_taken_away_any_more() -> None:
    little = LittleHubSpot(properties={"segcast_cluster"})
    ids = [little.make(f"{name}@shop.example", segcast_cluster="loyal") for name in ("ann", "bob", "cat")]
    rows = [
        row("ann", {"segcast_old": None, "segcast_cluster": "new"}, remote_id=ids[0]),
        row("bob", {"segcast_old": None}, remote_id=ids[1]),
        row("cat", {"segcast_vip": False, "segcast_cluster": None}, remote_id=ids[2], is_withdrawal=True),
    ]
    with hubspot(little) as (platform, _):
        assert platform.send(batch(*rows)).rejected == {}
        with pytest.raises(DestinationError, match=r"properties segcast_vip \(single checkbox\), but"):
            platform.send(batch(row("ann", {"segcast_vip": False}, remote_id=ids[0]), rows[1]))
    held = [little.contacts[record].get("segcast_cluster") for record in ids]
    assert held == ["new", "loyal", None]


def test_missing_properties_are_one_sentence_too_where_only_some_rows_are_refused_for_them() -> None:
    detail = {"message": "x", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["segcast_vip"]}}
    error = {"status": "error", "category": "VALIDATION_ERROR", "context": {}, "links": {}, "errors": [detail]}
    body = {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [{**error, "message": "not valid"}]}
    with (
        hubspot(lambda _: Reply(207, body)) as (platform, _),
        pytest.raises(DestinationError, match=r"properties segcast_vip \(single checkbox\), but"),
    ):
        platform.send(batch(row("ann")))


def test_a_missing_property_that_was_never_told_of_is_a_refusal_like_any_other() -> None:
    error = {"message": "x", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["other"]}}
    body = {"status": "error", "category": "VALIDATION_ERROR", "message": "not valid", "errors": [error]}
    with hubspot(lambda _: Reply(400, body)) as (platform, _), pytest.raises(BatchRefusedError, match="EXIST of other"):
        platform.send(batch(row("ann")))


@pytest.mark.parametrize("name", ["email", "hs_email_optout", "hs_marketable_status"])
def test_what_hubspot_keeps_itself_such_as_an_opt_out_is_never_written(name: str) -> None:
    little = LittleHubSpot()
    record = little.make("bob@shop.example")
    with hubspot(little) as (platform, server):
        for told in (row("ann", {name: False}), row("bob", {name: False}, remote_id=record)):
            with pytest.raises(DestinationError, match=f"got {name}, which HubSpot keeps itself. Set a prefix"):
                platform.send(batch(told))
    assert server.received == []


def test_missing_properties_are_found_in_a_list_of_errors_too() -> None:
    error = {"message": "x", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["segcast_vip"]}}
    body = {"status": "error", "category": "VALIDATION_ERROR", "message": "Property values were not valid"}
    with (
        hubspot(lambda _: Reply(400, {**body, "errors": [error]})) as (platform, _),
        pytest.raises(DestinationError, match=r"properties segcast_vip \(single checkbox\), but"),
    ):
        platform.send(batch(row("ann")))


def test_a_batch_with_a_contact_at_fault_is_refused_as_a_whole_without_its_address_in_the_reason() -> None:
    little = LittleHubSpot(unfit={"ann@shop.example"})
    with hubspot(little) as (platform, _), pytest.raises(BatchRefusedError) as told:
        platform.send(batch(row("ann"), row("bob")))
    assert "INVALID_EMAIL of email" in str(told.value)
    assert "@" not in str(told.value)
    assert little.contacts == {}


def test_a_contact_that_was_deleted_is_made_again_under_its_address_in_the_same_breath() -> None:
    little = LittleHubSpot()
    old, kept = little.make("ann@shop.example"), little.make("bob@shop.example")
    little.delete("ann@shop.example")
    with hubspot(little) as (platform, _):
        receipt = platform.send(batch(row("ann", remote_id=old), row("bob", remote_id=kept)))
    assert receipt == Receipt(remote_ids={"ann": "7003", "bob": kept})
    assert little.by_address("ann@shop.example") == little.by_address("bob@shop.example")


def test_a_deleted_contact_that_cannot_be_made_again_is_refused_alone_and_the_others_are_written_once() -> None:
    little = LittleHubSpot(unfit={"ann@shop.example"})
    kept = little.make("bob@shop.example")
    with hubspot(little) as (platform, _):
        receipt = platform.send(batch(row("ann", remote_id="6999"), row("bob", remote_id=kept)))
    assert receipt.rejected == {"ann": DELETED}
    assert little.told == {kept: 1}


def test_a_withdrawal_goes_by_record_id_without_an_address() -> None:
    little = LittleHubSpot()
    record = little.make("ann@shop.example", segcast_vip="true", segcast_cluster="loyal", firstname="Ann")
    gone = row(
        "ann", {"segcast_vip": False, "segcast_cluster": None}, address=None, remote_id=record, is_withdrawal=True
    )
    with hubspot(little) as (platform, _):
        assert platform.send(batch(gone)).rejected == {}
    assert little.by_address("ann@shop.example") == {"segcast_vip": "false", "firstname": "Ann"}


def test_a_withdrawal_by_address_never_makes_a_contact() -> None:
    little = LittleHubSpot()
    little.make("ann@shop.example", segcast_vip="true")
    rows = [row(name, {"segcast_vip": False}, is_withdrawal=True) for name in ("ann", "bob")]
    with hubspot(little) as (platform, _):
        assert platform.send(batch(*rows)) == Receipt(remote_ids={"ann": "7001"})
    assert list(little.contacts.values()) == [{"email": "ann@shop.example", "segcast_vip": "false"}]


def test_a_withdrawal_from_a_contact_that_is_gone_leaves_nothing_to_do() -> None:
    little = LittleHubSpot()
    gone = row("ann", {"segcast_vip": False}, address=None, remote_id="6999", is_withdrawal=True)
    with hubspot(little) as (platform, _):
        assert platform.send(batch(gone)).rejected == {}


def test_who_cannot_be_found_or_shares_an_address_is_refused_with_the_reason() -> None:
    little = LittleHubSpot()
    with hubspot(little) as (platform, _):
        receipt = platform.send(
            batch(row("ann"), row("bob", address=None), row("cat", address="ANN@shop.example"), row("dan"))
        )
    assert receipt.rejected == {"bob": NO_ADDRESS, "cat": SHARED}
    assert set(receipt.remote_ids) == {"ann", "dan"}


def test_rows_of_which_an_answer_says_nothing_are_not_taken_for_held() -> None:
    def silent_on_bob(request: Received) -> Reply:
        told = LittleHubSpot()(request).json
        return Reply(200, {**told, "results": told["results"][:1]})

    with hubspot(silent_on_bob) as (platform, _):
        assert platform.send(batch(row("ann"), row("bob"))).rejected == {"bob": "HubSpot did not say what became of it"}


def test_errors_that_name_the_trace_of_a_row_become_its_reason() -> None:
    def one_conflict(request: Received) -> Reply:
        told = LittleHubSpot()(request).json
        error = {"status": "error", "category": "CONFLICT", "context": {"objectWriteTraceId": ["1"]}}
        unfit = {**error, "message": "bob@shop.example is taken", "errors": [], "links": {}}
        return Reply(207, {**told, "results": told["results"][:1], "errors": [unfit], "numErrors": 1})

    with hubspot(one_conflict) as (platform, _):
        assert platform.send(batch(row("ann"), row("bob"))).rejected == {"bob": "HubSpot refuses it: CONFLICT"}


def test_a_wrong_token_is_one_sentence_without_it() -> None:
    with hubspot(LittleHubSpot(), token="pat-wrong") as (platform, _), pytest.raises(DestinationError) as told:  # noqa: S106
        platform.send(batch(row("ann")))
    assert "Expected crm to accept the key, got status 401" in str(told.value)
    assert "pat-wrong" not in str(told.value)


def test_contacts_join_and_leave_a_list_by_record_id() -> None:
    little = LittleHubSpot(lists={"42": {"7002"}})
    ann, bob = little.make("ann@shop.example"), little.make("bob@shop.example")
    with hubspot(little) as (platform, _):
        receipt = platform.send(batch(joins("ann", remote_id=ann), leaves("bob", remote_id=bob), part=LIST))
    assert receipt.rejected == {}
    assert little.lists == {"42": {ann}}


def test_who_is_to_be_on_a_list_is_found_by_address_where_no_record_id_is_known() -> None:
    little = LittleHubSpot(lists={"42": set()})
    little.make("Ann@shop.example")
    with hubspot(little) as (platform, _):
        receipt = platform.send(batch(joins("ann"), joins("bob"), leaves("cat"), part=LIST))
    assert receipt == Receipt({"bob": NO_CONTACT}, {"ann": "7001"})
    assert little.lists == {"42": {"7001"}}


def test_who_joins_a_list_under_a_deleted_record_joins_under_the_new_one() -> None:
    little = LittleHubSpot(lists={"42": set()})
    new = little.make("ann@shop.example")
    with hubspot(little) as (platform, _):
        rows = [joins("ann", remote_id="6998"), joins("bob", remote_id="6999"), leaves("cat", remote_id="6997")]
        receipt = platform.send(batch(*rows, part=LIST))
    assert receipt.rejected == {"bob": NO_CONTACT}
    assert receipt.remote_ids["ann"] == new
    assert little.lists == {"42": {new}}


def test_a_list_that_is_not_there_stops_the_destination_with_what_to_check() -> None:
    little = LittleHubSpot()
    record = little.make("ann@shop.example")
    with hubspot(little) as (platform, _), pytest.raises(DestinationError, match="static list of contacts, id 42, for"):
        platform.send(batch(joins("ann", remote_id=record), part=LIST))


def test_nobody_has_to_leave_a_list_that_is_not_there() -> None:
    little = LittleHubSpot()
    leaving = Row("ann", {"member": False}, remote_id=little.make("ann@shop.example"))
    with hubspot(little) as (platform, _):
        assert platform.send(batch(leaving, part=LIST)).rejected == {}


def test_recovering_asks_what_is_held_and_tells_nothing() -> None:
    little = LittleHubSpot()
    known = little.make("bob@shop.example", segcast_churn_probability="0.410", segcast_vip="true")
    little.make("ann@shop.example", segcast_churn_probability="0.41", segcast_vip="true")
    little.make("cat@shop.example", segcast_churn_probability="0.41", segcast_vip="false")
    gone = row("eve", {"segcast_vip": False}, is_withdrawal=True)
    with hubspot(little) as (platform, server):
        receipt = platform.recover(batch(row("ann"), row("bob", remote_id=known), row("cat"), row("dan"), gone))
    assert receipt == Receipt({"cat": UNKNOWN, "dan": UNKNOWN}, {"ann": "7002", "bob": "7001", "cat": "7003"})
    assert {received.path.rpartition("/")[2] for received in server.received} == {"read"}


def test_dates_count_as_held_however_hubspot_writes_them() -> None:
    little = LittleHubSpot()
    for name, held in (("ann", "2026-03-09"), ("bob", "1773014400000"), ("cat", "1773100800000")):
        little.make(f"{name}@shop.example", segcast_next=held)
    rows = [row(name, {"segcast_next": "2026-03-09"}) for name in ("ann", "bob", "cat")]
    with hubspot(little) as (platform, _):
        assert platform.recover(batch(*rows)).rejected == {"cat": UNKNOWN}


def test_recovering_a_list_asks_who_is_on_it() -> None:
    little = LittleHubSpot(lists={"42": {"7001", "7003"}, "43": {"7002"}})
    ids = {name: little.make(f"{name}@shop.example") for name in ("ann", "bob", "cat", "dan")}
    rows = [joins("ann", remote_id=ids["ann"]), joins("bob", remote_id=ids["bob"]), leaves("cat"), leaves("dan")]
    with hubspot(little) as (platform, server):
        receipt = platform.recover(batch(*rows, part=LIST))
    assert receipt.rejected == {"bob": UNKNOWN, "cat": UNKNOWN}
    assert {received.path.rpartition("/")[2] for received in server.received} == {"read"}


@pytest.mark.parametrize(
    "fault",
    [too_many(3), too_many(), failing(500), failing(503), half_closed(), malformed(), hung_up()],
    ids=["429 with a wait", "429", "500", "503", "half closed", "malformed", "hung up"],
)
@pytest.mark.parametrize("carried_out", [False, True], ids=["lost", "carried out"])
def test_a_fault_is_tried_again_and_changes_nothing_twice(fault: Reply, *, carried_out: bool) -> None:
    little = LittleHubSpot(lists={"42": set()})
    faulty = Faults(little, **{"after" if carried_out else "instead": {1: fault, 3: fault}})
    with hubspot(faulty) as (platform, _):
        ids = platform.send(batch(row("ann"), row("bob"))).remote_ids
        receipt = platform.send(batch(*(joins(name, remote_id=ids[name]) for name in ("ann", "bob")), part=LIST))
    assert receipt.rejected == {}
    assert {contact["email"] for contact in little.contacts.values()} == {"ann@shop.example", "bob@shop.example"}
    assert little.lists["42"] == set(ids.values())


def test_a_slow_answer_is_waited_for() -> None:
    little = LittleHubSpot()
    with hubspot(lambda request: slow(0.2, little(request))) as (platform, _):
        assert platform.send(batch(row("ann"))).rejected == {}


@pytest.mark.parametrize("body", [{}, [], None, {"results": None}, {"results": [None, {}], "status": "COMPLETE"}])
@pytest.mark.parametrize("part", [PROFILES, LIST], ids=str)
def test_an_answer_of_another_shape_confirms_no_contact(body: object, part: Part) -> None:
    told = joins("ann") if part is LIST else row("ann")
    with hubspot(lambda _: Reply(200, body)) as (platform, _):
        assert set(platform.send(batch(told, part=part)).rejected) == {"ann"}
        assert set(platform.recover(batch(told, part=part)).rejected) == {"ann"}


def test_a_list_whose_change_is_answered_in_another_shape_is_not_taken_for_changed() -> None:
    with hubspot(lambda _: Reply(200, {})) as (platform, _), pytest.raises(DestinationError, match="another answer"):
        platform.send(batch(joins("ann", remote_id="7001"), part=LIST))


def test_a_hundred_thousand_changed_contacts_never_exceed_the_limit() -> None:
    clock, count, batches = SimulatedClock(), 100_000, 0
    rows = [row(f"c{number}", {"segcast_vip": True}, remote_id=str(number)) for number in range(count)]

    def taking(request: Received) -> Reply:
        results = [
            {"id": told["id"], "objectWriteTraceId": told["objectWriteTraceId"]} for told in request.json["inputs"]
        ]
        return Reply(200, {"status": "COMPLETE", "results": results})

    with serving(taking, clock) as server:
        settings = HubSpotDestination(name="crm", to="hubspot", token="HUBSPOT_TOKEN", url=server.url)  # noqa: S106
        platform = HubSpot(settings, TOKEN, clock)
        for some in platform.batches(PROFILES, rows):
            batches += 1
            assert platform.send(Batch(f"b{batches}", PROFILES, some)).rejected == {}
    moments = [received.at for received in server.received]
    assert len(moments) == count / 100
    assert max(within(moments, 10.0)) <= REQUESTS
    assert clock.seconds - moments[0] < 1.05 * 10 * count / 100 / REQUESTS
    for received in server.received[:2]:
        held_to_the_specification(received)


def within(moments: list[float], seconds: float) -> Iterator[int]:
    """How many moments lie in the window that ends with each."""
    first = 0
    for place, moment in enumerate(moments):
        while moments[first] <= moment - seconds:
            first += 1
        yield place - first + 1
